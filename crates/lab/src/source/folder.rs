use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::Path,
};

use serde::Deserialize;

use super::{BACKEND, EngineFacts, FileFacts, FileOnDisk, ModelFacts, ModelSource, Origin, Weights};
use crate::Error;

/// Written by the download beside verified files: which model they are. Only their sha256 shows whether they still are.
#[derive(Deserialize)]
struct Verified {
    repo: String,
    revision: String,
    files: Vec<VerifiedFile>,
}

#[derive(Deserialize)]
struct VerifiedFile {
    path: String,
    sha256: String,
}

/// Some 100 bytes for each file of a checkpoint.
const LONGEST_VERIFIED: u64 = 1 << 20;

/// Whether a model is downloaded: a file gets its final name only when complete.
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
        source.facts.name = model.to_owned();
        source.facts.title = format!("GPT-2 {}", size.to_uppercase());
        source.facts.origin = Origin::Pretrained;
        Ok(source)
    }

    /// A folder in the Hugging Face layout.
    ///
    /// # Errors
    /// gpt2-runner's checks, without reading the weights; [`Error::Verified`].
    pub fn folder_named(folder: &Path) -> Result<Self, Error> {
        let config = gpt2_runner::check_checkpoint(folder)?;
        let verified = verified(folder)?;
        let (mut files, mut on_disk) = (Vec::new(), Vec::new());
        for path in gpt2_runner::checkpoint_files(folder)? {
            let full = folder.join(&path);
            let bytes = fs::metadata(&full).map_err(|source| Error::Read { path: full.clone(), source })?.len();
            let stated = verified.iter().flat_map(|v| &v.files).find(|f| f.path == path).map(|f| f.sha256.clone());
            on_disk.push(FileOnDisk { path: full, stated });
            files.push(FileFacts { path, bytes, sha256: String::new() });
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
                engine: Some(EngineFacts::of(BACKEND)),
                recorded_from_sha256: None,
            },
            n_positions: config.n_positions,
            n_layer: config.n_layer,
            n_head: config.n_head,
            vocab_size: config.vocab_size,
            backend: BACKEND,
            weights: Weights::Folder(folder.to_owned()),
            on_disk,
        })
    }
}

fn verified(folder: &Path) -> Result<Option<Verified>, Error> {
    let path = folder.join("verified.json");
    let unreadable = |source| Error::Read { path: path.clone(), source };
    match fs::metadata(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(unreadable(source)),
        // Opening a FIFO would wait for a writer.
        Ok(file) if !file.is_file() => return Err(unreadable(io::Error::other("it is not a regular file"))),
        Ok(_) => {}
    }
    let file = File::open(&path).map_err(unreadable)?.take(LONGEST_VERIFIED);
    match serde_json::from_reader(BufReader::new(file)) {
        Ok(verified) => Ok(Some(verified)),
        Err(source) => Err(Error::Verified { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record beside the weights may be forged, or the weights may have been replaced.
    #[test]
    fn a_files_sha256_is_its_bytes_and_not_what_verified_json_says() {
        let folder = tempfile::tempdir().unwrap();
        let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo/small");
        let copy = folder.path().join("gpt2");
        fs::create_dir(&copy).unwrap();
        for name in ["config.json", "model.safetensors"] {
            fs::copy(small.join(name), copy.join(name)).unwrap();
        }
        let of = |name: &str| file_sha256::of_bytes(&fs::read(copy.join(name)).unwrap());
        let right = of("model.safetensors");
        let record = |sha256: &str| {
            let files = [("config.json", of("config.json").as_str()), ("model.safetensors", sha256)]
                .map(|(path, sha256)| serde_json::json!({ "path": path, "bytes": 1, "sha256": sha256 }));
            let record = serde_json::json!({ "repo": "a/b", "revision": "main", "files": files });
            fs::write(copy.join("verified.json"), record.to_string()).unwrap();
        };
        let weights = |facts: &ModelFacts| {
            let mut files = facts.files.iter();
            files.find(|file| file.path == "model.safetensors").unwrap().sha256.clone()
        };
        record(&right);
        for source in [ModelSource::folder_named(&copy), ModelSource::pretrained(folder.path(), "gpt2")] {
            let facts = source.unwrap().hash().unwrap();
            assert_eq!((weights(&facts), facts.revision.as_deref()), (right.clone(), Some("main")));
        }
        record(&"0".repeat(64));
        let facts = ModelSource::folder_named(&copy).unwrap().hash().unwrap();
        assert_eq!((weights(&facts), facts.repo, facts.revision), (right.clone(), None, None));
        let refused = ModelSource::pretrained(folder.path(), "gpt2").unwrap().hash().unwrap_err().to_string();
        assert!(refused.contains(&right) && refused.contains("xtask weights"), "{refused}");
    }
}
