//! A model that reads and speaks.

use gpt2_runner::Gpt2;
use serde::Serialize;
use softmax_core::{Sampler, Step};

use crate::Error;

/// A model, and what it has read last: a text that only goes on costs its new tokens.
pub(super) struct Reader<'a> {
    model: &'a Gpt2,
}

impl<'a> Reader<'a> {
    pub(super) fn new(model: &'a Gpt2) -> Self {
        Self { model }
    }

    /// `[V]`: the logits after a text.
    pub(super) fn logits(&mut self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        Ok(self.model.next_token_logits(ids)?)
    }
}

/// A text that goes on.
pub(super) struct Speech {
    pub(super) ids: Vec<u32>,
    /// How many tokens it has at most.
    pub(super) until: usize,
    pub(super) sampler: Sampler,
}

/// A token that was chosen.
#[derive(Serialize)]
pub(super) struct Spoken {
    id: u32,
    probability: f64,
    rank: usize,
    kept: usize,
    draw: Option<f64>,
}

impl Speech {
    /// Chooses a token more; none where the text has ended.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>, end_of_text: Option<u32>) -> Result<Option<Spoken>, Error> {
        if self.ids.len() >= self.until || (self.ids.last().copied() == end_of_text && end_of_text.is_some()) {
            return Ok(None);
        }
        let logits = reader.logits(&self.ids)?;
        let Step { index, probability, rank, kept, draw } = self.sampler.step(&logits, &self.ids)?;
        // A vocabulary is far smaller than u32.
        let id = u32::try_from(index).unwrap_or(u32::MAX);
        self.ids.push(id);
        Ok(Some(Spoken { id, probability, rank, kept, draw }))
    }
}
