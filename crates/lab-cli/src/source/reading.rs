use gpt2_runner::Gpt2Tokenizer;

use super::{ModelSource, Origin};
use crate::{Error, Prompt};

/// The tokenizer of some models: the published one, or the one in the folder of the first. Ids that only the models have
/// are named by their numbers; all models must have the same vocabulary.
///
/// # Errors
/// [`Error::ModelVocabulary`], and gpt2-runner's for a folder's tokenizer.
pub fn tokenizer(models: &[&ModelSource]) -> Result<Gpt2Tokenizer, Error> {
    let own = models.first().filter(|model| model.facts.origin == Origin::Folder).and_then(|model| model.folder());
    let own = own.filter(|folder| folder.join("tokenizer.json").exists() || folder.join("vocab.json").exists());
    let tokenizer = match own {
        Some(folder) => Gpt2Tokenizer::from_folder(folder)?,
        None => Gpt2Tokenizer::published()?,
    };
    // A folder's tokenizer is its model's, which may have more ids: vocabularies are padded. The published one is a guess.
    let most = if own.is_some() { usize::MAX } else { PADDED };
    let first = models.first().map_or(tokenizer.vocab_size(), |model| model.vocab_size);
    for model in models {
        if model.vocab_size < tokenizer.base_size() || model.vocab_size > most || model.vocab_size != first {
            return Err(Error::ModelVocabulary {
                model: model.facts.title.clone(),
                vocab_size: model.vocab_size,
                tokenizer: tokenizer.vocab_size(),
            });
        }
    }
    Ok(tokenizer.with_vocab_size(first))
}

/// The size of GPT-2's vocabulary padded to a multiple of 64, as training scripts have it.
const PADDED: usize = 50_304;

/// A prompt that all of some models can read.
///
/// # Errors
/// [`Error::EmptyPrompt`], [`Error::PromptTooLong`].
pub fn prompt(text: &str, tokenizer: &Gpt2Tokenizer, models: &[&ModelSource]) -> Result<Prompt, Error> {
    let prompt = Prompt::new(text, tokenizer)?;
    models.iter().try_for_each(|model| check_length(prompt.ids.len(), model))?;
    Ok(prompt)
}

/// Refuses more tokens than a model has positions.
///
/// # Errors
/// [`Error::PromptTooLong`].
pub fn check_length(tokens: usize, model: &ModelSource) -> Result<(), Error> {
    if tokens > model.n_positions {
        let model_title = model.facts.title.clone();
        return Err(Error::PromptTooLong { tokens, model: model_title, n_positions: model.n_positions });
    }
    Ok(())
}
