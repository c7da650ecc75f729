//! Where logits come from: a pair of models, or files of recorded logits; and what is known about either.

mod demo;
mod folder;
mod inventory;
mod known;
mod pair;
mod recorded;
mod token_names;
mod tokenizer;
mod workspace;

use std::path::{Path, PathBuf};

use file_sha256::Hashes;
use gpt2_runner::{Backend, Device, Engine};
use serde::{Deserialize, Serialize};

use crate::{Context, Error};
pub use folder::pretrained_present;
pub use inventory::{Computes, Entry, Inventory, inventory};
pub use known::KnownModel;
pub use pair::{Models, Pair, PairArgs, Single, resolve, resolve_one};
pub use recorded::{Recorded, RecordedLibrary, RecordedModel, record};
pub use token_names::{Names, token_id};
pub use tokenizer::{check_length, prompt, tokenizer};
pub use workspace::{default_weights, is_installed};

/// Loads the model of a folder, without copying its weights.
///
/// # Errors
/// gpt2-runner's.
#[allow(unsafe_code)]
pub fn load_folder(folder: &Path, backend: Backend) -> Result<gpt2_runner::Gpt2, Error> {
    // SAFETY: the condition is that no process writes to the files while the model exists. The lab does not: it writes
    // weights to a new file and renames it. docs/folders.md tells the user, and every pass ends with a check that
    // reports a write. A copy would cost the file's size in memory and the time to read it in each run.
    Ok(unsafe { gpt2_runner::Gpt2::load_mapped(folder, backend) }?)
}

/// A model and its origin, as figures and reports state them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelFacts {
    /// Its name in `lab models`, such as `demo-small` and `gpt2`; a folder's name; or the name in a file of logits.
    pub name: String,
    /// Its name in figures: `GPT-2 SMALL`, `DEMO SMALL`, or a folder's name in capitals.
    pub title: String,
    /// Where it is from.
    pub origin: Origin,
    /// The repository it was downloaded from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The revision there.
    pub revision: Option<String>,
    /// As transformers' `num_parameters` counts them; unknown for recorded logits.
    pub parameters: Option<u64>,
    /// The files that were read.
    pub files: Vec<FileFacts>,
    /// The engine that computes, or computed, its logits; null for recorded logits without that information.
    pub engine: Option<EngineFacts>,
    /// sha256 of the weights that recorded logits were computed with, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_from_sha256: Option<String>,
}

impl ModelFacts {
    /// Its name in the notebook's lines: `GPT-2-small` for the small model of either pair.
    pub fn notebook_name(&self) -> String {
        let size = match self.origin {
            Origin::Demo => self.name.strip_prefix("demo-"),
            Origin::Pretrained if self.name == "gpt2" => Some("small"),
            Origin::Pretrained => self.name.strip_prefix("gpt2-"),
            Origin::Folder | Origin::Recorded => None,
        };
        size.map_or_else(|| self.name.clone(), |size| format!("GPT-2-{size}"))
    }
}

/// Where a model is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Embedded in the lab.
    Demo,
    /// OpenAI's weights, downloaded and verified.
    Pretrained,
    /// A folder that the user named.
    Folder,
    /// Logits that were computed before.
    Recorded,
}

/// An engine and a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// `torch` or `native`.
    pub name: String,
    /// libtorch's version, or the native engine's; null if libtorch's folder does not state it.
    pub version: Option<String>,
    /// As gpt2-runner names it: `cpu`, `cuda:0`.
    pub device: String,
}

impl EngineFacts {
    fn of(backend: Backend) -> Self {
        Self {
            name: backend.engine.to_string(),
            version: backend.engine.version().map(str::to_owned),
            device: backend.device.to_string(),
        }
    }
}

/// A file's name and sha256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// The name in its folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its sha256 in hexadecimal.
    pub sha256: String,
}

