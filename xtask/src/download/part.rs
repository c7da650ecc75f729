//! A file on its way.
use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::{Error, Result, anyhow};
use sha2::{Digest, Sha256};

use crate::disk::{failed, feed, hex, human, is_file};

/// `NAME.part` with what has come so far; `NAME` itself appears only by [`Part::finish`], whole and verified.
pub(super) struct Part {
    dest: PathBuf,
    pub(super) path: PathBuf,
    file: File,
    hasher: Sha256,
    pub(super) len: u64,
    /// Whether the bytes come from more than one answer.
    pub(super) pieced: bool,
}

impl Part {
    /// Opens what an earlier run left, to go on with it or to empty it.
    pub(super) fn open(dest: &Path, resume: bool) -> Result<Self> {
        let mut name = dest.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = dest.with_file_name(name);
        let there = is_file(&path, path.symlink_metadata())?;
        // What is made anew is never made behind a link.
        let file = File::options().read(true).write(true).create_new(!there).open(&path);
        let file = file.map_err(failed("create", &path))?;
        let mut part = Self { dest: dest.into(), path, file, hasher: Sha256::new(), len: 0, pieced: false };
        if resume {
            part.len = feed(&mut part.file, &mut part.hasher).map_err(failed("read", &part.path))?;
            part.pieced = part.len > 0;
        } else {
            part.clear()?;
        }
        Ok(part)
    }

    /// Throws away the bytes: they may not be the file's.
    pub(super) fn clear(&mut self) -> Result<()> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(failed("empty", &self.path))?;
        (self.hasher, self.len, self.pieced) = (Sha256::new(), 0, false);
        Ok(())
    }

    /// Appends bytes; `to_come` is how many are left after them, as far as known.
    pub(super) fn write(&mut self, bytes: &[u8], to_come: u64) -> Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            // What was written of this piece is right, if not in the hash: a later run reads the whole part again.
            return Err(self.write_error(error, to_come + bytes.len() as u64));
        }
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn write_error(&self, error: io::Error, needed: u64) -> Error {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => self.no_room(needed, &error.to_string().to_lowercase()),
            _ => failed("write", &self.path)(error),
        }
    }

    /// What to say if the disk, the user's quota or the process' file size limit ends the download.
    pub(super) fn no_room(&self, needed: u64, cause: &str) -> Error {
        let (folder, needed) = (folder_of(&self.dest).display(), human(needed));
        let kept = if self.len > 0 { format!(" to resume, {} are kept", human(self.len)) } else { String::new() };
        anyhow!("{folder} has no room for {needed} more ({cause}); make room and run again{kept}")
    }

    /// The sha256 of the bytes so far, in lower-case hex.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    /// Makes the verified bytes durable and visible under their name.
    pub(super) fn finish(self) -> Result<()> {
        self.file.sync_all().map_err(|error| self.write_error(error, 0))?;
        fs::rename(&self.path, &self.dest).map_err(failed("put in place", &self.dest))?;
        // The rename survives a power cut only if the folder is written too; where that is not possible it still holds.
        if let Ok(folder) = File::open(folder_of(&self.dest)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Removes the bytes: no resume can make the file of them.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_file(&self.path).map_err(failed("remove", &self.path))
    }
}

pub(super) fn folder_of(dest: &Path) -> &Path {
    dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
