//! The bandwidth of memory.
use std::{array, hint::black_box, thread, time::Instant};

use memmap2::Mmap;

/// The best reader of a mapped file in the page cache: the limit of whatever reads each weight once.
pub(crate) struct Reader(Mmap);

impl Reader {
    /// Reads this file.
    pub(crate) fn new(map: Mmap) -> Self {
        Self(map)
    }

    /// Bytes a second that all threads together read of the first GB, the best of three sweeps: by each thread at one,
    /// four and sixteen places at a time. (Of AVX-512 at 1 to 32 places with and without prefetching, of one sum and of
    /// one for each place, none was faster on AMD Zen 4. What a virtual machine's memory gives changes from second to
    /// second, up to twofold, so it is asked for beside each row.)
    pub(crate) fn bandwidth(&self) -> f64 {
        self.sweep::<1>().max(self.sweep::<4>()).max(self.sweep::<16>())
    }

    fn sweep<const PLACES: usize>(&self) -> f64 {
        let (lines, _) = self.0[..self.0.len().min(1 << 30)].as_chunks::<64>();
        let start = Instant::now();
        thread::scope(|scope| {
            for part in lines.chunks(lines.len().div_ceil(gpt2_runner::threads().get())) {
                scope.spawn(move || {
                    let length = part.len() / PLACES;
                    let places: [_; PLACES] = array::from_fn(|place| &part[place * length..][..length]);
                    let mut sums = [0_u64; 8];
                    for n in 0..length {
                        for place in places {
                            for (sum, x) in sums.iter_mut().zip(place[n].as_chunks().0) {
                                *sum ^= u64::from_le_bytes(*x);
                            }
                        }
                    }
                    black_box(sums);
                });
            }
        });
        lines.len() as f64 * 64.0 / start.elapsed().as_secs_f64()
    }
}
