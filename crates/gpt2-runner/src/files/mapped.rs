//! Files as memory.
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

/// What changes when a file is written to.
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
        // renaming, not written in place. What is computed meanwhile is refused by `unchanged`; the system sends
        // SIGBUS to a process that reads beyond the end of a file that was cut.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        Ok(Self { map, path: path.to_owned(), file, opened })
    }

    /// Refuses a file that was written to since it was opened, as far as its length and its time of change show.
    ///
    /// It is the open file that is compared, not its name: replacing it by renaming another changes nothing here. A
    /// system's clock for files may stand still for some milliseconds, and a program that writes through a map of its
    /// own may be noticed late.
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        let now = State::of(&self.file).map_err(|source| Error::Io { path: self.path.clone(), source })?;
        if now == self.opened { Ok(()) } else { Err(Error::Changed { path: self.path.clone() }) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Has the system bring a range into memory and map it, by reading one of every so many bytes: what is around each
    /// comes with it.
    pub(crate) fn read_in(&self, range: Range<usize>) {
        // Aligned in memory, whatever the file begins with.
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

/// How many bytes Linux maps around one whose page is not mapped yet, unless it is told otherwise
/// (`fault_around_bytes`), if they are in its cache: aligned to themselves. `MADV_POPULATE_READ` does the same and then
/// looks at each page once more: 16 to 21 ms of 490 from a cold process to the first logits of `gpt2-large`.
const AROUND: usize = 64 << 10;