/// A model that can be loaded.
#[derive(Debug, Clone)]
pub struct ModelSource {
    /// Its description. The sha256 of files on disk is empty; [`ModelSource::hash`] computes it.
    pub facts: ModelFacts,
    /// The longest prompt, in tokens.
    pub n_positions: usize,
    /// How many blocks it has.
    pub n_layer: usize,
    /// How many heads a block has.
    pub n_head: usize,
    /// V.
    pub vocab_size: usize,
    backend: Backend,
    weights: Weights,
    /// The files of the description, in their order; none for a model that is part of the lab.
    on_disk: Vec<FileOnDisk>,
}

/// A file of a model in a folder.
#[derive(Debug, Clone)]
struct FileOnDisk {
    path: PathBuf,
    /// The sha256 that `verified.json` states. That file is not trusted.
    stated: Option<String>,
}

/// The default backend; [`ModelSource::on`] changes it.
const BACKEND: Backend = Backend { engine: Engine::Native, device: Device::Cpu };

#[derive(Debug, Clone)]
enum Weights {
    Embedded { config: &'static [u8], weights: &'static [u8] },
    Folder(PathBuf),
}

impl ModelSource {
    /// Its description with the sha256 of its files, computed from their bytes or cached. Repository and revision are
    /// left out if a file differs from `verified.json`.
    ///
    /// # Errors
    /// If a file cannot be read, or a published model's file is not OpenAI's.
    pub fn hash(&self) -> Result<ModelFacts, Error> {
        let (mut facts, hashes) = (self.facts.clone(), Hashes::of_user());
        for (file, FileOnDisk { path, stated }) in facts.files.iter_mut().zip(&self.on_disk) {
            let sha256 = hashes.of(path).map_err(|source| Error::Read { path: path.clone(), source })?;
            match stated {
                Some(stated) if *stated != sha256 && facts.origin == Origin::Pretrained => {
                    return Err(Error::NotPublished { path: path.clone(), sha256, stated: stated.clone() });
                }
                Some(stated) if *stated == sha256 => {}
                _ => (facts.repo, facts.revision) = (None, None),
            }
            file.sha256 = sha256;
        }
        Ok(facts)
    }

    /// Bytes of the weights' files.
    pub fn bytes(&self) -> u64 {
        self.facts.files.iter().map(|f| f.bytes).sum()
    }

    /// The same model, to be run by an engine that is [there](Backend::resolve); without this, by `native`.
    #[must_use]
    pub fn on(mut self, backend: Backend) -> Self {
        self.facts.engine = Some(EngineFacts::of(backend));
        self.backend = backend;
        self
    }

    /// Loads it.
    ///
    /// # Errors
    /// gpt2-runner's.
    pub fn load(&self) -> Result<gpt2_runner::Gpt2, Error> {
        Ok(match &self.weights {
            Weights::Embedded { config, weights } => gpt2_runner::Gpt2::from_bytes(config, *weights, self.backend)?,
            Weights::Folder(folder) => load_folder(folder, self.backend)?,
        })
    }

    /// The same, with a progress line and a timing.
    ///
    /// # Errors
    /// gpt2-runner's.
    pub fn load_with(&self, Context { progress, timings }: &Context) -> Result<gpt2_runner::Gpt2, Error> {
        let title = &self.facts.title;
        progress.step(&format!("loading {title} ({:.1} GB)", self.bytes() as f64 / 1e9));
        timings.time(format!("load {title}"), || self.load())
    }

    /// An error if a layer or a head, counted from 0, is not below the model's `n`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], which names the option.
    pub fn check_index(&self, option: &'static str, given: usize, n: usize) -> Result<(), Error> {
        if given < n {
            return Ok(());
        }
        let last = n.saturating_sub(1);
        let range = if last == 0 { "0".to_owned() } else { format!("0 to {last}") };
        let (what, s) = (option.trim_start_matches('-'), if n == 1 { "" } else { "s" });
        let accepted = format!("{range} ({} has {n} {what}{s})", self.facts.title);
        Err(Error::OutOfRange { option, given, accepted })
    }

    /// Its folder, unless it is part of the lab.
    pub fn folder(&self) -> Option<&Path> {
        match &self.weights {
            Weights::Embedded { .. } => None,
            Weights::Folder(folder) => Some(folder),
        }
    }
}
