//! A prompt's logits as a plain value, whole or in pieces.
use super::Gpt2;
use crate::Error;

/// The number of positions per head product: enough for full speed, and 13 MB of logits.
const POSITIONS_AT_A_TIME: usize = 64;

impl Gpt2 {
    /// `[T, V]`: the logits at each position of a prompt.
    ///
    /// They are not checked and may be NaN; [`next_token_logits`](Self::next_token_logits) checks. On `torch` they are
    /// transformers' `model(ids).logits[0]`.
    ///
    /// # Errors
    /// [`Error::EmptyPrompt`], [`Error::TokenOutOfRange`], [`Error::PromptTooLong`]; [`Error::Threads`] from `native`,
    /// [`Error::Torch`] from `torch`.
    pub fn logits(&self, ids: &[u32]) -> Result<Logits, Error> {
        self.check_prompt(ids)?;
        let hidden = self.transformer.forward_alone(ids)?;
        let values = self.transformer.logits(&hidden)?;
        self.check_unchanged()?;
        Ok(Logits::new(values, self.config().vocab_size))
    }

    /// The same, one block of positions at a time: the logits of 1,024 tokens take 206 MB. After the first block the
    /// last bits can differ, because products of other shapes add in another order.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits).
    pub fn logits_in_pieces(&self, ids: &[u32]) -> Result<LogitsInPieces<'_>, Error> {
        self.check_prompt(ids)?;
        let hidden = self.transformer.forward_alone(ids)?;
        Ok(LogitsInPieces::new(self, self.transformer.ln_f(&hidden)?))
    }
}

/// `[T, V]`: for each of a prompt's T positions, the logits of the next token.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    values: Vec<f32>,
    vocab_size: usize,
}

impl Logits {
    fn new(values: Vec<f32>, vocab_size: usize) -> Self {
        debug_assert!(vocab_size > 0 && values.len().is_multiple_of(vocab_size));
        Self { values, vocab_size }
    }

    /// T: the number of positions, one per token of the prompt.
    pub fn n_positions(&self) -> usize {
        self.values.len() / self.vocab_size
    }

    /// V: the number of logits at each position.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The V logits at a position, from 0; `None` beyond the prompt.
    pub fn row(&self, position: usize) -> Option<&[f32]> {
        self.rows().nth(position)
    }

    /// The V logits at the last position: of the token after the prompt.
    pub fn last(&self) -> &[f32] {
        &self.values[self.values.len() - self.vocab_size..]
    }

    /// The positions in order, V logits each.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.vocab_size)
    }

    /// All T·V logits, position after position.
    pub fn into_vec(self) -> Vec<f32> {
        self.values
    }
}

/// An iterator over the logits of a prompt's positions, in blocks: the logits of 1,024 tokens take 206 MB.
///
/// Each item is the position of its first row, and the rows.
#[derive(Debug)]
pub struct LogitsInPieces<'a> {
    model: &'a Gpt2,
    /// `[T, C]`, after `ln_f`.
    hidden: Vec<f32>,
    next: usize,
}

impl<'a> LogitsInPieces<'a> {
    pub(super) fn new(model: &'a Gpt2, hidden: Vec<f32>) -> Self {
        Self { model, hidden, next: 0 }
    }

    /// Starts at a position; skips the head for earlier ones.
    #[must_use]
    pub fn starting_at(self, position: usize) -> Self {
        Self { next: position, ..self }
    }
}

impl Iterator for LogitsInPieces<'_> {
    type Item = Result<(usize, Logits), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (c, vocab_size) = (self.model.config().n_embd, self.model.config().vocab_size);
        let first = self.next;
        let rest = self.hidden.get(first.checked_mul(c)?..).filter(|rest| !rest.is_empty())?;
        let hidden = &rest[..rest.len().min(POSITIONS_AT_A_TIME * c)];
        self.next += POSITIONS_AT_A_TIME;
        let values = self.model.transformer.lm_head(hidden);
        let values = values.and_then(|values| self.model.check_unchanged().map(|()| values));
        Some(values.map(|values| (first, Logits::new(values, vocab_size))))
    }
}
