use std::path::Path;

use gpt2_runner::Gpt2Tokenizer;

use super::{ModelSource, Origin};
use crate::{Error, Prompt, TokenNames, Word, print::thousands, token::id_at};

/// A text on which tokenizers with the same tokens may differ: a token or a space added at the start, normalised
/// letters, splits of numbers, spaces, accents and other scripts, the end of a text.
const SAMPLE: &str = "The Don't I'LL 2026 1,234.5  x\n\n\tnaïve cafe\u{301} 日本語 👩‍🚀 <|endoftext|> end ";

/// The tokenizer of some models: from the model's folder if present, otherwise the published one. All must have the
/// same ids for the same tokens.
///
/// # Errors
/// [`Error::ModelVocabulary`], [`Error::Vocabularies`], and gpt2-runner's for a folder's tokenizer.
pub fn tokenizer(models: &[&ModelSource]) -> Result<Gpt2Tokenizer, Error> {
    let Some((first, others)) = models.split_first() else { return Ok(Gpt2Tokenizer::published()?) };
    let tokenizer = of_one(first)?;
    for other in others.iter().filter(|other| folder(other) != folder(first)) {
        if let Some(difference) = difference(&tokenizer, &of_one(other)?)? {
            let (first, second) = (first.facts.title.clone(), other.facts.title.clone());
            return Err(Error::Vocabularies { first, second, difference });
        }
    }
    match others.iter().find(|other| other.vocab_size != tokenizer.vocab_size()) {
        Some(other) => Err(another_vocabulary(other, &tokenizer)),
        None => Ok(tokenizer),
    }
}

/// The size of GPT-2's vocabulary padded to a multiple of 64, as training scripts have it.
const PADDED: usize = 50_304;

/// The tokenizer of one model. Ids that only the model has are named by their numbers.
fn of_one(model: &ModelSource) -> Result<Gpt2Tokenizer, Error> {
    // A folder's tokenizer is its model's, which may have more ids: vocabularies are padded. The published one is a
    // guess.
    let (tokenizer, most) = match folder(model) {
        Some(folder) => (Gpt2Tokenizer::from_folder(folder)?, usize::MAX),
        None => (Gpt2Tokenizer::published()?, PADDED),
    };
    if !(tokenizer.base_size()..=most).contains(&model.vocab_size) {
        return Err(another_vocabulary(model, &tokenizer));
    }
    Ok(tokenizer.with_vocab_size(model.vocab_size))
}

/// The folder with a tokenizer of the model's own.
fn folder(model: &ModelSource) -> Option<&Path> {
    let own = model.folder().filter(|_| model.facts.origin == Origin::Folder);
    own.filter(|folder| folder.join("tokenizer.json").exists() || folder.join("vocab.json").exists())
}

fn another_vocabulary(model: &ModelSource, tokenizer: &Gpt2Tokenizer) -> Error {
    Error::ModelVocabulary {
        model: model.facts.title.clone(),
        vocab_size: model.vocab_size,
        tokenizer: tokenizer.vocab_size(),
    }
}

/// The first difference between two tokenizers: in the number of tokens, in one token, or in how they split a text.
fn difference(first: &Gpt2Tokenizer, second: &Gpt2Tokenizer) -> Result<Option<String>, Error> {
    let sizes = [first, second].map(Gpt2Tokenizer::vocab_size);
    if sizes[0] != sizes[1] {
        let [one, other] = sizes.map(|n| thousands(n as u64));
        return Ok(Some(format!("the one has {one} tokens, the other {other}")));
    }
    if let Some(id) = (0..id_at(sizes[0])).find(|&id| first.token(id) != second.token(id)) {
        let [one, other] = [first, second].map(|tokenizer| Word::of(id, tokenizer).to_string());
        return Ok(Some(format!("token {id} is {one} in the one and {other} in the other")));
    }
    let [one, other] = [first.encode(SAMPLE)?, second.encode(SAMPLE)?];
    let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let word = |ids: &[u32]| ids.get(same).map_or_else(|| "nothing".to_owned(), |&id| Word::of(id, first).to_string());
    Ok((one != other).then(|| {
        let (one, other) = (word(&one), word(&other));
        format!("they split a text differently, where the one has {one} as token {same}, the other has {other}")
    }))
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
