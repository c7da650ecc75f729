//! A file on its way.
use std::{
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::{Error, Result, anyhow, ensure};
use file_sha256::{feed, hex};
use fs_err::{self as fs, File};
use sha2::{Digest, Sha256};

use crate::disk::{human, is_file};

/// `NAME.part` with what has come so far; `NAME` itself appears only by [`Part::finish`], whole and verified.
pub(super) struct Part {
    dest: PathBuf,
    file: File,
    hasher: Sha256,
    pub(super) len: u64,
    /// Whether the bytes come from more than one response.
    pub(super) pieced: bool,
}

impl Part {
    /// Opens an earlier run's partial file, to resume it.
    pub(super) fn open(dest: &Path) -> Result<Self> {
        let mut name = dest.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = dest.with_file_name(name);
        let there = is_file(&path, path.symlink_metadata())?;
        // Never create a file through a link, and never resume another file's part.
        let mut options = fs::OpenOptions::new();
        #[cfg(unix)]
        fs_err::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, nix::libc::O_NOFOLLOW);
        let mut file = options.read(true).write(true).create_new(!there).open(&path)?;
        check_own(&file)?;
        let mut hasher = Sha256::new();
        let len = feed(&mut file, &mut hasher)?;
        Ok(Self { dest: dest.into(), file, hasher, len, pieced: len > 0 })
    }

    /// Throws away the bytes: they may not be the file's.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        (self.hasher, self.len, self.pieced) = (Sha256::new(), 0, false);
        Ok(())
    }

    /// Appends bytes; `to_come` is how many are left after them, as far as known.
    pub(super) fn write(&mut self, bytes: &[u8], to_come: u64) -> Result<()> {
        // After a failed write, the bytes written are correct but not in the hash; a later run reads the whole part
        // again.
        self.file.write_all(bytes).map_err(|error| self.write_error(error, to_come + bytes.len() as u64))?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn write_error(&self, error: io::Error, needed: u64) -> Error {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => self.no_room(needed, &error.to_string()),
            _ => error.into(),
        }
    }

    /// The message if the disk, the user's quota or the process's file size limit ends the download.
    pub(super) fn no_room(&self, needed: u64, cause: &str) -> Error {
        let (folder, needed, kept) = (self.folder().display(), human(needed), human(self.len));
        anyhow!("{folder} has no room for {needed} more ({cause}); make room and run again to resume, {kept} are kept")
    }

    /// The sha256 of the bytes so far, in lower-case hex.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    pub(super) fn folder(&self) -> &Path {
        folder_of(&self.dest)
    }

    /// Makes the verified bytes durable and visible under their name.
    pub(super) fn finish(self) -> Result<()> {
        self.file.sync_all().map_err(|error| self.write_error(error, 0))?;
        fs::rename(self.file.path(), &self.dest)?;
        // The rename survives a power cut only if the folder is written too; where that is not possible it still holds.
        let _ = File::open(self.folder()).and_then(|folder| folder.sync_all());
        Ok(())
    }

    /// Removes what holds nothing.
    pub(super) fn remove(self) -> Result<()> {
        Ok(fs::remove_file(self.file.path())?)
    }
}

/// Refuses a file that has another name too: what is written to it would change under that name.
fn check_own(file: &File) -> Result<()> {
    #[cfg(unix)]
    {
        let names = std::os::unix::fs::MetadataExt::nlink(&file.metadata()?);
        let path = file.path().display();
        ensure!(names <= 1, "{path} is a file that has another name too (a hard link); move it away and run again");
    }
    Ok(())
}

pub(super) fn folder_of(dest: &Path) -> &Path {
    dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
