use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Error;
use super::manifest::Model;
use crate::download::sha256_of;

/// Files up to this length are copied: someone may edit a configuration, and must not edit the cache with it.
const COPIED: u64 = 16 << 20;

/// A file of Python's cache that has the content wanted.
pub(super) struct Found {
    blob: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Looks for a file in Python's cache and verifies it.
///
/// The cache is `models--OWNER--NAME/{blobs,refs,snapshots/REVISION}`, where a snapshot links to blobs and the blob of
/// a file kept in LFS is named after its sha256; also `models--NAME`, from when OpenAI's models had no owner. With a
/// known sha256 every revision will do, without one only the revision wanted, and then the blob's name, if it is a
/// sha256, has to be right.
pub(super) fn find(cache: &Path, model: &Model, path: &str, sha256: Option<&str>) -> Result<Option<Found>, Error> {
    let mut seen = Vec::new();
    for candidate in candidates(cache, model, path, sha256) {
        let Ok(blob) = candidate.canonicalize() else { continue };
        if !blob.is_file() || seen.contains(&blob) {
            continue;
        }
        let (bytes, got) = sha256_of(&blob).map_err(Error::download(&model.name))?;
        let named = blob.file_name().and_then(|name| name.to_str()).filter(|name| name.len() == 64).map(str::to_owned);
        if sha256.or(named.as_deref()).is_none_or(|want| want.eq_ignore_ascii_case(&got)) {
            return Ok(Some(Found { blob, bytes, sha256: got }));
        }
        seen.push(blob);
    }
    Ok(None)
}

fn candidates(cache: &Path, model: &Model, path: &str, sha256: Option<&str>) -> Vec<PathBuf> {
    let owned = model.repo.replace('/', "--");
    let bare = model.repo.strip_prefix("openai-community/");
    let mut found = Vec::new();
    for repo in [Some(owned.as_str()), bare].into_iter().flatten() {
        let repo = cache.join(format!("models--{repo}"));
        found.push(repo.join("snapshots").join(&model.revision).join(path));
        if let Some(sha256) = sha256 {
            found.push(repo.join("blobs").join(sha256.to_ascii_lowercase()));
            let mut others: Vec<PathBuf> = fs::read_dir(repo.join("snapshots"))
                .map(|snapshots| snapshots.flatten().map(|snapshot| snapshot.path().join(path)).collect())
                .unwrap_or_default();
            others.sort();
            found.extend(others);
        }
    }
    found
}

impl Found {
    /// Makes the file appear as `dest` in one step: linked if it is large, else copied.
    pub(super) fn place(&self, dest: &Path) -> Result<(), Error> {
        let place = || {
            let folder = dest.parent().unwrap_or(Path::new("."));
            let fresh = tempfile::Builder::new().prefix(".cache").tempdir_in(folder)?;
            let fresh_file = fresh.path().join("file");
            if self.bytes <= COPIED {
                fs::copy(&self.blob, &fresh_file)?;
            } else {
                link(&self.blob, &fresh_file)?;
            }
            fs::rename(&fresh_file, dest)
        };
        place().map_err(Error::io("link or copy the cached file to", dest))
    }
}

/// A hard link lasts when the cache is cleared; a symbolic one works across disks; the last resort is a copy, which
/// shares its blocks on file systems that can.
fn link(blob: &Path, dest: &Path) -> io::Result<()> {
    if fs::hard_link(blob, dest).is_ok() {
        return Ok(());
    }
    #[cfg(unix)]
    if std::os::unix::fs::symlink(blob, dest).is_ok() {
        return Ok(());
    }
    fs::copy(blob, dest).map(drop)
}
