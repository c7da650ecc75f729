//! Python's cache of the hub: `models--OWNER--NAME/{blobs,snapshots/REVISION}`, where a snapshot links to blobs.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::manifest::Model;
use crate::disk::{failed, sha256_of};

/// Files up to this length are copied: someone may edit a configuration, and must not edit the cache with it.
const COPIED: u64 = 16 << 20;

/// A file of Python's cache that has the content wanted.
pub(super) struct Found {
    blob: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) by_sha256: bool,
}

/// Looks for a file in Python's cache and verifies it.
///
/// With a known sha256 every revision will do. Without one it is the revision wanted, and the blob of a file kept in
/// LFS has to have the sha256 that is its name.
pub(super) fn find(cache: &Path, model: &Model, path: &str, sha256: Option<&str>) -> Result<Option<Found>> {
    let mut seen = Vec::new();
    for candidate in candidates(cache, model, path, sha256.is_some()) {
        let Ok(blob) = candidate.canonicalize() else { continue };
        if !blob.is_file() || seen.contains(&blob) {
            continue;
        }
        let (bytes, got) = sha256_of(&blob)?;
        let named = blob.file_name().and_then(|name| name.to_str()).filter(|name| name.len() == 64);
        let want = sha256.or(named);
        if want.is_none_or(|want| want.eq_ignore_ascii_case(&got)) {
            let by_sha256 = want.is_some();
            return Ok(Some(Found { blob, bytes, sha256: got, by_sha256 }));
        }
        seen.push(blob);
    }
    Ok(None)
}

/// The file in the revision wanted, then in any other; also in `models--NAME`, from when OpenAI's models had no owner.
fn candidates(cache: &Path, model: &Model, path: &str, any_revision: bool) -> Vec<PathBuf> {
    let owned = model.repo.replace('/', "--");
    let bare = model.repo.strip_prefix("openai-community/");
    let mut found = Vec::new();
    for repo in [Some(owned.as_str()), bare].into_iter().flatten() {
        let snapshots = cache.join(format!("models--{repo}/snapshots"));
        found.push(snapshots.join(&model.revision).join(path));
        if any_revision && let Ok(others) = fs::read_dir(&snapshots) {
            found.extend(others.flatten().map(|snapshot| snapshot.path().join(path)));
        }
    }
    found
}

impl Found {
    /// Makes the file appear as `dest` in one step: linked if it is large, else copied.
    pub(super) fn place(&self, dest: &Path) -> Result<()> {
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
        place().map_err(failed("link or copy the cached file to", dest))
    }
}

/// A hard link lasts when the cache is cleared; a symbolic one works across disks; the last resort is a copy.
fn link(blob: &Path, dest: &Path) -> io::Result<()> {
    #[cfg(unix)]
    use std::os::unix::fs::symlink;
    #[cfg(windows)]
    use std::os::windows::fs::symlink_file as symlink;
    fs::hard_link(blob, dest).or_else(|_| symlink(blob, dest)).or_else(|_| fs::copy(blob, dest).map(drop))
}
