//! `y = x·Wᵀ + b`, which is where the time goes.
use tch::{TchError, Tensor};

/// A matrix and its bias.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`.
    pub(super) weight: Tensor,
    /// `[out]`.
    pub(super) bias: Option<Tensor>,
}

impl Linear {
    /// `[T, in] -> [T, out]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_linear(&self.weight, self.bias.as_ref())
    }
}
