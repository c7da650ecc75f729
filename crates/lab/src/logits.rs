//! Logits for a prompt, from models that are run or from files.

use std::{path::Path, sync::Arc};

use gpt2_runner::{Gpt2, Gpt2Tokenizer, RecordedPrompt};

use crate::{
    Context, Error, Prompt, RecordedError, TokenNames, model,
    source::{self, ModelFacts, ModelSource, Names, Pair, Recorded, RecordedLibrary, Single},
};

/// Where the logits of one or two models come from.
#[derive(Debug)]
pub enum Logits {
    /// Models, which are run.
    Models {
        /// One, or the small one and the large one.
        models: Vec<ModelSource>,
        /// The tokenizer of all of them.
        tokenizer: Box<Gpt2Tokenizer>,
        /// Why they were selected in place of GPT-2, if the user did not ask for them.
        because: Option<String>,
    },
    /// Logits that were computed before.
    Files {
        /// The logits.
        recorded: Arc<Recorded>,
        /// The names of their tokens.
        names: Names,
    },
}

/// A prompt for which there are logits.
#[derive(Debug, PartialEq)]
pub struct Question<'a> {
    /// The prompt.
    pub prompt: Prompt,
    /// T. A file with one vector `[V]` does not state it; then 1, the minimum.
    pub n_tokens: usize,
    /// The first model's, in files.
    recorded: Option<&'a RecordedPrompt>,
}

/// A model's logits, with the model. Freeing gigabytes takes a tenth of a second, so callers drop this when nothing
/// waits for it, or [forget](Self::forget) the model.
#[derive(Debug)]
pub struct Computed {
    /// `[V]` for each prompt: the logits at its last position.
    pub logits: Vec<Vec<f32>>,
    model: Option<Gpt2>,
}

impl Computed {
    /// The logits alone. The model's memory is not freed, for a process that ends soon.
    pub fn forget(self) -> Vec<Vec<f32>> {
        std::mem::forget(self.model);
        self.logits
    }
}

impl Logits {
    /// One model.
    ///
    /// # Errors
    /// Those of [`source::tokenizer`].
    pub fn of_one(Single { source, fallback, .. }: Single, context: &Context) -> Result<Self, Error> {
        Self::of_models(vec![source], fallback, context)
    }

    /// A pair of models.
    ///
    /// # Errors
    /// Those of [`source::tokenizer`].
    pub fn of_pair(Pair { small, large, fallback, .. }: Pair, context: &Context) -> Result<Self, Error> {
        Self::of_models(vec![small, large], fallback, context)
    }

    fn of_models(models: Vec<ModelSource>, because: Option<String>, context: &Context) -> Result<Self, Error> {
        let all: Vec<&ModelSource> = models.iter().collect();
        let tokenizer = context.timings.time("tokenizer", || source::tokenizer(&all))?;
        Ok(Self::Models { models, tokenizer: Box::new(tokenizer), because })
    }

    /// Recorded logits; a `tokenizer.json` names their tokens if they are not GPT-2's.
    ///
    /// # Errors
    /// Those of [`Names::of`].
    pub fn of_files(
        recorded: impl Into<Arc<Recorded>>,
        tokenizer_json: Option<&Path>,
        context: &Context,
    ) -> Result<Self, Error> {
        let recorded = recorded.into();
        let names = context.timings.time("tokenizer", || Names::of(&recorded, tokenizer_json))?;
        Ok(Self::Files { recorded, names })
    }

    /// The models' descriptions. The sha256 of a model's files is empty; [`hashed`](Self::hashed) computes it.
    pub fn facts(&self) -> Vec<ModelFacts> {
        match self {
            Self::Models { models, .. } => models.iter().map(|model| model.facts.clone()).collect(),
            Self::Files { recorded, .. } => recorded.models.iter().map(|model| model.facts.clone()).collect(),
        }
    }

    /// The models' descriptions with the sha256 of their files. Called once the models have run: reading files of
    /// gigabytes takes memory bandwidth from them.
    ///
    /// # Errors
    /// Those of [`ModelSource::hash`].
    pub fn hashed(&self, context: &Context) -> Result<Vec<ModelFacts>, Error> {
        match self {
            Self::Models { models, .. } => models
                .iter()
                .map(|model| context.timings.time(format!("hash {}", model.facts.title), || model.hash()))
                .collect(),
            Self::Files { .. } => Ok(self.facts()),
        }
    }

