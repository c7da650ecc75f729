//! `config.json`: the sizes of a GPT-2 and the settings that change its arithmetic.
use std::path::Path;

use crate::{Error, files};

mod read;

pub(crate) use read::MOST_LAYERS;

/// The non-linearity of the MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// `gelu_new`: `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`, which every published GPT-2 uses. transformers computes
    /// the same for `gelu_fast`, `gelu_accurate`, `gelu_pytorch_tanh` and `gelu_python_tanh`.
    GeluNew,
    /// `gelu` and `gelu_python`: the exact `x/2·(1 + erf(x/√2))`.
    Gelu,
}

/// A GPT-2's sizes and settings, as in its `config.json`.
///
/// The letters used in this crate's shape comments: T tokens, V = `vocab_size`, C = `n_embd`, H = `n_head`,
/// D = C / H, I = [`inner`](Self::inner).
///
/// ```
/// use gpt2_runner::Gpt2Config;
///
/// let config = Gpt2Config::from_json(br#"{"model_type": "gpt2", "n_embd": 1280, "n_head": 20, "n_layer": 36}"#)?;
/// assert_eq!(config, Gpt2Config::LARGE);
/// assert_eq!(config.num_parameters(), 774_030_080);
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Gpt2Config {
    /// V: token ids are `0..vocab_size`.
    pub vocab_size: usize,
    /// The longest prompt, in tokens.
    pub n_positions: usize,
    /// C: the width of the residual stream.
    pub n_embd: usize,
    /// The number of blocks.
    pub n_layer: usize,
    /// H: attention heads per block; divides `n_embd`.
    pub n_head: usize,
    /// The width of the MLP's hidden layer; `None` stands for `4 · n_embd`.
    pub n_inner: Option<usize>,
    /// The MLP's non-linearity.
    pub activation: Activation,
    /// ε in layer norm's `(x - mean) / √(variance + ε)`.
    pub layer_norm_epsilon: f64,
    /// Attention scores are divided by `√D`.
    pub scale_attn_weights: bool,
    /// Attention scores of block `n` are divided by `n + 1` as well.
    pub scale_attn_by_inverse_layer_idx: bool,
    /// The head is `wte`'s transpose; if not, the checkpoint has an `lm_head.weight`.
    pub tie_word_embeddings: bool,
}

impl Gpt2Config {
    /// `gpt2`: 124,439,808 parameters.
    pub const SMALL: Self = Self {
        vocab_size: 50_257,
        n_positions: 1024,
        n_embd: 768,
        n_layer: 12,
        n_head: 12,
        n_inner: None,
        activation: Activation::GeluNew,
        layer_norm_epsilon: 1e-5,
        scale_attn_weights: true,
        scale_attn_by_inverse_layer_idx: false,
        tie_word_embeddings: true,
    };
    /// `gpt2-medium`: 354,823,168 parameters.
    pub const MEDIUM: Self = Self { n_embd: 1024, n_layer: 24, n_head: 16, ..Self::SMALL };
    /// `gpt2-large`: 774,030,080 parameters.
    pub const LARGE: Self = Self { n_embd: 1280, n_layer: 36, n_head: 20, ..Self::SMALL };
    /// `gpt2-xl`: 1,557,611,200 parameters.
    pub const XL: Self = Self { n_embd: 1600, n_layer: 48, n_head: 25, ..Self::SMALL };

    /// Reads a `config.json`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotAFile`], [`Error::TooLong`], [`Error::ConfigJson`] or [`Error::Config`], each with
    /// the path.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let json = files::read_file(path, "config.json", files::CONFIG)?;
        Self::parse(&json, path)
    }

    /// Reads the text of a `config.json`. A setting that is absent has the value that transformers' `GPT2Config` gives
    /// it; one that does not change inference is ignored, whatever its value. The names of other models that
    /// transformers reads as GPT-2's (`hidden_size`, `num_hidden_layers`, `num_attention_heads`,
    /// `max_position_embeddings`) take precedence over GPT-2's own, as in transformers.
    ///
    /// # Errors
    /// [`Error::ConfigJson`] if it is not a JSON object; [`Error::Config`] for a field of another type, another
    /// `model_type`, an unknown activation, cross-attention, and sizes that no GPT-2 can have.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        Self::parse(json, Path::new("config.json"))
    }

    /// Width of the MLP's hidden layer: `n_inner`, or `4 · n_embd`.
    pub fn inner(&self) -> usize {
        self.n_inner.unwrap_or(4 * self.n_embd)
    }

    /// The number of parameters of a model of these sizes, as transformers' `num_parameters` counts it: a tied head
    /// once, causal masks not at all.
    pub fn num_parameters(&self) -> u64 {
        let [v, p, c, i, layers] =
            [self.vocab_size, self.n_positions, self.n_embd, self.inner(), self.n_layer].map(|n| n as u64);
        let layer_norm = 2 * c;
        let attention = (c + 1) * 3 * c + (c + 1) * c;
        let mlp = (c + 1) * i + (i + 1) * c;
        let head = if self.tie_word_embeddings { 0 } else { v * c };
        (v + p) * c + layers * (2 * layer_norm + attention + mlp) + layer_norm + head
    }

    /// What the `n`th block's attention scores are multiplied by.
    pub(crate) fn attention_scale(&self, n: usize) -> f64 {
        let by_width = if self.scale_attn_weights { ((self.n_embd / self.n_head) as f64).powf(-0.5) } else { 1.0 };
        let by_depth = if self.scale_attn_by_inverse_layer_idx { (n + 1) as f64 } else { 1.0 };
        by_width / by_depth
    }
}

/// `gpt2`, as an empty `config.json` stands for it.
impl Default for Gpt2Config {
    fn default() -> Self {
        Self::SMALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_sizes_have_their_published_parameter_counts() {
        // The counts that transformers prints for openai-community/gpt2, -medium, -large and -xl.
        assert_eq!(Gpt2Config::SMALL.num_parameters(), 124_439_808);
        assert_eq!(Gpt2Config::MEDIUM.num_parameters(), 354_823_168);
        assert_eq!(Gpt2Config::LARGE.num_parameters(), 774_030_080);
        assert_eq!(Gpt2Config::XL.num_parameters(), 1_557_611_200);
    }

    #[test]
    fn an_empty_object_is_gpt2_itself() {
        assert_eq!(Gpt2Config::from_json(b"{}").unwrap(), Gpt2Config::SMALL);
    }
}
