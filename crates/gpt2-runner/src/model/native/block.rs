//! One of the `n_layer` blocks, its layer norms and its MLP.
use super::{
    attention::{Attention, KeysValues},
    linear::{Epilogue, Linear, PARALLEL_FROM},
};
use crate::{
    Activation, Error, Gpt2Config,
    kernels::{Vectors, VectorsMut, layer_norm},
    model::weights::Weights,
    threads::{Buffer, Team},
};

/// `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
#[derive(Debug)]
pub(super) struct Block {
    ln_1: LayerNorm,
    attn: Attention,
    ln_2: LayerNorm,
    mlp: Mlp,
}

/// `(x - mean(x)) / √(variance(x) + ε) · weight + bias`, for each token.
#[derive(Debug)]
pub(super) struct LayerNorm {
    /// `[C]`.
    weight: Vec<f32>,
    /// `[C]`.
    bias: Vec<f32>,
    /// ε.
    epsilon: f64,
}

/// `c_proj(gelu(c_fc(x)))`.
#[derive(Debug)]
struct Mlp {
    /// `[C] -> [I]`.
    c_fc: Linear,
    /// `[I] -> [C]`.
    c_proj: Linear,
    activation: Activation,
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
        let norm = |x: &[f32], y: &mut [f32]| layer_norm(&self.weight, &self.bias, self.epsilon, x, y);
        if x.len() < PARALLEL_FROM {
            norm(x, &mut y);
        } else {
            team.for_each_parallel(x.chunks_exact(c).zip(y.chunks_exact_mut(c)), |_, (x, y)| norm(x, y));
        }
        y
    }
}

impl Mlp {
    fn load(weights: &mut Weights, config: &Gpt2Config, key: &str) -> Result<Self, Error> {
        Ok(Self {
            c_fc: Linear::load(weights, &format!("{key}.c_fc"))?,
            c_proj: Linear::load(weights, &format!("{key}.c_proj"))?,
            activation: config.activation,
        })
    }

    /// `[T, C]`: added to `residual`.
    fn forward(&self, team: &Team, x: &[f32], residual: &mut [f32]) {
        let (c, i) = (self.c_proj.bias.len(), self.c_fc.bias.len());
        let tokens = x.len() / c;
        let mut hidden = team.buffer(tokens * i); // [T, I]
        let (x, y) = (Vectors::of(x, tokens, c, c), VectorsMut::of(&mut hidden, tokens, i, i));
        self.c_fc.forward(team, x, y, Epilogue::Activate(self.activation));
        let (x, y) = (Vectors::of(&hidden, tokens, i, i), VectorsMut::of(residual, tokens, c, c));
        self.c_proj.forward(team, x, y, Epilogue::Add);
    }
}
