//! One of the `n_layer` blocks.
use tch::{TchError, Tensor};

use super::{attention::Attention, layer_norm::LayerNorm, mlp::Mlp};

/// `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) ln_1: LayerNorm,
    pub(super) attn: Attention,
    pub(super) ln_2: LayerNorm,
    pub(super) mlp: Mlp,
}

impl Block {
    /// `[T, C] -> [T, C]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let x = self.attn.forward(&self.ln_1.forward(x)?)?.f_add_(x)?;
        self.mlp.forward(&self.ln_2.forward(&x)?)?.f_add_(&x)
    }
}
