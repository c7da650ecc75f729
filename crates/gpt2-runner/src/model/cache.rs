//! Keys and values of the tokens that a model has read.
use std::sync::atomic::{AtomicU64, Ordering};

use super::transformer::Past;
use crate::Error;

/// The keys and values of a text, so that the next token costs one token's pass. [`Gpt2::start`] creates it,
/// [`Gpt2::next`] extends it.
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

/// Identifies the loaded model; a cache works only with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelId(u64);

impl KvCache {
    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True after truncation to 0 tokens: the next token is then the first.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The token ids.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Keeps the first `len` tokens. A larger `len` has no effect.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.ids.len() {
            return;
        }
        self.ids.truncate(len);
        self.past.truncate(len);
    }

    /// Checks that it belongs to this model and has space for more tokens.
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
