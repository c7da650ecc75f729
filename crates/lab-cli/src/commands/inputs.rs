//! From what was typed to models, tokenizers and prompts, checked before anything is loaded.

use std::path::Path;

use gpt2_runner::Gpt2Tokenizer;

use crate::{
    Error, Prompt,
    cli::{ModelArgs, OneModelArgs},
    source::{ModelSource, Origin, Pair, PairOptions, resolve},
};

/// The pair that the arguments name.
pub(super) fn pair(args: &ModelArgs) -> Result<Pair, Error> {
    resolve(&PairOptions {
        models: args.models,
        small: args.small.clone(),
        large: args.large.clone(),
        weights: args.weights.clone(),
        fallback_reason: args.fallback_reason.clone(),
    })
}

/// One model, and why it is not GPT-2 if it stands in for it.
pub(super) fn one_model(args: &OneModelArgs) -> Result<(ModelSource, Option<String>), Error> {
    let options = PairOptions { models: args.models, weights: args.weights.clone(), ..PairOptions::default() };
    match args.model.as_str() {
        "small" => resolve(&options).map(|pair| (pair.small, pair.fallback)),
        "large" => resolve(&options).map(|pair| (pair.large, pair.fallback)),
        given => {
            let folder = Path::new(given);
            // A lone word is more likely a misspelt name than a folder.
            if !folder.exists() && folder.components().count() == 1 {
                return Err(Error::UnknownModel { given: given.to_owned() });
            }
            Ok((ModelSource::folder_named(folder)?, None))
        }
    }
}

/// The tokenizer of some models: the published one, or the one in the folder of the first; all of them must have
/// its vocabulary.
pub(super) fn tokenizer(models: &[&ModelSource]) -> Result<Gpt2Tokenizer, Error> {
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
pub(super) fn prompt(text: &str, tokenizer: &Gpt2Tokenizer, models: &[&ModelSource]) -> Result<Prompt, Error> {
    let prompt = Prompt::new(text, tokenizer)?;
    for model in models {
        check_length(prompt.ids.len(), model)?;
    }
    Ok(prompt)
}

/// Refuses more tokens than a model has positions.
pub(super) fn check_length(tokens: usize, model: &ModelSource) -> Result<(), Error> {
    if tokens > model.n_positions {
        let model_title = model.facts.title.clone();
        return Err(Error::PromptTooLong { tokens, model: model_title, n_positions: model.n_positions });
    }
    Ok(())
}

/// Which models these are, in one line.
pub(super) fn pair_line(pair: &Pair) -> String {
    let (small, large) = (&pair.small.facts, &pair.large.facts);
    if pair.stand_in {
        format!("{NOT_GPT2}: {}.", stand_ins(pair))
    } else {
        format!("Models: {} and {}.", described(small), described(large))
    }
}

/// What is said first and last, where the demo pair was not asked for: why it is here, and how to get GPT-2.
pub(super) fn fallback_lines(pair: &Pair) -> Option<(String, String)> {
    let reason = pair.fallback.as_ref()?;
    Some((
        format!("{NOT_GPT2}, because {reason}: {}. {GET}", stand_ins(pair)),
        format!("This was the demo pair, not GPT-2, because {reason}. {GET}"),
    ))
}

const NOT_GPT2: &str = "Models: the demo pair, not GPT-2";

fn stand_ins(pair: &Pair) -> String {
    let names: Vec<String> = [&pair.small.facts, &pair.large.facts]
        .iter()
        .filter(|model| model.origin == Origin::Demo)
        .map(|model| format!("\"{}\" below is {}", model.name, model.title))
        .collect();
    names.join(", ")
}

/// How to get GPT-2 itself.
pub(super) const GET: &str = "To get GPT-2: cargo xtask weights gpt2 gpt2-large";

/// A model and where it is from, in a few words.
pub(super) fn described(model: &crate::source::ModelFacts) -> String {
    let revision = model.revision.as_deref().map(|r| format!(", revision {}", r.get(..7).unwrap_or(r)));
    let revision = revision.unwrap_or_default();
    match model.origin {
        Origin::Demo => format!("{} (part of the lab)", model.title),
        Origin::Pretrained => {
            format!("{} ({}{revision})", model.title, model.repo.as_deref().unwrap_or("downloaded weights"))
        }
        Origin::Folder => format!("{} (a folder{revision})", model.title),
        Origin::Recorded => format!("{} (recorded logits{revision})", model.title),
    }
}
