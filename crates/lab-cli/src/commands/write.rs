//! Files that are there as a whole or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Error;

/// Makes sure, before anything is computed, that a folder can be written, whether or not it is there yet. Leaves
/// nothing behind.
pub(super) fn check_folder(folder: &Path) -> Result<(), Error> {
    let unwritable = |source| Error::Unwritable { path: folder.to_owned(), source };
    let there = folder.ancestors().map(or_here).find(|ancestor| fs::symlink_metadata(ancestor).is_ok());
    let there = there.unwrap_or(Path::new("."));
    if !fs::metadata(there).map_err(unwritable)?.is_dir() {
        return Err(unwritable(std::io::ErrorKind::NotADirectory.into()));
    }
    let probe = there.join(format!(".lab-{}.tmp", std::process::id()));
    fs::File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(unwritable)
}

/// The same for a file.
#[cfg(feature = "torch")]
pub(super) fn check_file(file: &Path) -> Result<(), Error> {
    if file.is_dir() {
        return Err(Error::Unwritable { path: file.to_owned(), source: std::io::ErrorKind::IsADirectory.into() });
    }
    check_folder(file.parent().unwrap_or(Path::new(".")))
}

/// Writes a file under another name beside it, then renames it.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let unwritable = |source| Error::Unwritable { path: path.to_owned(), source };
    fs::create_dir_all(or_here(path.parent().unwrap_or(Path::new(".")))).map_err(unwritable)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary: PathBuf = path.with_file_name(name);
    fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path)).map_err(|source| {
        // What is left of it is of no use; that it cannot be removed is not what went wrong.
        let _ = fs::remove_file(&temporary);
        unwritable(source)
    })
}

/// The empty path is the current folder.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}
