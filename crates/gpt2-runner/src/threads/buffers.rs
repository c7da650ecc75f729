//! Buffers that are reused between passes.
//!
//! A pass of 256 tokens of `gpt2` needs 150 MB of intermediate values. Allocated from the system, they cause 38,000
//! page faults, and freeing them interrupts every other thread: together a third of the pass's time.
use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::Mutex,
};

use super::lock;

/// The number of bytes kept between passes.
const KEPT: usize = 32 << 20;

/// The smallest capacity, in values; larger ones are powers of two, so that a buffer that grows with each token is
/// reused.
const SMALLEST: usize = 1 << 10;

/// The free buffers.
#[derive(Debug, Default)]
pub(super) struct Buffers(Mutex<Vec<Vec<f32>>>);

/// A buffer of values, returned to the pool when dropped.
pub(crate) struct Buffer<'a> {
    values: Vec<f32>,
    pool: &'a Buffers,
}

impl Buffers {
    /// A buffer of `len` values with arbitrary contents. A caller that needs zeros writes them on the thread that uses
    /// them next, so that they are in its cache.
    pub(super) fn buffer(&self, len: usize) -> Buffer<'_> {
        let capacity = len.next_power_of_two().max(SMALLEST);
        let mut free = lock(&self.0);
        let found = free.iter().position(|values| values.capacity() == capacity).map(|n| free.swap_remove(n));
        drop(free);
        let mut values = found.unwrap_or_else(|| Vec::with_capacity(capacity));
        values.resize(len, 0.0);
        Buffer { values, pool: self }
    }

    /// Frees the buffers beyond the limit.
    pub(super) fn trim(&self) {
        let mut free = lock(&self.0);
        free.sort_unstable_by_key(Vec::capacity);
        let mut kept = 0;
        free.retain(|values| {
            kept += values.capacity() * size_of::<f32>();
            kept <= KEPT
        });
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        lock(&self.pool.0).push(mem::take(&mut self.values));
    }
}

impl Deref for Buffer<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl DerefMut for Buffer<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_buffer_is_reused() {
        let buffers = Buffers::default();
        let mut first = buffers.buffer(2000);
        first.fill(1.0);
        let address = first.as_ptr();
        let other = buffers.buffer(2000);
        assert_ne!(other.as_ptr(), address);
        drop(first);
        let again = buffers.buffer(1500);
        assert_eq!((again.as_ptr(), again.len()), (address, 1500));
        drop(again);
        assert_eq!(buffers.buffer(1800).len(), 1800);
    }

    #[test]
    fn buffers_beyond_the_limit_are_freed() {
        let buffers = Buffers::default();
        for len in [100, 1 << 20, 1 << 24, 1 << 21] {
            drop(buffers.buffer(len));
        }
        buffers.trim();
        let kept: usize = lock(&buffers.0).iter().map(|values| values.capacity() * size_of::<f32>()).sum();
        assert!(0 < kept && kept <= KEPT, "{kept}");
    }
}
