//! Resolves arguments to models, logits and prompts, and checks them before anything is loaded.

use std::path::PathBuf;

use gpt2_runner::Gpt2Tokenizer;
use lab::{
    Context, Error, Prompt,
    logits::Logits,
    parts::NOTEBOOK_K,
    print::thousands,
    source::{ModelFacts, ModelSource, Pair, Recorded, Single, resolve, resolve_one},
};

use crate::cli::{ModelArgs, Models, OneModelArgs, PairArgs, RecordedArgs, ScoreArgs, TopK};

pub(super) use lab::source::{prompt, tokenizer};

/// The pair that the arguments name.
pub(super) fn pair(args: &ModelArgs) -> Result<Pair, Error> {
    let PairArgs { models, small, large, weights, .. } = &args.pair;
    let named = |model: &Option<String>| model.as_ref().is_some_and(|model| model != "small" && model != "large");
    // `auto` is the default.
    if named(small) && named(large) && models.is_some_and(|models| models != Models::Auto) {
        return Err(Error::no_effect("--models", "with both --small and --large"));
    }
    if *models == Some(Models::Demo) && small.is_none() && large.is_none() && weights.is_some() {
        return Err(Error::no_effect("--weights", "with --models demo"));
    }
    let backend = args.device.backend()?;
    let pair = resolve(&(&args.pair).into())?;
    Ok(Pair { small: pair.small.on(backend), large: pair.large.on(backend), ..pair })
}

/// The one model that the arguments name.
pub(super) fn one_model(args: &OneModelArgs) -> Result<Single, Error> {
    let model = args.model.as_deref().unwrap_or("small");
    if model != "small" && model != "large" && args.models.is_some() {
        return Err(Error::no_effect("--models", "with a --model other than small and large"));
    }
    if args.models == Some(Models::Demo) && args.weights.is_some() {
        return Err(Error::no_effect("--weights", "with --models demo"));
    }
    let pair = PairArgs { models: args.models, weights: args.weights.clone(), ..PairArgs::default() };
    let backend = args.device.backend()?;
    let mut single = resolve_one(&(&pair).into(), model)?;
    single.source = single.source.on(backend);
    Ok(single)
}

/// The number of most probable tokens to list: as requested, up to the vocabulary `of`; by default the notebook's ten,
/// or all if there are fewer.
pub(super) fn k(requested: TopK, vocab_size: usize, of: &str) -> Result<usize, Error> {
    requested.k.map_or(Ok(NOTEBOOK_K.min(vocab_size)), |k| check_k(k, vocab_size, of))
}

/// Refuses more tokens than `of` has.
pub(super) fn check_k(k: usize, vocab_size: usize, of: &str) -> Result<usize, Error> {
    if k <= vocab_size {
        return Ok(k);
    }
    let n = thousands(vocab_size as u64);
    Err(Error::OutOfRange { option: "-k", given: k, accepted: format!("1 to {n} ({of} has {n} tokens)") })
}

/// One model, and a prompt that it can read.
pub(super) struct ModelAndPrompt {
    pub(super) source: ModelSource,
    /// Why the model was selected in place of GPT-2, if the user did not select it.
    pub(super) because: Option<String>,
    pub(super) tokenizer: Gpt2Tokenizer,
    pub(super) prompt: Prompt,
}

/// The model that the arguments name, and a text that it can read.
pub(super) fn model_and_prompt(text: &str, model: &OneModelArgs, context: &Context) -> Result<ModelAndPrompt, Error> {
    let Single { source, fallback: because, .. } = one_model(model)?;
    let tokenizer = context.timings.time("tokenizer", || tokenizer(&[&source]))?;
    let prompt = prompt(text, &tokenizer, &[&source])?;
    Ok(ModelAndPrompt { source, because, tokenizer, prompt })
}

/// A model's entry in a report; only the JSON has file hashes. They are computed last: hashing gigabytes would take
/// memory bandwidth from the model.
pub(super) fn facts(source: &ModelSource, json: bool) -> Result<ModelFacts, Error> {
    if json { source.hash() } else { Ok(source.facts.clone()) }
}

/// The recorded logits that the arguments name, if any, read by `read`; `text` is their prompt according to the user.
fn recorded_by(
    read: impl Fn(&[PathBuf]) -> Result<Recorded, Error>,
    args: &RecordedArgs,
    text: Option<&str>,
) -> Result<Option<Recorded>, Error> {
    if args.logits.is_empty() {
        let idle = [("--tokenizer", args.tokenizer.is_some()), ("--ids", !args.ids.is_empty())];
        return match idle.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Error::no_effect(option, "without --logits")),
            None => Ok(None),
        };
    }
    let mut recorded = read(&args.logits)?;
    recorded.complete(text, &args.ids)?;
    Ok(Some(recorded))
}

/// The recorded logits that the arguments name, if any, at the last position of each prompt.
pub(super) fn recorded(args: &RecordedArgs, text: Option<&str>) -> Result<Option<Recorded>, Error> {
    recorded_by(Recorded::read, args, text)
}

/// The logits of one model: of the files that the arguments name, or else of the model.
pub(super) fn logits_of_one(
    model: &OneModelArgs,
    files: &RecordedArgs,
    text: Option<&str>,
    context: &Context,
) -> Result<Logits, Error> {
    match recorded(files, text)? {
        Some(recorded) => of_files(recorded, model, files, context),
        None => Logits::of_one(one_model(model)?, context),
    }
}

/// The logits at every position of a text: of the files that the arguments name, or else of the model, or of the pair.
pub(super) fn logits_to_score(args: &ScoreArgs, text: Option<&str>, context: &Context) -> Result<Logits, Error> {
    match recorded_by(Recorded::read_whole, &args.recorded, text)? {
        Some(recorded) => of_files(recorded, &args.model, &args.recorded, context),
        None if args.pair => Logits::of_pair(pair(&args.pair())?, context),
        None => Logits::of_one(one_model(&args.model)?, context),
    }
}

fn of_files(
    recorded: Recorded,
    model: &OneModelArgs,
    files: &RecordedArgs,
    context: &Context,
) -> Result<Logits, Error> {
    match model.model {
        Some(_) => Err(Error::no_effect("--model", "with --logits")),
        None => Logits::of_files(recorded, files.tokenizer.as_deref(), context),
    }
}

/// The logits of two models: of the files that the arguments name, or else of the pair.
pub(super) fn logits_of_pair(
    models: &ModelArgs,
    files: &RecordedArgs,
    text: Option<&str>,
    context: &Context,
) -> Result<Logits, Error> {
    match recorded(files, text)? {
        Some(recorded) => {
            refuse_models(models)?;
            Logits::of_files(recorded, files.tokenizer.as_deref(), context)
        }
        None => Logits::of_pair(pair(models)?, context),
    }
}

/// The models' entries in a report, as [`facts`].
pub(super) fn all_facts(logits: &Logits, json: bool, context: &Context) -> Result<Vec<ModelFacts>, Error> {
    if json { logits.hashed(context) } else { Ok(logits.facts()) }
}

/// Refuses models where logits are given.
pub(super) fn refuse_models(args: &ModelArgs) -> Result<(), Error> {
    match [("--small", &args.pair.small), ("--large", &args.pair.large)].into_iter().find(|(_, model)| model.is_some())
    {
        Some((option, _)) => Err(Error::no_effect(option, "with --logits")),
        None => Ok(()),
    }
}
