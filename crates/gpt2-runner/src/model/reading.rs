//! What a model has in it between the prompt and the logits.
use super::{Gpt2, LogitsInPieces};
use crate::Error;

impl Gpt2 {
    /// Calls `visit` with what each layer makes of a prompt, layer 0 (the embedding) to `n_layer`, one at a time: all
    /// layers of 1,024 tokens of `gpt2-large` are 194 MB, and their lens as many times V.
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

    /// Calls `visit` with the attention of each block to a prompt, one at a time: each has H·T² numbers.
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

/// `[T, C]`: what one layer has made of a prompt. Layer 0 is the embedding, layer `n` what comes out of the `n`th
/// block; the last has been through `ln_f` too, which is how transformers counts them.
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

    /// The logit lens: what `ln_f` and the head would make of this layer at each position. At the last layer it is what
    /// the model says.
    ///
    /// # Errors
    /// [`Error::Threads`] of the engine `native`, [`Error::Torch`] of `torch`.
    pub fn logits(&self) -> Result<LogitsInPieces<'a>, Error> {
        let last = self.layer == self.model.config().n_layer;
        let normalised = if last { self.values.clone() } else { self.model.transformer.ln_f(&self.values)? };
        Ok(LogitsInPieces::new(self.model, normalised))
    }
}

/// One block's attention: how much each position (the *query*) looks at itself and at those before it (the *keys*).
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
