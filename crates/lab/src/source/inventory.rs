use std::path::Path;

use gpt2_runner::{Device, Engine};
use serde::Serialize;

use super::{KnownModel, ModelFacts, ModelSource, default_weights, is_installed, pretrained_present};

/// Which models are here, and how to get those that are not.
#[derive(Debug, Serialize)]
pub struct Inventory {
    /// The folder of downloaded weights.
    pub weights: String,
    /// The engines that this lab has.
    pub engines: Vec<Computes>,
    /// The models that have names.
    pub models: Vec<Entry>,
}

/// An engine of this lab.
#[derive(Debug, Serialize)]
pub struct Computes {
    /// Its name for `--engine`.
    pub name: String,
    /// libtorch's version, or that of the lab's own kernels.
    pub version: Option<&'static str>,
    /// The names for `--device` of the devices that it supports here.
    pub devices: Vec<String>,
}

/// A model that has a name.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Its name for `--model`.
    pub name: &'static str,
    /// Whether it is here.
    pub present: bool,
    /// How many parameters it has.
    pub parameters: u64,
    /// Its source, if it is on this machine.
    pub facts: Option<ModelFacts>,
    /// The fault of its files.
    pub problem: Option<String>,
    /// How to get it.
    pub get: Option<String>,
    /// Where it is, or would be.
    pub place: String,
}

/// Lists which models are on this machine; `weights` is the folder of downloaded ones, if not the workspace's.
pub fn inventory(weights: Option<&Path>) -> Inventory {
    let weights = weights.map_or_else(default_weights, Path::to_owned);
    let engine = |&engine: &Engine| Computes {
        name: engine.to_string(),
        version: engine.version(),
        devices: match engine {
            Engine::Native => vec![Device::Cpu.to_string()],
            _ => Device::available().iter().map(Device::to_string).collect(),
        },
    };
    Inventory {
        engines: Engine::available().iter().map(engine).collect(),
        models: KnownModel::ALL.map(|named| entry(named, &weights)).into(),
        weights: weights.display().to_string(),
    }
}

fn entry(named: KnownModel, weights: &Path) -> Entry {
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
    let size = named.download_size();
    let get = match is_installed() {
        false => format!("cargo xtask weights {name} ({size})"),
        true => format!(
            "put config.json and model.safetensors of openai-community/{name} on Hugging Face ({size}) into {}",
            entry.place
        ),
    };
    if !entry.present {
        entry.get = Some(get);
        return entry;
    }
    match ModelSource::named(named, weights) {
        // Nothing has been computed.
        Ok(source) => entry.facts = Some(ModelFacts { engine: None, ..source.facts }),
        Err(error) => {
            entry.problem = Some(error.to_string());
            entry.get = Some(get);
        }
    }
    entry
}
