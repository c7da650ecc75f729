//! Files on this machine: free space, locks, and paths that are not regular files.
use std::{
    fs::{FileType, Metadata, TryLockError},
    io::{self, Write},
    path::Path,
};

use anyhow::{Context, Result, anyhow};
use fs_err::File;

/// The bytes that this user can still write on the file system of `path`, which must exist.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = nix::sys::statvfs::statvfs(path)?;
    // Their types differ from system to system.
    #[allow(clippy::unnecessary_cast)]
    Ok((disk.blocks_available() as u64).saturating_mul(disk.fragment_size() as u64))
}

/// Without limit, as far as known: nothing is set up on other systems.
#[cfg(not(unix))]
pub(crate) fn free_bytes(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

/// `bytes` for display, in decimal units: `527 MB`, `3.2 GB`.
pub fn human(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Whether a file exists, by its metadata.
///
/// # Errors
/// For what is neither: opening a FIFO waits for ever, a device gives bytes for ever.
pub(crate) fn is_file(path: &Path, metadata: io::Result<Metadata>) -> Result<bool> {
    match metadata {
        Ok(metadata) if metadata.is_file() => Ok(true),
        Ok(metadata) => {
            let (path, kind) = (path.display(), kind(metadata.file_type()));
            Err(anyhow!("{path} is {kind} where a file is expected; move it away and run again"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn kind(file_type: FileType) -> &'static str {
    #[cfg(unix)]
    use std::os::unix::fs::FileTypeExt;
    match file_type {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a symbolic link",
        #[cfg(unix)]
        kind if kind.is_fifo() => "a FIFO",
        #[cfg(unix)]
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

/// Takes the lock that the file `path` stands for, after calling `waiting` once if another run holds it. It lasts as
/// long as the file is open: the system frees it however this process ends.
pub(crate) fn lock(path: &Path, waiting: impl FnOnce()) -> Result<File> {
    is_file(path, path.symlink_metadata())?;
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match file.file().try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.file().lock().with_context(|| path.display().to_string())?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| path.display().to_string()),
    }
    Ok(file)
}

/// Writes a file atomically, with its folder's permissions.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(path.parent().context("a file is in a folder")?)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(human(999), "999 bytes");
        assert_eq!(human(456_318), "456 kB");
        assert_eq!(human(526_605_292), "527 MB");
        assert_eq!(human(3_247_159_078), "3.2 GB");
    }
}
