//! Hidden states and attention scores.
use super::{Gpt2, LogitsInPieces};
use crate::Error;

impl Gpt2 {
    /// Calls `visit` with a prompt's hidden state after each layer, from 0 (the embedding) to `n_layer`, one at a time:
    /// all layers take 194 MB for 1,024 tokens of `gpt2-large`, and their logit lenses V / C times that.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and the first that `visit` returns.
    pub fn hidden_states<E: From<Error>>(
        &self,
        ids: &[u32],
        mut visit: impl FnMut(HiddenStates<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check_prompt(ids)?;
        let mut values = self.transformer.embed(ids)?;
        for layer in 0..self.config().n_layer {
            visit(HiddenStates { model: self, layer, values: values.clone() })?;
            self.transformer.block(layer, &mut values, None)?;
            self.check_unchanged()?;
        }
        visit(HiddenStates { model: self, layer: self.config().n_layer, values: self.transformer.ln_f(&values)? })
    }

    /// Calls `visit` with each block's attention on a prompt, one at a time: each has H·T² numbers.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and the first that `visit` returns.
    pub fn attention<E: From<Error>>(
        &self,
        ids: &[u32],
        mut visit: impl FnMut(AttentionScores) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check_prompt(ids)?;
        let (n_head, n_positions) = (self.config().n_head, ids.len());
        let mut x = self.transformer.embed(ids)?;
        for block in 0..self.config().n_layer {
            let mut raw = vec![0.0; n_head * n_positions * n_positions];
            self.transformer.block(block, &mut x, Some(&mut raw))?;
            self.check_unchanged()?;
            let scale = self.config().attention_scale(block) as f32;
            visit(AttentionScores { block, n_head, n_positions, scale, raw })?;
        }
        Ok(())
    }
}

/// `[T, C]`: a prompt's hidden state after one layer. Layer 0 is the embedding, layer `n` the output of the `n`th
/// block; the last is after `ln_f`, as in transformers.
#[derive(Debug)]
pub struct HiddenStates<'a> {
    model: &'a Gpt2,
    layer: usize,
    /// `[T, C]`.
    values: Vec<f32>,
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

    /// The logit lens: `ln_f` and the head applied to this layer at each position. At the last layer these are the
    /// model's logits.
    ///
    /// # Errors
    /// [`Error::Threads`] from `native`, [`Error::Torch`] from `torch`.
    pub fn logits(&self) -> Result<LogitsInPieces<'a>, Error> {
        let last = self.layer == self.model.config().n_layer;
        let normalised = if last { self.values.clone() } else { self.model.transformer.ln_f(&self.values)? };
        Ok(LogitsInPieces::new(self.model, normalised))
    }
}

/// One block's attention: the weight of each position (the *query*) on itself and on earlier positions (the *keys*).
#[derive(Debug, Clone, PartialEq)]
pub struct AttentionScores {
    block: usize,
    n_head: usize,
    n_positions: usize,
    scale: f32,
    /// `[H, T, T]`, zero above the diagonal.
    raw: Vec<f32>,
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

    /// The factor of the raw scores before softmax: 1/√D by default.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// `query · key` for the keys 0 to `query`, before scaling; `None` for a head or a query out of range.
    pub fn raw(&self, head: usize, query: usize) -> Option<&[f32]> {
        let there = head < self.n_head && query < self.n_positions;
        there.then(|| &self.raw[(head * self.n_positions + query) * self.n_positions..][..=query])
    }

    /// The scaled scores, softmax's input.
    pub fn scaled(&self, head: usize, query: usize) -> Option<Vec<f32>> {
        Some(self.raw(head, query)?.iter().map(|x| x * self.scale).collect())
    }

    /// Softmax of the scaled scores: the weight of each key's value in the head's output for this query.
    pub fn probabilities(&self, head: usize, query: usize) -> Option<Vec<f32>> {
        softmax_core::softmax(&self.scaled(head, query)?).ok()
    }
}
