//! Layer normalisation.
use super::linear::WORTH_SHARING;
use crate::{
    Error, kernels,
    model::weights::Weights,
    threads::{Buffer, Team},
};

/// `(x - mean(x)) / √(variance(x) + ε) · weight + bias`, for each token.
#[derive(Debug)]
pub(super) struct LayerNorm {
    /// `[C]`.
    pub(super) weight: Vec<f32>,
    /// `[C]`.
    pub(super) bias: Vec<f32>,
    /// ε.
    pub(super) epsilon: f64,
}

impl LayerNorm {
    pub(super) fn load(weights: &mut Weights, key: &str, epsilon: f64) -> Result<Self, Error> {
        Ok(Self {
            weight: weights.vector(&format!("{key}.weight"))?,
            bias: weights.vector(&format!("{key}.bias"))?,
            epsilon,
        })
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn forward<'a>(&self, team: &'a Team, x: &[f32]) -> Buffer<'a> {
        let c = self.weight.len();
        let mut y = team.buffer(x.len());
        let norm = |x: &[f32], y: &mut [f32]| {
            kernels::layer_norm(&self.weight, &self.bias, self.epsilon, x, y);
        };
        if x.len() < WORTH_SHARING {
            norm(x, &mut y);
        } else {
            team.share(x.chunks_exact(c).zip(y.chunks_exact_mut(c)), |_, (x, y)| norm(x, y));
        }
        y
    }
}
