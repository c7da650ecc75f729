//! One of the `n_layer` blocks.
use super::{attention::Attention, keys_values::KeysValues, layer_norm::LayerNorm, mlp::Mlp};
use crate::{Error, Gpt2Config, model::weights::Weights, threads::Team};

/// `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) ln_1: LayerNorm,
    pub(super) attn: Attention,
    pub(super) ln_2: LayerNorm,
    pub(super) mlp: Mlp,
}

impl Block {
    pub(super) fn load(weights: &mut Weights, config: &Gpt2Config, n: usize) -> Result<Self, Error> {
        let epsilon = config.layer_norm_epsilon;
        Ok(Self {
            ln_1: LayerNorm::load(weights, &format!("h.{n}.ln_1"), epsilon)?,
            attn: Attention::load(weights, config, n)?,
            ln_2: LayerNorm::load(weights, &format!("h.{n}.ln_2"), epsilon)?,
            mlp: Mlp::load(weights, config, &format!("h.{n}.mlp"))?,
        })
    }

    /// `[T, C]`, in place; the tokens' keys and values are added to `past`.
    pub(super) fn forward(&self, team: &Team, x: &mut [f32], past: &mut KeysValues, scores: Option<&mut [f32]>) {
        self.attn.forward(team, &self.ln_1.forward(team, x), x, past, scores);
        self.mlp.forward(team, &self.ln_2.forward(team, x), x);
    }
}
