//! Layer normalisation.
use tch::{TchError, Tensor};

/// `(x - mean(x)) / √(variance(x) + ε) · weight + bias`, over the last dimension.
#[derive(Debug)]
pub(super) struct LayerNorm {
    /// `[C]`.
    pub(super) weight: Tensor,
    /// `[C]`.
    pub(super) bias: Tensor,
    /// ε.
    pub(super) epsilon: f64,
}

impl LayerNorm {
    /// `[T, C] -> [T, C]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.epsilon, false)
    }
}
