//! The position-wise network of a block.
use super::linear::{Linear, Then};
use crate::{
    Activation, Error, Gpt2Config,
    kernels::{Vectors, VectorsMut},
    model::weights::Weights,
    threads::Team,
};

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
    pub(super) fn load(weights: &mut Weights, config: &Gpt2Config, key: &str) -> Result<Self, Error> {
        Ok(Self {
            c_fc: Linear::load(weights, &format!("{key}.c_fc"))?,
            c_proj: Linear::load(weights, &format!("{key}.c_proj"))?,
            activation: config.activation,
        })
    }

    /// `[T, C]`: added to `residual`.
    pub(super) fn forward(&self, team: &Team, x: &[f32], residual: &mut [f32]) {
        let (c, i) = (self.c_proj.bias.len(), self.c_fc.bias.len());
        let tokens = x.len() / c;
        let mut hidden = team.buffer(tokens * i); // [T, I]
        let (x, y) = (Vectors::of(x, tokens, c, c), VectorsMut::of(&mut hidden, tokens, i, i));
        self.c_fc.forward(team, x, y, Then::Activate(self.activation));
        let (x, y) = (Vectors::of(&hidden, tokens, i, i), VectorsMut::of(residual, tokens, c, c));
        self.c_proj.forward(team, x, y, Then::Add);
    }
}
