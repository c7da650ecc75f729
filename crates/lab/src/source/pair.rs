use std::path::{Path, PathBuf};

use super::{KnownModel, ModelFacts, ModelSource, default_weights, pretrained_present};
use crate::Error;

/// Which pair of models.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Models {
    /// GPT-2 small and large if their weights are there, otherwise the demo pair.
    #[default]
    Auto,
    /// The demo pair: two small models that are part of the lab.
    Demo,
    /// GPT-2 small and large, or an error.
    Pretrained,
}

/// The requested models.
#[derive(Debug, Clone, Default)]
pub struct PairArgs {
    /// Which pair of models; without one, [`Models::Auto`].
    pub models: Option<Models>,
    /// The small model: a name that `lab models` prints, or a folder in the Hugging Face layout.
    pub small: Option<String>,
    /// The large model, named in the same way.
    pub large: Option<String>,
    /// The folder of downloaded weights; without one, [`default_weights`].
    pub weights: Option<PathBuf>,
    /// Why the pretrained pair is not there, for the first line, if the caller has determined it.
    pub fallback_reason: Option<String>,
}

/// A small model and a large one.
#[derive(Debug, Clone)]
pub struct Pair {
    /// A name for the folder of its figures: `demo`, `gpt2`, or the models' names.
    pub label: String,
    /// The small model.
    pub small: ModelSource,
    /// The large model.
    pub large: ModelSource,
    /// Why a demo model was selected in place of GPT-2, if the user did not select it.
    pub fallback: Option<String>,
}

impl Pair {
    /// The sources of the small and the large model.
    pub fn facts(&self) -> [&ModelFacts; 2] {
        [&self.small.facts, &self.large.facts]
    }
}

/// One model.
#[derive(Debug, Clone)]
pub struct Single {
    /// The model.
    pub source: ModelSource,
    /// Why it was selected in place of GPT-2, if the user did not select it.
    pub fallback: Option<String>,
    /// The pair that it is of, if it was not named itself.
    pair: Option<&'static str>,
}

/// The models of the pretrained pair.
const PRETRAINED: [KnownModel; 2] = [KnownModel::Gpt2, KnownModel::Gpt2Large];
/// Those of the demo pair.
const DEMO: [KnownModel; 2] = [KnownModel::DemoSmall, KnownModel::DemoLarge];

/// Finds the models, and checks all that can be checked without reading their weights.
///
/// # Errors
/// As [`resolve_one`].
pub fn resolve(args: &PairArgs) -> Result<Pair, Error> {
    let small = find(args, "--small", args.small.as_deref().unwrap_or("small"))?;
    let large = find(args, "--large", args.large.as_deref().unwrap_or("large"))?;
    let label = match (small.pair, large.pair) {
        (Some(pair), Some(_)) => pair.to_owned(),
        _ if small.source.facts == large.source.facts => small.source.facts.name.clone(),
        _ => format!("{}+{}", small.label(), large.label()),
    };
    Ok(Pair { label, fallback: small.fallback.or(large.fallback), small: small.source, large: large.source })
}

/// Finds one model: `small` or `large` of the pair, a named model, or a folder.
///
/// # Errors
/// [`Error::NoWeights`], [`Error::NotDownloaded`], [`Error::UnknownModel`], [`Error::Folder`], and errors of loading.
pub fn resolve_one(args: &PairArgs, model: &str) -> Result<Single, Error> {
    find(args, "--model", model)
}

fn find(args: &PairArgs, option: &'static str, given: &str) -> Result<Single, Error> {
    let weights = args.weights.clone().unwrap_or_else(default_weights);
    let index = match given {
        "small" => 0,
        "large" => 1,
        _ => {
            let source = named_or_folder(option, given, &weights)?;
            return Ok(Single { source, fallback: None, pair: None });
        }
    };
    let fallback = why_demo(args, &weights)?;
    let demo = args.models == Some(Models::Demo) || fallback.is_some();
    let (models, label) = if demo { (DEMO, "demo") } else { (PRETRAINED, "gpt2") };
    Ok(Single { source: ModelSource::named(models[index], &weights)?, fallback, pair: Some(label) })
}

/// Why the demo pair is selected in place of GPT-2, if the user did not select it.
///
/// # Errors
/// [`Error::NoWeights`] if GPT-2 was requested and is not there.
fn why_demo(args: &PairArgs, weights: &Path) -> Result<Option<String>, Error> {
    let requested = args.models.unwrap_or_default();
    let missing = PRETRAINED.iter().map(|model| model.name()).filter(|name| !pretrained_present(weights, name));
    let missing = match missing.collect::<Vec<_>>()[..] {
        _ if requested == Models::Demo => return Ok(None),
        [] => return Ok(None),
        [one] => format!("{one} is"),
        [one, other, ..] => format!("{one} and {other} are"),
    };
    if requested == Models::Pretrained {
        return Err(Error::NoWeights { missing, weights: weights.to_owned() });
    }
    Ok(Some(args.fallback_reason.clone().unwrap_or_else(|| format!("{missing} not in {}", weights.display()))))
}

fn named_or_folder(option: &'static str, given: &str, weights: &Path) -> Result<ModelSource, Error> {
    if let Some(named) = KnownModel::of(given) {
        if !named.is_demo() && !pretrained_present(weights, named.name()) {
            return Err(Error::NotDownloaded { option, name: named.name(), weights: weights.to_owned() });
        }
        return ModelSource::named(named, weights);
    }
    let folder = Path::new(given);
    // A lone word is more likely a misspelt name than a folder.
    if !folder.exists() && folder.components().count() == 1 {
        return Err(Error::UnknownModel { option, given: given.to_owned() });
    }
    ModelSource::folder_named(folder).map_err(|problem| Error::Folder { option, problem: Box::new(problem) })
}

impl Single {
    /// Its part of a pair's name.
    fn label(&self) -> String {
        self.pair.map_or_else(|| self.source.facts.name.clone(), str::to_owned)
    }
}
