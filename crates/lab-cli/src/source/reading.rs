use gpt2_runner::Gpt2Tokenizer;

use super::{ModelSource, Origin};
use crate::{Error, Prompt};

/// The tokenizer of some models: the published one, or the one in the folder of the first; all of them must have
/// its vocabulary.
///
/// # Errors
/// [`Error::ModelVocabulary`], and gpt2-runner's for a folder's tokenizer.
pub fn tokenizer(models: &[&ModelSource]) -> Result<Gpt2Tokenizer, Error> {
    let own = models.first().filter(|model| model.facts.origin == Origin::Folder).and_then(|model| model.folder());
    let tokenizer = match own {
        Some(folder) if folder.join("tokenizer.json").exists() || folder.join("vocab.json").exists() => {
            Gpt2Tokenizer::from_folder(folder)?
        }
        _ => Gpt2Tokenizer::published()?,
    };
    for model in models {
        if model.vocab_size != tokenizer.vocab_size() {
            return Err(Error::ModelVocabulary {
                model: model.facts.title.clone(),
                vocab_size: model.vocab_size,
                tokenizer: tokenizer.vocab_size(),
            });
        }
    }
    Ok(tokenizer)
}

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
