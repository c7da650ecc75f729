use gpt2_runner::Gpt2Tokenizer;
use serde::Serialize;
use softmax_core::{Sampler, Step, Traced};

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, Word, id_at},
};

/// A text that a model went on with.
#[derive(Debug, Clone, Serialize)]
pub struct Generation {
    /// The text that it was given.
    pub prompt: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// The model.
    pub model: ModelFacts,
    /// The seed of the choice; null where the most probable token is always taken.
    pub seed: Option<u64>,
    /// The stages before the choice, from first to last.
    pub stages: Vec<String>,
    /// The tokens that it chose.
    pub tokens: Vec<GeneratedToken>,
    /// Their text, without the prompt and `<|endoftext|>`.
    pub text: String,
    /// Why it ended.
    pub stopped: Stopped,
    /// The mean of `probability`.
    pub mean_probability: Option<f64>,
    /// The mean of `−ln probability`.
    pub nats_per_token: Option<f64>,
}

/// A token that was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct GeneratedToken {
    /// The token id.
    pub id: u32,
    /// Its text.
    #[serde(rename = "text")]
    pub word: Word,
    /// Its probability in the model's own distribution, before any stage and at T = 1.
    pub probability: f64,
    /// Its rank there, from 1.
    pub rank: usize,
    /// How many tokens the last stage left to choose from.
    pub kept: usize,
    /// The number in [0, 1) that decided; null where the most probable token is always taken.
    pub draw: Option<f64>,
    /// The distribution after each stage, the model's own first, if a trace was requested.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<StageReport>,
}

/// The distribution after a stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageReport {
    /// The stage and its number; the first is the model's own distribution.
    pub stage: String,
    /// How many tokens it left.
    pub kept: usize,
    /// The share of the probability before the stage that it kept.
    pub mass: f64,
    /// The entropy after it, in nats.
    pub entropy: f64,
    /// The largest probability after it.
    pub largest: f64,
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The requested number of tokens.
    Length,
    /// The model chose `<|endoftext|>`.
    EndOfText,
    /// The model's positions are used up.
    ModelLength,
    /// Interrupted by the user.
    Interrupted,
}

/// A text that is generated token by token.
#[derive(Debug)]
pub struct Continuation {
    /// The prompt's token ids, and those chosen since.
    ids: Vec<u32>,
    tokens: Vec<GeneratedToken>,
    sampler: Sampler,
    n: usize,
    n_positions: usize,
    trace: bool,
}

impl Continuation {
    /// Starts from a prompt's token ids and generates at most `n` tokens, for a model of `n_positions`. With `trace`,
    /// each token records the distribution after each stage.
    pub fn new(ids: Vec<u32>, sampler: Sampler, n: usize, n_positions: usize, trace: bool) -> Self {
        Self { ids, tokens: Vec::new(), sampler, n, n_positions, trace }
    }

    /// Chooses the next token, unless the text has ended; `read` returns the logits `[V]` after token ids.
    ///
    /// # Errors
    /// Those of `read` and of the sampler.
    pub fn next(
        &mut self,
        tokenizer: &Gpt2Tokenizer,
        read: impl FnOnce(&[u32]) -> Result<Vec<f32>, Error>,
    ) -> Result<Option<&GeneratedToken>, Error> {
        if self.stopped(tokenizer).is_some() {
            return Ok(None);
        }
        let logits = read(&self.ids)?;
        let trace = if self.trace { self.sampler.trace(&logits, &self.ids)? } else { Vec::new() };
        let Step { index, probability, rank, kept, draw } = self.sampler.step(&logits, &self.ids)?;
        let id = id_at(index);
        let word = Word::of(id, tokenizer);
        let trace = trace.iter().map(StageReport::from).collect();
        self.ids.push(id);
        self.tokens.push(GeneratedToken { id, word, probability, rank, kept, draw, trace });
        Ok(self.tokens.last())
    }

    /// Why no token follows, if none does.
    fn stopped(&self, tokenizer: &Gpt2Tokenizer) -> Option<Stopped> {
        if self.tokens.last().is_some_and(|token| Some(token.id) == tokenizer.end_of_text()) {
            Some(Stopped::EndOfText)
        } else if self.tokens.len() >= self.n {
            Some(Stopped::Length)
        } else if self.ids.len() > self.n_positions {
            Some(Stopped::ModelLength)
        } else {
            None
        }
    }

    /// The report. An unfinished text was interrupted.
    ///
    /// # Errors
    /// If the tokenizer does not have the tokens.
    pub fn report(
        self,
        prompt: &Prompt,
        seed: Option<u64>,
        model: ModelFacts,
        tokenizer: &Gpt2Tokenizer,
    ) -> Result<Generation, Error> {
        let stopped = self.stopped(tokenizer).unwrap_or(Stopped::Interrupted);
        let tokens = self.tokens;
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let spoken = ids.strip_suffix(&[tokenizer.end_of_text().unwrap_or(u32::MAX)]).unwrap_or(&ids);
        let mean = |of: fn(f64) -> f64| {
            let sum: f64 = tokens.iter().map(|token| of(token.probability)).sum();
            (!tokens.is_empty()).then(|| sum / tokens.len() as f64)
        };
        Ok(Generation {
            prompt: prompt.text.clone(),
            ids: prompt.ids.clone(),
            model,
            seed,
            stages: self.sampler.stages().iter().map(ToString::to_string).collect(),
            text: tokenizer.decode(spoken)?,
            stopped,
            mean_probability: mean(|p| p),
            // No `-0` for a text that was certain.
            nats_per_token: mean(|p| -p.ln()).map(|nats| nats.max(0.0)),
            tokens,
        })
    }
}

impl From<&Traced> for StageReport {
    fn from(traced: &Traced) -> Self {
        let &Traced { stage, kept, mass, entropy, largest, .. } = traced;
        let stage = stage.map_or_else(|| "the model's own".to_owned(), |stage| stage.to_string());
        Self { stage, kept, mass, entropy, largest }
    }
}
