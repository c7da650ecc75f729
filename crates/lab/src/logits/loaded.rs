use gpt2_runner::{Gpt2, RecordedPrompt};

use super::Question;
use crate::{
    Context, Error, RecordedError,
    parts::{self, ScoreReport, Visit, Window},
    source::{ModelFacts, ModelSource, Recorded},
};

/// One of the models, loaded, or its part of the files.
///
/// Freeing a model's gigabytes takes a tenth of a second, so callers drop this when nothing waits for it.
#[derive(Debug)]
pub struct Loaded<'a>(pub(super) Source<'a>);

#[derive(Debug)]
pub(super) enum Source<'a> {
    Model(Box<Gpt2>, &'a ModelSource),
    /// The number of the model in the files.
    Files(&'a Recorded, usize),
}

impl Loaded<'_> {
    /// `[V]` for each prompt: the logits at its last position.
    ///
    /// # Errors
    /// gpt2-runner's for models; [`RecordedError::OneModel`] and those of [`Recorded::second`] for files.
    pub fn last(&self, questions: &[&Question<'_>], context: &Context) -> Result<Vec<Vec<f32>>, Error> {
        match &self.0 {
            Source::Model(model, ModelSource { facts: ModelFacts { title, .. }, .. }) => {
                context.progress.step(&format!("running {title}"));
                let next = |question: &&Question<'_>| Ok(model.next_token_logits(&question.prompt.ids)?);
                context.timings.time(format!("run {title}"), || questions.iter().map(next).collect())
            }
            Source::Files(recorded, model) => {
                let last = |recorded: &RecordedPrompt| recorded.rows().last().unwrap_or_default().to_vec();
                questions.iter().map(|question| question.recorded_of(recorded, *model).map(last)).collect()
            }
        }
    }

    /// `[T, V]`: the logits at every position of a prompt.
    ///
    /// # Errors
    /// Those of [`last`](Self::last).
    pub fn every(&self, question: &Question<'_>, context: &Context) -> Result<Vec<f32>, Error> {
        match &self.0 {
            Source::Model(model, source) => {
                context.progress.step(&format!("running {}", source.facts.title));
                Ok(model.logits(&question.prompt.ids)?.into_vec())
            }
            Source::Files(recorded, model) => Ok(question.recorded_of(recorded, *model)?.logits.clone()),
        }
    }

    /// Scores a text: the model reads `window` tokens at a time and advances by `stride`. Recorded logits are those of a
    /// single window over the whole text.
    ///
    /// # Errors
    /// Those of [`last`](Self::last) and of [`parts::score`]; [`RecordedError::NotEveryPosition`].
    pub fn score(
        &self,
        question: &Question<'_>,
        (window, stride): (usize, usize),
        context: &Context,
    ) -> Result<ScoreReport, Error> {
        let prompt = &question.prompt;
        let tokens = prompt.ids.len();
        match &self.0 {
            Source::Model(model, source) => {
                let n = parts::windows(tokens, window, stride).len();
                let mut done = 0;
                let rows = |window: &Window, visit: Visit<'_>| {
                    done += 1;
                    context.progress.step(&format!("reading window {done} of {n}"));
                    // A position's logits are those of the token after it.
                    let first = window.scored.start - 1 - window.read.start;
                    for piece in model.logits_in_pieces(&prompt.ids[window.read.clone()])?.starting_at(first) {
                        let (first, logits) = piece?;
                        for (n, row) in logits.rows().enumerate() {
                            visit(window.read.start + first + n, row)?;
                        }
                    }
                    Ok(())
                };
                let score = || parts::score(prompt, source.facts.clone(), (window, stride), rows);
                context.timings.time(format!("score {}", source.facts.title), score)
            }
            Source::Files(recorded, model) => {
                let logits = question.recorded_of(recorded, *model)?;
                let positions = logits.rows().len();
                if positions != tokens {
                    return Err(RecordedError::NotEveryPosition { positions, tokens }.into());
                }
                let facts = recorded.models[*model].facts.clone();
                parts::score(prompt, facts, (window, stride), |_, visit| {
                    logits.rows().enumerate().try_for_each(|(position, row)| visit(position, row))
                })
            }
        }
    }
}
