use std::path::Path;

use serde::Serialize;

use super::{ModelFacts, ModelSource, Named, default_weights, pretrained_present};

/// Which models are here, and how to get those that are not.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// The folder of downloaded weights.
    pub weights: String,
    /// The models that have names.
    pub models: Vec<Entry>,
}

/// A model that has a name.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// What `--model` calls it.
    pub name: &'static str,
    /// Whether it is here.
    pub present: bool,
    /// How many parameters it has.
    pub parameters: u64,
    /// What is known about it.
    pub facts: Option<ModelFacts>,
    /// What is wrong with what is there.
    pub problem: Option<String>,
    /// How to get it.
    pub get: Option<String>,
    /// Where it is, or would be.
    pub place: String,
}

/// Looks which models are here; `weights` is the folder of downloaded ones, if not the workspace's.
pub fn inventory(weights: Option<&Path>) -> Inventory {
    let weights = weights.map_or_else(default_weights, Path::to_owned);
    Inventory { models: Named::ALL.map(|named| entry(named, &weights)).into(), weights: weights.display().to_string() }
}

fn entry(named: Named, weights: &Path) -> Entry {
    let name = named.name();
    let mut entry = Entry {
        name,
        present: named.is_demo() || pretrained_present(weights, name),
        parameters: named.parameters(),
        facts: None,
        problem: None,
        get: None,
        place: if named.is_demo() { "part of the lab".to_owned() } else { weights.join(name).display().to_string() },
    };
    let get = || format!("cargo xtask weights {name}");
    let size = named.download_size();
    if !entry.present {
        entry.get = Some(format!("{} ({size})", get()));
        return entry;
    }
    match ModelSource::named(named, weights) {
        Ok(source) => entry.facts = Some(source.facts),
        Err(error) => {
            entry.problem = Some(error.to_string());
            entry.get = Some(format!("{} ({size})", get()));
        }
    }
    entry
}
