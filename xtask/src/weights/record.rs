//! `verified.json`, written last, beside the weights: which files were verified, so that the lab can name the model. Only
//! the files' sha256 proves that they are still the same.
use std::{io::ErrorKind, path::Path};

use anyhow::Result;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::manifest::Model;
use crate::disk::{self, is_file};

const FILE: &str = "verified.json";

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    repo: String,
    revision: String,
    files: Vec<FileRecord>,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct FileRecord {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Record {
    /// The record in `folder`, if there is one that can be read.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if !is_file(&path, path.metadata())? {
            return Ok(None);
        }
        Ok(fs::read(&path).ok().and_then(|json| serde_json::from_slice(&json).ok()))
    }

    /// The record of a model's files.
    fn new(folder: &Path, model: &Model) -> Result<Self> {
        let mut files = Vec::new();
        for pinned in &model.files {
            let bytes = fs::metadata(folder.join(&pinned.path))?.len();
            files.push(FileRecord { path: pinned.path.clone(), bytes, sha256: pinned.sha256.clone() });
        }
        Ok(Self { repo: model.repo.clone(), revision: model.revision.clone(), files })
    }

    /// Whether it matches the manifest.
    pub(super) fn is_of(&self, folder: &Path, model: &Model) -> bool {
        Self::new(folder, model).is_ok_and(|now| now.files == self.files && now.revision == self.revision)
    }

    /// The length of the files together.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Records that the files of a model have the sha256 that they should.
    pub(super) fn write(folder: &Path, model: &Model) -> Result<Self> {
        let record = Self::new(folder, model)?;
        disk::replace(&folder.join(FILE), &(serde_json::to_string_pretty(&record)? + "\n"))?;
        Ok(record)
    }

    /// Forgets what was verified.
    pub(super) fn remove(folder: &Path) -> Result<()> {
        match fs::remove_file(folder.join(FILE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_is_gone_or_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        assert!(Record::remove(folder.path()).is_ok(), "there is none");
        fs::write(&path, "{}").unwrap();
        assert!(Record::remove(folder.path()).is_ok() && !path.exists());
        // Remove it first: it would describe files that are about to change.
        fs::create_dir(&path).unwrap();
        assert!(Record::remove(folder.path()).unwrap_err().to_string().contains(FILE));
    }
}
