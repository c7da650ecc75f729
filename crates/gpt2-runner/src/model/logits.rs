//! A prompt's logits as a plain value.

/// `[T, V]`: for each of a prompt's T positions, the logits of the token that comes next.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    values: Vec<f32>,
    vocab_size: usize,
}

impl Logits {
    pub(super) fn new(values: Vec<f32>, vocab_size: usize) -> Self {
        debug_assert!(vocab_size > 0 && values.len().is_multiple_of(vocab_size));
        Self { values, vocab_size }
    }

    /// T: the number of positions, which is that of the prompt's tokens.
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

    /// The V logits at the last position: those of the token after the prompt.
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
