use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{FileFacts, ModelFacts, ModelSource, Origin, Place};
use crate::{Error, place};

/// What the download leaves beside the files that it has verified.
#[derive(Deserialize)]
struct Verified {
    repo: String,
    revision: String,
    files: Vec<VerifiedFile>,
}

#[derive(Deserialize)]
struct VerifiedFile {
    path: String,
    bytes: u64,
    sha256: String,
}

/// Some 100 bytes for each file of a checkpoint.
const LONGEST_VERIFIED: u64 = 1 << 20;

/// The workspace's `data/weights`, where downloaded models are; outside a workspace, that of the current folder.
pub fn default_weights() -> PathBuf {
    place::workspace().unwrap_or_default().join("data/weights")
}

/// Whether a downloaded model is there: a file has its name only once it is whole.
pub fn pretrained_present(weights: &Path, model: &str) -> bool {
    let folder = weights.join(model);
    let no_weights = matches!(gpt2_runner::checkpoint_files(&folder), Err(gpt2_runner::Error::NoCheckpoint { .. }));
    folder.join("config.json").is_file() && !no_weights
}

impl ModelSource {
    /// A downloaded model: `gpt2` or `gpt2-large` in the folder of weights.
    ///
    /// # Errors
    /// As [`ModelSource::folder_named`].
    pub fn pretrained(weights: &Path, model: &str) -> Result<Self, Error> {
        let size = if model == "gpt2" { "small" } else { model.trim_start_matches("gpt2-") };
        let mut source = Self::folder_named(&weights.join(model))?;
        source.facts.name = format!("GPT-2-{size}");
        source.facts.title = format!("GPT-2 {}", size.to_uppercase());
        source.facts.origin = Origin::Pretrained;
        Ok(source)
    }

    /// A folder in the Hugging Face layout.
    ///
    /// # Errors
    /// What keeps gpt2-runner from loading it, short of reading the weights themselves; [`Error::Verified`].
    pub fn folder_named(folder: &Path) -> Result<Self, Error> {
        let config = gpt2_runner::check_checkpoint(folder)?;
        let verified = verified(folder)?;
        let (mut files, mut unhashed) = (Vec::new(), Vec::new());
        for path in gpt2_runner::checkpoint_files(folder)? {
            let full = folder.join(&path);
            let bytes = fs::metadata(&full).map_err(|source| Error::Read { path: full.clone(), source })?.len();
            let known = verified.iter().flat_map(|v| &v.files).find(|f| f.path == path && f.bytes == bytes);
            if known.is_none() {
                unhashed.push((files.len(), full));
            }
            files.push(FileFacts { path, bytes, sha256: known.map(|f| f.sha256.clone()).unwrap_or_default() });
        }
        let name = fs::canonicalize(folder)
            .ok()
            .and_then(|f| f.file_name().map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "model".to_owned());
        let (repo, revision) = verified.map(|v| (v.repo, v.revision)).unzip();
        Ok(Self {
            facts: ModelFacts {
                title: name.to_uppercase(),
                name,
                origin: Origin::Folder,
                repo,
                revision,
                parameters: Some(config.num_parameters()),
                files,
                recorded_from_sha256: None,
            },
            n_positions: config.n_positions,
            n_layer: config.n_layer,
            n_head: config.n_head,
            vocab_size: config.vocab_size,
            place: Place::Folder(folder.to_owned()),
            unhashed,
        })
    }
}

fn verified(folder: &Path) -> Result<Option<Verified>, Error> {
    let path = folder.join("verified.json");
    match gpt2_runner::read_file(&path, "verified.json", LONGEST_VERIFIED) {
        Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|source| Error::Verified { path, source }),
        Err(gpt2_runner::Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(other) => Err(other.into()),
    }
}
