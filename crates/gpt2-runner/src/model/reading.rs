//! What a model has in it between the prompt and the logits.
use super::{Gpt2, LogitsInPieces};
use crate::Error;

/// `[T, C]`: what one layer has made of a prompt. Layer 0 is the embedding, layer `n` what comes out of the `n`th
/// block; the last has been through `ln_f` too, which is how transformers counts them.
#[derive(Debug)]
pub struct HiddenStates<'a> {
    pub(super) model: &'a Gpt2,
    pub(super) layer: usize,
    /// `[T, C]`.
    pub(super) values: Vec<f32>,
}

impl<'a> HiddenStates<'a> {
    /// From 0 to `n_layer`.
    pub fn layer(&self) -> usize {
        self.layer
    }

    /// T.
    pub fn n_positions(&self) -> usize {
        self.values.len() / self.model.config().n_embd
    }

    /// The C values at each position.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.model.config().n_embd)
    }

    /// The logit lens: what `ln_f` and the head would make of this layer at each position. At the last layer it is what
    /// the model says.
    ///
    /// # Errors
    /// [`Error::Torch`] on a GPU.
    pub fn logits(&self) -> Result<LogitsInPieces<'a>, Error> {
        let last = self.layer == self.model.config().n_layer;
        let normalised = if last { self.values.clone() } else { self.model.ln_f(&self.values)? };
        Ok(LogitsInPieces::new(self.model, normalised))
    }
}

/// One block's attention: how much each position (the *query*) looks at itself and at those before it (the *keys*).
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionScores {
    pub(super) block: usize,
    pub(super) n_head: usize,
    pub(super) n_positions: usize,
    pub(super) scale: f32,
    /// `[H, T, T]`, zero above the diagonal.
    pub(super) raw: Vec<f32>,
}

impl AttentionScores {
    /// The block, from 0.
    pub fn block(&self) -> usize {
        self.block
    }

    /// H.
    pub fn n_head(&self) -> usize {
        self.n_head
    }

    /// T.
    pub fn n_positions(&self) -> usize {
        self.n_positions
    }

    /// What the raw scores are multiplied by before softmax: 1/√D, unless the configuration says otherwise.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// `query · key` for the keys 0 to `query`, as they are before they are scaled; `None` for a head or a query that
    /// is not there.
    pub fn raw(&self, head: usize, query: usize) -> Option<&[f32]> {
        let there = head < self.n_head && query < self.n_positions;
        there.then(|| &self.raw[(head * self.n_positions + query) * self.n_positions..][..=query])
    }

    /// The same, scaled: what softmax is taken of.
    pub fn scaled(&self, head: usize, query: usize) -> Option<Vec<f32>> {
        Some(self.raw(head, query)?.iter().map(|x| x * self.scale).collect())
    }

    /// Softmax of the scaled scores: the share of each key's value in what the head gives this query.
    pub fn probabilities(&self, head: usize, query: usize) -> Option<Vec<f32>> {
        softmax_core::softmax(&self.scaled(head, query)?).ok()
    }
}
