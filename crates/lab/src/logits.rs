//! Logits for a prompt, from models that are run or from files.

mod loaded;

use std::{path::Path, sync::Arc};

use gpt2_runner::RecordedPrompt;

pub use loaded::Loaded;

use crate::{
    Context, Error, Prompt, RecordedError, TokenNames,
    source::{self, ModelFacts, ModelSource, Names, Pair, Recorded, RecordedLibrary, Single},
};

/// Where the logits of one or two models come from.
#[derive(Debug)]
pub struct Logits {
    source: Source,
    names: Names,
    because: Option<String>,
}

#[derive(Debug)]
enum Source {
    /// One, or the small one and the large one.
    Models(Vec<ModelSource>),
    /// Logits that were computed before.
    Files(Arc<Recorded>),
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

/// The place of a model, a prompt, and the model's logits for it, `[V]`.
pub type PromptLogits<'a> = (usize, Prompt, &'a [f32]);

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
        Ok(Self { source: Source::Models(models), names: Names::Gpt2(Box::new(tokenizer)), because })
    }

    /// One model for [token ids](Self::prompt_of_ids), which need no tokenizer: if none fits the model, its tokens are
    /// shown by id.
    pub fn of_one_without_tokenizer(Single { source, fallback: because, .. }: Single) -> Self {
        let names = match source::tokenizer(&[&source]) {
            Ok(tokenizer) => Names::Gpt2(Box::new(tokenizer)),
            Err(_) => Names::Ids(source.vocab_size),
        };
        Self { source: Source::Models(vec![source]), names, because }
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
        Ok(Self { source: Source::Files(recorded), names, because: None })
    }

    /// The models' descriptions. The sha256 of a model's files is empty; [`hashed`](Self::hashed) computes it.
    pub fn facts(&self) -> Vec<ModelFacts> {
        match &self.source {
            Source::Models(models) => models.iter().map(|model| model.facts.clone()).collect(),
            Source::Files(recorded) => recorded.models.iter().map(|model| model.facts.clone()).collect(),
        }
    }

    /// The models' descriptions with the sha256 of their files. Called once the models have run: reading files of
    /// gigabytes takes memory bandwidth from them.
    ///
    /// # Errors
    /// Those of [`ModelSource::hash`].
    pub fn hashed(&self, context: &Context) -> Result<Vec<ModelFacts>, Error> {
        match &self.source {
            Source::Models(models) => models
                .iter()
                .map(|model| context.timings.time(format!("hash {}", model.facts.title), || model.hash()))
                .collect(),
            Source::Files(_) => Ok(self.facts()),
        }
    }

    /// Why these models were selected in place of GPT-2, if the user did not select them.
    pub fn because(&self) -> Option<&str> {
        self.because.as_deref()
    }

    /// V.
    pub fn vocab_size(&self) -> usize {
        match &self.source {
            Source::Models(models) => models.first().map_or(0, |model| model.vocab_size),
            Source::Files(recorded) => recorded.vocab_size,
        }
    }

    /// The longest prompt, in tokens, that a model can read; `None` for recorded logits.
    pub fn n_positions(&self, model: usize) -> Option<usize> {
        match &self.source {
            Source::Models(models) => models.get(model).map(|model| model.n_positions),
            Source::Files(_) => None,
        }
    }

    /// The names of the tokens.
    pub fn names(&self) -> &dyn TokenNames {
        &self.names
    }

    /// All prompts in files of logits; none for models that are run.
    ///
    /// # Errors
    /// Those of [`Names::prompt`] and [`Recorded::second`].
    pub fn recorded(&self) -> Result<Vec<PromptLogits<'_>>, Error> {
        let mut all = Vec::new();
        if let Source::Files(recorded) = &self.source {
            for first in recorded.models.first().map_or(&[][..], |model| &model.prompts) {
                for (model, found) in [Some(first), recorded.second(first)?].into_iter().enumerate() {
                    if let Some(found) = found {
                        all.push((model, self.names.prompt(first)?, &*found.logits));
                    }
                }
            }
        }
        Ok(all)
    }

    /// The id of the one token that a text is.
    ///
    /// # Errors
    /// [`Error::NotOneToken`].
    pub fn token_id(&self, text: &str) -> Result<u32, Error> {
        self.names.id(text)
    }

    /// A library's softmax of part 1's numbers, where it was recorded with the logits.
    pub fn library(&self) -> Option<&RecordedLibrary> {
        match &self.source {
            Source::Models(_) => None,
            Source::Files(recorded) => recorded.library.as_ref(),
        }
    }

    /// The requested prompt, which for files is a recorded one or its number. Without a request, `preferred`, or the
    /// first recorded prompt where that one was not recorded.
    ///
    /// # Errors
    /// [`Error::EmptyPrompt`], [`Error::PromptTooLong`]; for files those of [`Recorded::prompt`] and [`Names::prompt`].
    pub fn prompt(&self, requested: Option<&str>, preferred: &str) -> Result<Question<'_>, Error> {
        let question = self.text(requested, preferred)?;
        self.check_length(question.prompt.ids.len())?;
        Ok(question)
    }

    /// The same for a text that may be longer than the models can read at once.
    ///
    /// # Errors
    /// Those of [`prompt`](Self::prompt), without [`Error::PromptTooLong`].
    pub fn text(&self, requested: Option<&str>, preferred: &str) -> Result<Question<'_>, Error> {
        match &self.source {
            Source::Models(models) => {
                let text = requested.unwrap_or(preferred);
                let prompt = match &self.names {
                    Names::Gpt2(tokenizer) => Prompt::new(text, tokenizer)?,
                    _ => Prompt::new(text, &source::tokenizer(&models.iter().collect::<Vec<_>>())?)?,
                };
                Ok(Question { n_tokens: prompt.ids.len(), prompt, recorded: None })
            }
            Source::Files(recorded) => {
                let first = recorded.prompt(requested, preferred)?;
                let prompt = self.names.prompt(first)?;
                let n_tokens = if prompt.ids.is_empty() { first.n_tokens().unwrap_or(1) } else { prompt.ids.len() };
                Ok(Question { prompt, n_tokens, recorded: Some(first) })
            }
        }
    }

    /// A prompt of token ids, for models. An id that is not in the vocabulary is an error of the model.
    ///
    /// # Errors
    /// [`Error::PromptTooLong`].
    pub fn prompt_of_ids(&self, ids: &[u32]) -> Result<Question<'_>, Error> {
        self.check_length(ids.len())?;
        let text = match &self.names {
            Names::Gpt2(tokenizer) => tokenizer.decode(ids).unwrap_or_default(),
            _ => format!("{ids:?}"),
        };
        let prompt = Prompt::from_ids(&text, ids.to_vec(), &self.names);
        Ok(Question { n_tokens: ids.len(), prompt, recorded: None })
    }

    fn check_length(&self, tokens: usize) -> Result<(), Error> {
        match &self.source {
            Source::Models(models) => models.iter().try_for_each(|model| source::check_length(tokens, model)),
            Source::Files(_) => Ok(()),
        }
    }

    /// Whether there are a second model's logits for a prompt.
    ///
    /// # Errors
    /// [`RecordedError::OtherIds`] if the two have read the text as different tokens.
    pub fn has_second(&self, question: &Question<'_>) -> Result<bool, Error> {
        match (&self.source, question.recorded) {
            (Source::Files(recorded), Some(first)) => Ok(recorded.second(first)?.is_some()),
            (Source::Files(recorded), None) => Ok(recorded.models.len() > 1),
            (Source::Models(models), _) => Ok(models.len() > 1),
        }
    }

    /// The first model, 0, or the second, 1.
    ///
    /// # Errors
    /// gpt2-runner's.
    pub fn load(&self, model: usize, context: &Context) -> Result<Loaded<'_>, Error> {
        Ok(Loaded(match &self.source {
            Source::Models(models) => {
                loaded::Source::Model(Box::new(models[model].load_with(context)?), &models[model])
            }
            Source::Files(recorded) => loaded::Source::Files(recorded, model),
        }))
    }

    /// [`Loaded::last`] of one of the models. Its memory is not freed, for a process that ends soon.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) and [`Loaded::last`].
    pub fn last(&self, model: usize, questions: &[&Question<'_>], context: &Context) -> Result<Vec<Vec<f32>>, Error> {
        let loaded = self.load(model, context)?;
        let logits = loaded.last(questions, context);
        std::mem::forget(loaded);
        logits
    }
}

impl<'a> Question<'a> {
    /// What a model's files have for this prompt.
    fn recorded_of(&self, recorded: &'a Recorded, model: usize) -> Result<&'a RecordedPrompt, Error> {
        let found = match (model, self.recorded) {
            (0, first) => first,
            (_, Some(first)) => recorded.second(first)?,
            (_, None) => None,
        };
        found.ok_or_else(|| {
            let models: Vec<&str> = recorded.models.iter().map(|model| model.facts.name.as_str()).collect();
            RecordedError::OneModel { prompt: self.prompt.text.clone(), models: models.join(", ") }.into()
        })
    }
}
