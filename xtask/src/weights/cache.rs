//! Python's cache of the hub: `models--OWNER--NAME/{blobs,snapshots/REVISION}`, where a snapshot links to blobs.
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use super::manifest::Model;
use crate::disk::holds;

/// Files up to this length are copied: someone may edit a configuration, and must not edit the cache with it.
const COPIED: u64 = 16 << 20;

/// Makes the file appear as `dest` if any revision in the cache holds it; says whether one does.
pub(super) fn take(cache: &Option<PathBuf>, model: &Model, path: &str, sha256: &str, dest: &Path) -> Result<bool> {
    // OpenAI's models once had no owner.
    let names = [model.repo.as_str(), model.repo.trim_start_matches("openai-community/")];
    for name in names {
        let Some(cache) = cache else { return Ok(false) };
        let snapshots = cache.join(format!("models--{}/snapshots", name.replace('/', "--")));
        for snapshot in fs::read_dir(snapshots).into_iter().flatten().flatten() {
            let Ok(blob) = fs::canonicalize(snapshot.path().join(path)) else { continue };
            if holds(&blob, sha256)? {
                place(&blob, dest)?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// In one step: a large file is linked, so that it is there once and stays when the cache is cleared; copied where the
/// two lie on different disks.
fn place(blob: &Path, dest: &Path) -> Result<()> {
    let large = fs::metadata(blob)?.len() > COPIED;
    let fresh = |path: &Path| match large {
        true if fs::hard_link(blob, path).is_ok() => Ok(()),
        _ => fs::copy(blob, path).map(drop),
    };
    let folder = dest.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    tempfile::Builder::new().prefix(".cache").make_in(folder, fresh)?.persist(dest)?;
    Ok(())
}
