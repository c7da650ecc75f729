//! Files that are read a range at a time, or mapped.
#![allow(unsafe_code)]
use std::{
    borrow::Cow,
    fs::File,
    hint::black_box,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    time::SystemTime,
};

use memmap2::Mmap;

use crate::Error;

/// The bytes of a file, on disk or in memory.
pub(crate) trait Bytes {
    /// The number of bytes.
    fn length(&self) -> usize;

    /// The bytes of a range that lies in the file.
    fn range(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, Error>;
}

/// An open regular file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    path: PathBuf,
    file: File,
    opened: State,
}

/// A read-only memory map of a whole file.
#[derive(Debug)]
pub(crate) struct MappedFile {
    map: Mmap,
    file: OpenFile,
}

/// The metadata that a write changes.
#[derive(Debug, PartialEq, Eq)]
struct State {
    bytes: u64,
    /// `None` where the system does not record it.
    modified: Option<SystemTime>,
}

impl OpenFile {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let file = super::open(path)?;
        let opened = State::of(&file).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file, opened })
    }

    /// An error if the file's length or change time differ from when it was opened.
    ///
    /// This compares the open file, not its name, so renaming another file over it is allowed. A write may go unnoticed
    /// within the clock's resolution of some milliseconds, and a write through another map may be noticed late.
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        if State::of(&self.file).map_err(|e| self.io(e))? == self.opened { Ok(()) } else { Err(self.changed()) }
    }

    /// Copies the whole file into memory.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Error> {
        let bytes = self.range(0..self.length())?.into_owned();
        self.unchanged()?;
        Ok(bytes)
    }

    /// Maps the whole file.
    ///
    /// # Safety
    /// While the map exists, no process may write to the file or truncate it.
    pub(crate) unsafe fn map(self) -> Result<MappedFile, Error> {
        // SAFETY: the map is read-only and private, and the caller ensures that the file does not change.
        let map = unsafe { Mmap::map(&self.file) }.map_err(|e| self.io(e))?;
        // The map has the file's present length; what is known of the file is of the time when it was opened.
        self.unchanged()?;
        Ok(MappedFile { map, file: self })
    }

    fn io(&self, source: io::Error) -> Error {
        Error::Io { path: self.path.clone(), source }
    }

    fn changed(&self) -> Error {
        Error::Changed { path: self.path.clone() }
    }
}

impl Bytes for OpenFile {
    fn length(&self) -> usize {
        usize::try_from(self.opened.bytes).unwrap_or(usize::MAX)
    }

    fn range(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, Error> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(range.len()).map_err(|_| self.io(io::ErrorKind::OutOfMemory.into()))?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(range.start as u64)).map_err(|e| self.io(e))?;
        file.take(range.len() as u64).read_to_end(&mut bytes).map_err(|e| self.io(e))?;
        if bytes.len() == range.len() { Ok(Cow::Owned(bytes)) } else { Err(self.changed()) }
    }
}

impl Bytes for [u8] {
    fn length(&self) -> usize {
        self.len()
    }

    fn range(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, Error> {
        Ok(Cow::Borrowed(&self[range]))
    }
}

impl MappedFile {
    /// See [`OpenFile::unchanged`].
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        self.file.unchanged()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Prefaults a range by reading one byte of every block; the system maps the block around it.
    pub(crate) fn prefault(&self, range: Range<usize>) {
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
