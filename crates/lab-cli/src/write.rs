//! Atomic writing of files.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use lab::Error;
use tempfile::Builder;

/// Checks, before anything is computed, that a folder can be written or created. Leaves no files behind.
pub(crate) fn check_folder(folder: &Path) -> Result<(), Error> {
    let unwritable = |source| failed(folder, source, |path, source| Error::UnwritableFolder { path, source });
    let there = folder.ancestors().map(or_here).find(|ancestor| fs::symlink_metadata(ancestor).is_ok());
    let there = there.unwrap_or(Path::new("."));
    if !fs::metadata(there).map_err(unwritable)?.is_dir() {
        return Err(unwritable(io::ErrorKind::NotADirectory.into()));
    }
    tempfile::tempfile_in(there).map(drop).map_err(unwritable)
}

/// The same for the file that an option names, whose folder must be there.
pub(crate) fn check_file(file: &Path, option: &'static str) -> Result<(), Error> {
    let unwritable = |source| Err(failed(file, source, |path, source| Error::UnwritableFile { path, option, source }));
    if file.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return unwritable(io::ErrorKind::NotADirectory.into());
    }
    if file.is_dir() {
        return unwritable(io::ErrorKind::IsADirectory.into());
    }
    match tempfile::tempfile_in(or_here(file.parent().unwrap_or(Path::new(".")))) {
        Ok(_) => Ok(()),
        Err(source) => unwritable(source),
    }
}

/// Writes files, by name, into a folder.
pub(crate) fn files(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    files.iter().try_for_each(|(name, bytes)| file(&folder.join(name), bytes))
}

/// The extension of an option's file in lower case, if it is one of the given formats; without an extension, the first
/// of them.
pub(crate) fn ending(file: &Path, option: &'static str, accepted: &[&'static str]) -> Result<&'static str, Error> {
    let given = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let found = accepted.iter().find(|&&ending| given.as_deref().is_none_or(|given| given == ending));
    found.copied().ok_or_else(|| {
        let accepted = accepted.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ");
        Error::Format { option, path: file.to_owned(), accepted }
    })
}

/// Writes a file under a temporary name in the same folder, then renames it. Creates the folder if needed.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = or_here(path.parent().unwrap_or(Path::new(".")));
    let mut builder = Builder::new();
    // The default mode for new files; the user's umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut write = || {
        fs::create_dir_all(folder)?;
        let mut unfinished = builder.prefix(".lab-").tempfile_in(folder)?;
        unfinished.write_all(bytes)?;
        unfinished.persist(path)?;
        Ok(())
    };
    write().map_err(|source| failed(path, source, |path, source| Error::Unwritable { path, source }))
}

/// The error for a full disk; for any other fault, the error that `otherwise` returns.
fn failed(path: &Path, source: io::Error, otherwise: impl FnOnce(PathBuf, io::Error) -> Error) -> Error {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let folder = path.ancestors().map(or_here).find(|folder| folder.is_dir()).unwrap_or(path);
            Error::DiskFull { folder: folder.to_owned() }
        }
        _ => otherwise(path.to_owned(), source),
    }
}

/// The empty path is the current folder.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}