    /// Why these models were selected in place of GPT-2, if the user did not ask for them.
    pub fn because(&self) -> Option<&str> {
        match self {
            Self::Models { because, .. } => because.as_deref(),
            Self::Files { .. } => None,
        }
    }

    /// V.
    pub fn vocab_size(&self) -> usize {
        match self {
            Self::Models { models, .. } => models.first().map_or(0, |model| model.vocab_size),
            Self::Files { recorded, .. } => recorded.vocab_size,
        }
    }

    /// The names of the tokens.
    pub fn names(&self) -> &dyn TokenNames {
        match self {
            Self::Models { tokenizer, .. } => &**tokenizer,
            Self::Files { names, .. } => names,
        }
    }

    /// The id of the one token that a text is.
    ///
    /// # Errors
    /// [`Error::NotOneToken`].
    pub fn token_id(&self, text: &str) -> Result<u32, Error> {
        match self {
            Self::Models { tokenizer, .. } => source::token_id(text, tokenizer),
            Self::Files { names, .. } => names.id(text),
        }
    }

    /// A library's softmax of part 1's numbers, where it was recorded with the logits.
    pub fn library(&self) -> Option<&RecordedLibrary> {
        match self {
            Self::Models { .. } => None,
            Self::Files { recorded, .. } => recorded.library.as_ref(),
        }
    }

    /// The requested prompt, which for files is a recorded one or its number. Without a request, `preferred`, or the
    /// first recorded prompt where that one was not recorded.
    ///
    /// # Errors
    /// [`Error::EmptyPrompt`], [`Error::PromptTooLong`]; for files those of [`Recorded::prompt`] and [`Names::prompt`].
    pub fn prompt(&self, requested: Option<&str>, preferred: &str) -> Result<Question<'_>, Error> {
        match self {
            Self::Models { models, tokenizer, .. } => {
                let all: Vec<&ModelSource> = models.iter().collect();
                let prompt = source::prompt(requested.unwrap_or(preferred), tokenizer, &all)?;
                Ok(Question { n_tokens: prompt.ids.len(), prompt, recorded: None })
            }
            Self::Files { recorded, names } => {
                let first = recorded.prompt(requested, preferred)?;
                let prompt = names.prompt(first)?;
                let n_tokens = if prompt.ids.is_empty() { first.n_tokens().unwrap_or(1) } else { prompt.ids.len() };
                Ok(Question { prompt, n_tokens, recorded: Some(first) })
            }
        }
    }

    /// Whether there are a second model's logits for a prompt.
    ///
    /// # Errors
    /// [`RecordedError::OtherIds`] if the two have read the text as different tokens.
    pub fn has_second(&self, question: &Question<'_>) -> Result<bool, Error> {
        match (self, question.recorded) {
            (Self::Files { recorded, .. }, Some(first)) => Ok(recorded.second(first)?.is_some()),
            (Self::Files { recorded, .. }, None) => Ok(recorded.models.len() > 1),
            (Self::Models { models, .. }, _) => Ok(models.len() > 1),
        }
    }

    /// The logits of the first model, 0, or the second, 1, at the last position of each prompt.
    ///
    /// # Errors
    /// gpt2-runner's for models; [`RecordedError::OneModel`] and those of [`Recorded::second`] for files.
    pub fn of(&self, model: usize, questions: &[&Question<'_>], context: &Context) -> Result<Computed, Error> {
        match self {
            Self::Models { models, .. } => {
                let source = &models[model];
                let title = &source.facts.title;
                let model = model::load(source, context)?;
                context.progress.step(&format!("running {title}"));
                let next = |question: &&Question<'_>| model.next_token_logits(&question.prompt.ids);
                let all = || questions.iter().map(next).collect::<Result<Vec<_>, _>>();
                let logits = context.timings.time(format!("run {title}"), all)?;
                Ok(Computed { logits, model: Some(model) })
            }
            Self::Files { recorded, .. } => {
                let logits = questions.iter().map(|question| {
                    let first = question.recorded;
                    let found =
                        if model == 0 { first } else { first.map_or(Ok(None), |first| recorded.second(first))? };
                    found.map(|found| found.logits.clone()).ok_or_else(|| one_model(recorded, question))
                });
                Ok(Computed { logits: logits.collect::<Result<_, _>>()?, model: None })
            }
        }
    }
}

fn one_model(recorded: &Recorded, question: &Question<'_>) -> Error {
    let models: Vec<&str> = recorded.models.iter().map(|model| model.facts.name.as_str()).collect();
    RecordedError::OneModel { prompt: question.prompt.text.clone(), models: models.join(", ") }.into()
}
