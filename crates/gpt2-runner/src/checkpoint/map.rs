//! Files as memory. This module and the model's `weights` are the only ones with unsafe code.
#![allow(unsafe_code)]
use std::{fs::File, io, ops::Range, path::Path};

use memmap2::Mmap;

/// A read-only memory map of a whole file.
#[derive(Debug)]
pub(crate) struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the map is read-only and private. Another process that changes or cuts the file while it is read
        // would break what Rust assumes of a `&[u8]`; no memory-mapping reader can exclude that, and a checkpoint is
        // replaced by renaming, not written in place. The map lives only as long as the load.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Gives the pages that lie wholly in a range back to the system, which keeps them in its cache: what has been
    /// copied need not count as this process' memory as well.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        {
            let page = 4096;
            let (from, to) = (range.start.next_multiple_of(page), range.end / page * page);
            if from < to {
                // SAFETY: the pages of a read-only file mapping have nothing to lose; a later read brings them back.
                // An error (a larger page size than 4096, say) means that nothing was released: harmless.
                let _ = unsafe { self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, from, to - from) };
            }
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}
