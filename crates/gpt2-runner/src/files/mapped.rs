//! Memory-mapped files.
#![allow(unsafe_code)]
use std::{
    fs::File,
    hint::black_box,
    io,
    ops::Range,
    path::{Path, PathBuf},
    time::SystemTime,
};

use memmap2::Mmap;

use crate::Error;

/// A read-only memory map of a whole file.
#[derive(Debug)]
pub(crate) struct MappedFile {
    map: Mmap,
    path: PathBuf,
    file: File,
    opened: State,
}

/// The metadata that a write changes.
#[derive(Debug, PartialEq, Eq)]
struct State {
    bytes: u64,
    /// `None` where the system does not record it.
    modified: Option<SystemTime>,
}

impl MappedFile {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { path: path.to_owned(), source };
        let file = super::open(path)?;
        let opened = State::of(&file).map_err(io)?;
        // SAFETY: the map is read-only and private. Another process that changes the file while it is read would break
        // what Rust assumes of a `&[u8]`; no memory-mapping reader can exclude that, and a checkpoint is replaced by
        // renaming, not written in place. `unchanged` reports such a change afterwards. Reading beyond the end of a
        // truncated file raises SIGBUS.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        Ok(Self { map, path: path.to_owned(), file, opened })
    }

    /// An error if the file's length or change time differ from when it was opened.
    ///
    /// This compares the open file, not its name, so renaming another file over it is allowed. A write may go unnoticed
    /// within the clock's resolution of some milliseconds, and a write through another map may be noticed late.
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        let now = State::of(&self.file).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        if now == self.opened { Ok(()) } else { Err(Error::Changed { path: self.path.clone() }) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Prefaults a range by reading one byte of every block; the system maps the block around it.
    pub(crate) fn read_in(&self, range: Range<usize>) {
        // Aligned in memory, not in the file.
        let first = self.map.as_ptr().addr() + range.start;
        let aligned = (first.next_multiple_of(AROUND) - first).min(range.len());
        for at in std::iter::once(range.start).chain((range.start + aligned..range.end).step_by(AROUND)) {
            black_box(self.map.get(at).copied());
        }
    }
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// Linux's default block of fault-around (`fault_around_bytes`), aligned: on a page fault it maps the pages around that
/// are in the page cache. `MADV_POPULATE_READ` does the same and then checks each page again: 16 to 21 ms of 490 from a
/// cold process to the first logits of `gpt2-large`.
const AROUND: usize = 64 << 10;
