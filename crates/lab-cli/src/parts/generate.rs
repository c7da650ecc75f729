use std::ops::ControlFlow;

use gpt2_runner::Gpt2Tokenizer;
use serde::Serialize;
use softmax_core::{Sampler, Traced};

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, Word},
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
    /// What they stand for, without the prompt and without `<|endoftext|>`.
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
    /// What it stands for.
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
    /// What each stage left, the model's own distribution first, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<StageReport>,
}

/// What a stage left.
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
    /// As many tokens as were asked for.
    Length,
    /// The model chose `<|endoftext|>`.
    EndOfText,
    /// The model's positions are used up.
    ModelLength,
    /// Somebody stopped it.
    Interrupted,
}

/// How a text is gone on with.
#[derive(Debug)]
pub struct Continuation<'a> {
    /// What it goes on from.
    pub prompt: &'a Prompt,
    /// How the next token is chosen.
    pub sampler: Sampler,
    /// What the sampler was seeded with; none where it is greedy.
    pub seed: Option<u64>,
    /// At most so many tokens are added.
    pub n: usize,
    /// How many tokens the model can read.
    pub n_positions: usize,
    /// Whether each token keeps what the stages left.
    pub trace: bool,
}

impl Continuation<'_> {
    /// Goes on with the text: `logits` are those of the token after the prompt, `[V]`; `next` reads a token more and
    /// gives the logits after it; `on_token` is shown each token as it is chosen, and can stop.
    ///
    /// # Errors
    /// Those of `next`, of `on_token` and of the sampler.
    pub fn run(
        mut self,
        model: ModelFacts,
        tokenizer: &Gpt2Tokenizer,
        mut logits: Vec<f32>,
        mut next: impl FnMut(u32) -> Result<Vec<f32>, Error>,
        mut on_token: impl FnMut(&GeneratedToken) -> Result<ControlFlow<()>, Error>,
    ) -> Result<Generation, Error> {
        let mut tokens: Vec<GeneratedToken> = Vec::with_capacity(self.n);
        let mut context = self.prompt.ids.clone();
        let mut stopped = Stopped::Length;
        while tokens.len() < self.n {
            let token = self.choose(&logits, &context, tokenizer)?;
            let (id, flow) = (token.id, on_token(&token)?);
            tokens.push(token);
            if Some(id) == tokenizer.end_of_text() {
                stopped = Stopped::EndOfText;
                break;
            }
            if flow.is_break() {
                stopped = Stopped::Interrupted;
                break;
            }
            if tokens.len() == self.n {
                break;
            }
            if context.len() == self.n_positions {
                stopped = Stopped::ModelLength;
                break;
            }
            context.push(id);
            logits = next(id)?;
        }
        let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
        let spoken = ids.strip_suffix(&[tokenizer.end_of_text().unwrap_or(u32::MAX)]).unwrap_or(&ids);
        let mean = |of: fn(f64) -> f64| {
            let sum: f64 = tokens.iter().map(|token| of(token.probability)).sum();
            (!tokens.is_empty()).then(|| sum / tokens.len() as f64)
        };
        Ok(Generation {
            prompt: self.prompt.text.clone(),
            ids: self.prompt.ids.clone(),
            model,
            seed: self.seed,
            stages: self.sampler.stages().iter().map(ToString::to_string).collect(),
            text: tokenizer.decode(spoken)?,
            stopped,
            mean_probability: mean(|p| p),
            // No `-0` for a text that was certain.
            nats_per_token: mean(|p| -p.ln()).map(|nats| nats.max(0.0)),
            tokens,
        })
    }

    fn choose(&mut self, logits: &[f32], context: &[u32], tokenizer: &Gpt2Tokenizer) -> Result<GeneratedToken, Error> {
        let trace = if self.trace { self.sampler.trace(logits, context)? } else { Vec::new() };
        let step = self.sampler.step(logits, context)?;
        // A vocabulary is far smaller than u32.
        let id = u32::try_from(step.index).unwrap_or(u32::MAX);
        Ok(GeneratedToken {
            id,
            word: Word::of(id, tokenizer),
            probability: step.probability,
            rank: step.rank,
            kept: step.kept,
            draw: step.draw,
            trace: trace.iter().map(StageReport::from).collect(),
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
