//! From what was typed to models and prompts, checked before anything is loaded.

use crate::{
    Error,
    cli::{ModelArgs, OneModelArgs},
    source::{Models, Pair, PairArgs, Single, resolve, resolve_one},
};

pub(super) use crate::source::{prompt, tokenizer};

/// The pair that the arguments name.
pub(super) fn pair(args: &ModelArgs) -> Result<Pair, Error> {
    let PairArgs { models, small, large, weights, .. } = &args.pair;
    let named = |model: &Option<String>| model.as_ref().is_some_and(|model| model != "small" && model != "large");
    // `auto` is what counts anyway.
    if named(small) && named(large) && models.is_some_and(|models| models != Models::Auto) {
        return Err(Error::no_effect("--models", "with both --small and --large"));
    }
    if *models == Some(Models::Demo) && small.is_none() && large.is_none() && weights.is_some() {
        return Err(Error::no_effect("--weights", "with --models demo"));
    }
    resolve(&args.pair)
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
    resolve_one(&pair, model)
}
