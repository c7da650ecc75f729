//! Python's cache of the hub: `models--OWNER--NAME/{blobs,snapshots/REVISION}`, where a snapshot links to blobs.
use std::path::{Path, PathBuf};

use anyhow::Result;
use file_sha256::Hashes;
use fs_err as fs;

use super::manifest::{Model, Pinned};

/// Files up to this length are copied: someone may edit a configuration, and must not edit the cache with it.
const COPIED: u64 = 16 << 20;

/// Links or copies the file to `dest` if any revision in the cache has it; returns whether one does. Unreadable files
/// count as absent.
pub(super) fn take(
    cache: &Option<PathBuf>,
    model: &Model,
    file: &Pinned,
    dest: &Path,
    hashes: &Hashes,
) -> Result<bool> {
    // OpenAI's models once had no owner.
    let names = [model.repo.as_str(), model.repo.trim_start_matches("openai-community/")];
    for name in names {
        let Some(cache) = cache else { return Ok(false) };
        let snapshots = cache.join(format!("models--{}/snapshots", name.replace('/', "--")));
        for snapshot in fs::read_dir(snapshots).into_iter().flatten().flatten() {
            let Ok(blob) = fs::canonicalize(snapshot.path().join(&file.path)) else { continue };
            if place(&blob, file, dest)? {
                hashes.insert(dest, &file.sha256);
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A large file is hard-linked, so that it takes no extra space and stays if the cache is cleared; it is copied if the
/// two are on different disks. The new file is hashed, not the one in the cache, which may have changed.
fn place(blob: &Path, file: &Pinned, dest: &Path) -> Result<bool> {
    let Ok(metadata) = fs::metadata(blob) else { return Ok(false) };
    // To open a FIFO would wait for ever.
    if !metadata.is_file() || file.bytes.is_some_and(|bytes| bytes != metadata.len()) {
        return Ok(false);
    }
    let fresh = |path: &Path| match metadata.len() > COPIED {
        true if fs::hard_link(blob, path).is_ok() => Ok(()),
        _ => fs::copy(blob, path).map(drop).inspect_err(|_| {
            let _ = fs::remove_file(path);
        }),
    };
    let folder = dest.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let Ok(fresh) = tempfile::Builder::new().prefix(".cache").make_in(folder, fresh) else { return Ok(false) };
    if !Hashes::none().of(fresh.path()).is_ok_and(|sha256| sha256 == file.sha256) {
        return Ok(false);
    }
    fresh.persist(dest)?;
    Ok(true)
}
