use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;

/// A file on its way: `NAME.part` with what has come so far and `NAME.part.json` with where it comes from.
///
/// A later run goes on from there if the server still has the same file. `NAME` itself appears only by
/// [`Part::finish`], whole and verified.
pub(super) struct Part {
    dest: PathBuf,
    path: PathBuf,
    origin_path: PathBuf,
    file: File,
    hasher: Sha256,
    len: u64,
    origin: Option<Origin>,
    /// Whether the bytes come from more than one answer.
    pieced: bool,
}

/// Which version of which file the bytes belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub(super) url: String,
    /// The ETag of the answer that carried the bytes, as it was sent.
    pub(super) etag: Option<String>,
    /// The `x-linked-etag` of the hub, unquoted: the sha256 of a file kept in LFS.
    pub(super) linked_etag: Option<String>,
    /// The whole file's length, where the server says it.
    pub(super) bytes: Option<u64>,
}

impl Origin {
    /// What a resumed answer must carry again. A weak ETag does not promise the same bytes.
    pub(super) fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
    }
}

impl Part {
    /// Opens what an earlier run left, if it comes from `url` and can be resumed, else an empty part.
    pub(super) fn open(dest: &Path, url: &str) -> Result<Self, Error> {
        let path = with_suffix(dest, ".part");
        let origin_path = with_suffix(dest, ".part.json");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(Error::io("create", &path))?;
        let origin = fs::read(&origin_path).ok().and_then(|json| serde_json::from_slice::<Origin>(&json).ok());
        let origin = origin.filter(|origin| origin.url == url && origin.strong_etag().is_some());
        let mut part =
            Self { dest: dest.into(), path, origin_path, file, hasher: Sha256::new(), len: 0, origin, pieced: false };
        if part.origin.is_some() {
            part.rehash()?;
        } else {
            part.discard()?;
        }
        Ok(part)
    }

    fn rehash(&mut self) -> Result<(), Error> {
        let mut buffer = vec![0; 1 << 20];
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    self.hasher.update(&buffer[..n]);
                    self.len += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", &self.path)(error)),
            }
        }
        self.pieced = self.len > 0;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn pieced(&self) -> bool {
        self.pieced
    }

    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Notes that the next bytes come from another answer than those before.
    pub(super) fn resume(&mut self) {
        self.pieced = true;
    }

    /// Throws away the bytes, and starts over with another origin.
    pub(super) fn restart(&mut self, origin: Origin) -> Result<(), Error> {
        self.discard()?;
        let json = serde_json::to_vec_pretty(&origin).map_err(io::Error::from);
        json.and_then(|json| fs::write(&self.origin_path, json)).map_err(|error| self.write_error(error, 1))?;
        self.origin = Some(origin);
        Ok(())
    }

    /// Throws away the bytes: they may not be the file's.
    pub(super) fn discard(&mut self) -> Result<(), Error> {
        // The bytes go first: a stop in between must not leave them with another origin.
        self.file.set_len(0).map_err(Error::io("empty", &self.path))?;
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io("rewind", &self.path))?;
        remove(&self.origin_path)?;
        self.hasher = Sha256::new();
        self.len = 0;
        self.origin = None;
        self.pieced = false;
        Ok(())
    }

    /// Appends bytes; `to_come` is how many are left after them, as far as known.
    pub(super) fn write(&mut self, bytes: &[u8], to_come: u64) -> Result<(), Error> {
        if let Err(error) = self.file.write_all(bytes) {
            // What was written of this piece is right, if not in the hash: a later run reads the whole part again.
            return Err(self.write_error(error, to_come + bytes.len() as u64));
        }
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn write_error(&self, error: io::Error, needed: u64) -> Error {
        if is_full(&error) {
            let (folder, cause) = (folder_of(&self.dest).to_owned(), error.to_string().to_lowercase());
            return Error::DiskFull { folder, needed, cause, kept: self.len };
        }
        Error::io("write", &self.path)(error)
    }

    /// The sha256 of the bytes so far, in lower-case hex.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    /// Makes the verified bytes durable and visible under their name.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| self.write_error(error, 0))?;
        fs::rename(&self.path, &self.dest).map_err(Error::io("put in place", &self.dest))?;
        sync_folder(&self.dest);
        remove(&self.origin_path)
    }

    /// Removes the bytes: they are not the file's, and no resume can make them so.
    pub(super) fn remove(mut self) -> Result<(), Error> {
        self.discard()?;
        remove(&self.path)
    }
}

/// The rename survives a power cut only if the folder is written too; where that is not possible it is still correct.
fn sync_folder(dest: &Path) {
    if let Ok(folder) = File::open(folder_of(dest)) {
        let _ = folder.sync_all();
    }
}

pub(super) fn folder_of(dest: &Path) -> &Path {
    dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn with_suffix(dest: &Path, suffix: &str) -> PathBuf {
    let mut name = dest.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    dest.with_file_name(name)
}

/// Whether a write failed for want of room: the disk, the user's quota or the process' file size limit.
fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
