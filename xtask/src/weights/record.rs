use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Error;
use super::manifest::Model;

const FILE: &str = "verified.json";

/// `verified.json`, written beside the weights last: what was verified, and how to see that nothing has changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) repo: String,
    pub(super) revision: String,
    pub(super) endpoint: String,
    pub(super) parameters: u64,
    pub(super) files: Vec<FileRecord>,
    pub(super) verified: Verified,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Nanoseconds since 1970.
    pub(super) mtime_ns: u64,
    pub(super) source: Source,
}

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// It lay in the folder.
    Folder,
    /// Python's Hugging Face cache.
    Cache,
    /// The hub.
    Hub,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verified {
    /// The files have the sha256 of the manifest, or where that has none, of the hub or of the first download.
    pub(super) sha256: bool,
    /// The checkpoint has the tensors and shapes of its configuration.
    pub(super) shapes: bool,
    pub(super) behaviour: Behaviour,
}

/// What is known of a model's outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// They are the published values.
    Published,
    /// They differ from the published values, as described.
    Differs(String),
    /// Not compared yet.
    Unchecked,
    /// There are no published values.
    NoPublishedValues,
}

impl std::fmt::Display for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published => f.write_str("verified against published values"),
            Self::Differs(what) => write!(f, "differs from the published values: {what}"),
            Self::Unchecked => f.write_str("hash and shapes verified, behaviour not checked yet"),
            Self::NoPublishedValues => f.write_str("hash and shapes verified, no published values to compare with"),
        }
    }
}

impl Record {
    /// The record of this very model in `folder`, if there is one.
    pub(super) fn read(folder: &Path, model: &Model) -> Option<Self> {
        let record: Self = serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()?;
        (record.repo == model.repo && record.revision == model.revision).then_some(record)
    }

    pub(super) fn file(&self, path: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether every file of the model is as it was when it was verified, by length and time, and as the manifest says.
    pub(super) fn holds(&self, folder: &Path, model: &Model) -> bool {
        self.verified.sha256
            && self.verified.shapes
            && model.files.iter().all(|pinned| {
                self.file(&pinned.path).is_some_and(|file| {
                    stamp(&folder.join(&pinned.path)) == Some((file.bytes, file.mtime_ns))
                        && pinned.bytes.is_none_or(|bytes| bytes == file.bytes)
                        && pinned.sha256.as_ref().is_none_or(|sha256| sha256.eq_ignore_ascii_case(&file.sha256))
                })
            })
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        let write = || {
            let mut file = tempfile::Builder::new().prefix(".verified").tempfile_in(folder)?;
            let mut json = serde_json::to_vec_pretty(self)?;
            json.push(b'\n');
            file.write_all(&json)?;
            file.as_file().sync_all()?;
            readable(file.as_file())?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(Error::io("write", &path))
    }

    /// Forgets what was verified.
    pub(super) fn remove(folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
            _ => Ok(()),
        }
    }
}

/// A temporary file is the user's alone; this one is as public as the weights.
fn readable(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

/// Length and time of a file, or of what a link leads to.
pub(super) fn stamp(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some((metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}
