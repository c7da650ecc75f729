//! Keys and values of the tokens that a model has read.
use std::sync::atomic::{AtomicU64, Ordering};

use super::transformer::Past;
use crate::Error;

/// What a model remembers of a text, so that the next token costs as much as one token: [`Gpt2::start`] makes it,
/// [`Gpt2::next`] adds to it.
///
/// A clone is a branch of the text. It holds 2·C f32 a token and block: 74 kB for `gpt2`, 369 kB for `gpt2-large`.
///
/// [`Gpt2::start`]: super::Gpt2::start
/// [`Gpt2::next`]: super::Gpt2::next
#[derive(Debug, Clone)]
pub struct KvCache {
    pub(super) model: ModelId,
    pub(super) ids: Vec<u32>,
    pub(super) past: Past,
}

/// A loaded model: a cache fits no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelId(u64);

impl KvCache {
    /// How many tokens it has.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has been cut back to nothing: the next token is then the first.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The tokens that it has.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Forgets all tokens but the first `len`. A `len` beyond what there is changes nothing.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.ids.len() {
            return;
        }
        self.ids.truncate(len);
        self.past.truncate(len);
    }

    /// Whether it can take so many more tokens of this model.
    pub(super) fn accepts(&self, model: ModelId, tokens: usize, n_positions: usize) -> Result<(), Error> {
        if self.model != model {
            return Err(Error::ForeignCache);
        }
        if self.ids.len() + tokens > n_positions {
            return Err(Error::CacheFull { cached: self.ids.len(), tokens, n_positions });
        }
        Ok(())
    }
}

impl ModelId {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
