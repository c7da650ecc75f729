use std::path::PathBuf;

use super::{ModelSource, default_weights, pretrained_present};
use crate::Error;

/// The models of the pair, in `data/weights` and on the hub.
const PRETRAINED: [&str; 2] = ["gpt2", "gpt2-large"];

/// Which pair of models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Models {
    /// GPT-2 small and large if their weights are there, otherwise the demo pair
    #[default]
    Auto,
    /// The small demo pair that is part of the lab
    Demo,
    /// GPT-2 small and large, or an error
    Pretrained,
}

/// How the pair was asked for.
#[derive(Debug, Clone, Default)]
pub struct PairOptions {
    /// Which pair.
    pub models: Models,
    /// A folder for the small model.
    pub small: Option<PathBuf>,
    /// A folder for the large model.
    pub large: Option<PathBuf>,
    /// Where downloaded weights are; `None` is [`default_weights`].
    pub weights: Option<PathBuf>,
    /// Why the pretrained pair could not be had, if somebody has tried.
    pub fallback_reason: Option<String>,
}

/// A small model and a large one.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The name of the folder for its figures: `demo`, `gpt2`, or the folders' names.
    pub label: String,
    /// The small model.
    pub small: ModelSource,
    /// The large model.
    pub large: ModelSource,
    /// Whether the demo models stand in for GPT-2.
    pub stand_in: bool,
    /// Why they do, if they were not asked for.
    pub fallback: Option<String>,
}

/// Finds the models, and checks all that can be checked without reading their weights.
///
/// # Errors
/// [`Error::NoWeights`], and what keeps a model from being loaded.
pub fn resolve(options: &PairOptions) -> Result<Pair, Error> {
    let weights = options.weights.clone().unwrap_or_else(default_weights);
    let place = options.weights.as_ref().map_or_else(|| "data/weights".to_owned(), |w| w.display().to_string());
    if let (Some(small), Some(large)) = (&options.small, &options.large) {
        let (small, large) = (ModelSource::folder_named(small)?, ModelSource::folder_named(large)?);
        let label = format!("{}+{}", small.facts.name, large.facts.name);
        return Ok(Pair { label, small, large, stand_in: false, fallback: None });
    }
    let missing: Vec<&str> = PRETRAINED.into_iter().filter(|model| !pretrained_present(&weights, model)).collect();
    let missing = match missing[..] {
        [] => None,
        [one] => Some(format!("{one} is")),
        _ => Some(format!("{} are", missing.join(" and "))),
    };
    let demo = match (options.models, &missing) {
        (Models::Demo, _) => true,
        (Models::Pretrained, Some(missing)) => {
            return Err(Error::NoWeights { missing: missing.clone(), weights: place.into() });
        }
        (Models::Auto, Some(_)) => true,
        (Models::Auto | Models::Pretrained, None) => false,
    };
    let fallback = match (options.models, missing) {
        (Models::Auto, Some(missing)) => {
            Some(options.fallback_reason.clone().unwrap_or_else(|| format!("{missing} not in {place}")))
        }
        _ => None,
    };
    let named = |folder: &Option<PathBuf>| folder.as_deref().map(ModelSource::folder_named).transpose();
    let (small, large) = (named(&options.small)?, named(&options.large)?);
    let label = match (&small, &large) {
        (None, None) if demo => "demo".to_owned(),
        (None, None) => "gpt2".to_owned(),
        (Some(one), _) | (_, Some(one)) => format!("{}+{}", one.facts.name, if demo { "demo" } else { "gpt2" }),
    };
    let pretrained = |model| ModelSource::pretrained(&weights, model);
    let small = match small {
        Some(small) => small,
        None if demo => ModelSource::demo_small()?,
        None => pretrained(PRETRAINED[0])?,
    };
    let large = match large {
        Some(large) => large,
        None if demo => ModelSource::demo_large()?,
        None => pretrained(PRETRAINED[1])?,
    };
    Ok(Pair { label, small, large, stand_in: demo, fallback })
}
