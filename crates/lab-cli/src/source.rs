//! Where logits come from: a pair of models, or files of recorded logits; and what is known about either.

mod demo;
mod folder;
mod hash;
mod inventory;
mod named;
mod names;
mod pair;
mod reading;
mod recorded;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use folder::{default_weights, pretrained_present};
pub use hash::sha256_hex;
pub use inventory::{Entry, Inventory, inventory};
pub use named::Named;
pub use names::{Names, token_id};
pub use pair::{Models, Pair, PairArgs, Single, resolve, resolve_one};
pub use reading::{check_length, prompt, tokenizer};
pub use recorded::{Recorded, RecordedLibrary, RecordedModel, record};

/// Which model, and from where: what figures and reports say about their source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelFacts {
    /// What the notebook's lines call it: `GPT-2-small`.
    pub name: String,
    /// What figures call it: `GPT-2 SMALL`, `DEMO SMALL`, or a folder's name in capitals.
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
    /// sha256 of the weights that recorded logits were computed with, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_from_sha256: Option<String>,
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

/// A file, by its name, and what is in it.
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
    /// What is known about it. The sha256 of a file in `unhashed` is empty until [`ModelSource::hash`] has run.
    pub facts: ModelFacts,
    /// The longest prompt, in tokens.
    pub n_positions: usize,
    /// How many blocks it has.
    pub n_layer: usize,
    /// How many heads a block has.
    pub n_head: usize,
    /// V.
    pub vocab_size: usize,
    place: Place,
    unhashed: Vec<(usize, PathBuf)>,
}

#[derive(Debug, Clone)]
enum Place {
    Embedded { config: &'static [u8], weights: &'static [u8] },
    Folder(PathBuf),
}

impl ModelSource {
    /// Computes the sha256 of the files for which none was on record.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn hash(&self) -> Result<Vec<FileFacts>, crate::Error> {
        let mut files = self.facts.files.clone();
        for (index, path) in &self.unhashed {
            files[*index].sha256 = hash::sha256_file(path)?;
        }
        Ok(files)
    }

    /// Bytes of the weights' files.
    pub fn bytes(&self) -> u64 {
        self.facts.files.iter().map(|f| f.bytes).sum()
    }

    /// Loads it.
    ///
    /// # Errors
    /// gpt2-runner's.
    pub fn load(&self, device: gpt2_runner::Device) -> Result<gpt2_runner::Gpt2, crate::Error> {
        Ok(match &self.place {
            Place::Embedded { config, weights } => gpt2_runner::Gpt2::from_bytes(config, *weights, device)?,
            Place::Folder(folder) => gpt2_runner::Gpt2::load(folder, device)?,
        })
    }

    /// Refuses a layer or a head, counted from 0, of which the model has `n`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange), which names the option.
    pub(crate) fn check_place(&self, option: &'static str, given: usize, n: usize) -> Result<(), crate::Error> {
        if given < n {
            return Ok(());
        }
        let accepted = format!("0 to {}, what {} has", n - 1, self.facts.title);
        Err(crate::Error::OutOfRange { option, given, accepted })
    }

    /// The folder it is in, unless it is part of the lab.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.place {
            Place::Embedded { .. } => None,
            Place::Folder(folder) => Some(folder),
        }
    }
}
