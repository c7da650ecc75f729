//! The position-wise network of a block.
use tch::{TchError, Tensor};

use super::linear::Linear;
use crate::Activation;

/// `c_proj(gelu(c_fc(x)))`.
#[derive(Debug)]
pub(super) struct Mlp {
    /// `[C] -> [I]`.
    pub(super) c_fc: Linear,
    /// `[I] -> [C]`.
    pub(super) c_proj: Linear,
    pub(super) activation: Activation,
}

impl Mlp {
    /// `[T, C] -> [T, C]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let mut hidden = self.c_fc.forward(x)?; // [T, I]
        let hidden = match self.activation {
            Activation::GeluNew => hidden.f_gelu_("tanh")?,
            Activation::Gelu => hidden.f_gelu_("none")?,
        };
        self.c_proj.forward(&hidden)
    }
}
