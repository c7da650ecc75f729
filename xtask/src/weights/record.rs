//! `verified.json`, written beside the weights last: what was verified, and how to see that nothing has changed since.
use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
    time::UNIX_EPOCH,
};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::manifest::Model;
use crate::disk::{failed, is_file};

const FILE: &str = "verified.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) repo: String,
    pub(super) revision: String,
    pub(super) files: Vec<FileRecord>,
    #[serde(default)]
    pub(super) behaviour: Behaviour,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Nanoseconds since 1970.
    pub(super) mtime_ns: u64,
    /// Whether its sha256 was known before it came, from the manifest or the hub; if not, only its length was.
    #[serde(default = "yes")]
    pub(super) by_sha256: bool,
}

/// What is known of a model's outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// They are the published values.
    Published,
    /// They differ from the published values, as described.
    Differs(String),
    /// Not compared yet.
    #[default]
    Unchecked,
    /// There are no published values.
    NoPublishedValues,
}

impl Behaviour {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Published => "computes what is published for it".to_owned(),
            Self::Differs(what) => format!("differs from what is published for it: {what}"),
            Self::Unchecked => "not yet compared with what is published for it".to_owned(),
            Self::NoPublishedValues => "no published values to compare with".to_owned(),
        }
    }
}

impl Record {
    /// The record of this very model in `folder`, if there is one.
    pub(super) fn read(folder: &Path, model: &Model) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if !is_file(&path, fs::metadata(&path))? {
            return Ok(None);
        }
        let record = fs::read(&path).ok().and_then(|json| serde_json::from_slice::<Self>(&json).ok());
        Ok(record.filter(|record| record.repo == model.repo && record.revision == model.revision))
    }

    pub(super) fn file(&self, path: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether every file of the model is as it was when it was verified, by length and time, and as the manifest says.
    pub(super) fn holds(&self, folder: &Path, model: &Model) -> bool {
        model.files.iter().all(|pinned| {
            self.file(&pinned.path).is_some_and(|file| {
                stamp(&folder.join(&pinned.path)) == Some((file.bytes, file.mtime_ns))
                    && pinned.bytes.is_none_or(|bytes| bytes == file.bytes)
                    && pinned.sha256.as_ref().is_none_or(|sha256| sha256.eq_ignore_ascii_case(&file.sha256))
            })
        })
    }

    /// What the files were held against, in a few words.
    pub(super) fn checked(&self) -> String {
        let rest: Vec<&str> = self.files.iter().filter(|file| !file.by_sha256).map(|file| file.path.as_str()).collect();
        if rest.is_empty() {
            return "sha256 verified".to_owned();
        }
        format!("sha256 verified but for {}, whose length alone was stated", rest.join(", "))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let write = || {
            let mut builder = tempfile::Builder::new();
            // A temporary file is the user's alone; this one is as public as the weights.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
            let mut file = builder.prefix(".verified").tempfile_in(folder)?;
            let mut json = serde_json::to_vec_pretty(self)?;
            json.push(b'\n');
            file.write_all(&json)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(failed("write", &path))
    }

    /// Forgets what was verified.
    pub(super) fn remove(folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", &path)(error)),
            _ => Ok(()),
        }
    }
}

fn yes() -> bool {
    true
}

/// Length and time of a file, or of what a link leads to.
pub(super) fn stamp(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some((metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}
