//! `[in, out]` matrices: each row is added to the result as often as the input says.
use super::{Form, Job, group, job, run};
use crate::kernels::{Path, Rows, Vectors, lanes::Lanes};

/// In which order [`accumulate`] goes through a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    /// How many rows a tile has.
    pub(super) rows: usize,
    /// How many bytes ahead in its row a weight is asked for when one is read; 0 for not at all.
    pub(super) ahead: usize,
}

impl Sweep {
    /// For up to a dozen tokens, where memory is the limit: rows side by side, from one end to the other. Measured on
    /// AMD Zen 5, in GB/s of `gpt2`'s blocks where plain reading gave 44: one token, 8 rows 37.6 and 16 rows 40.5 without
    /// a prefetch, 36 to 37 with one 256 to 2,048 bytes ahead, columns shared out 33 to 36; from four tokens on the
    /// prefetch gains, most 512 bytes ahead (four tokens: 30.7 without, 33.3 with).
    pub(crate) fn stream(tokens: usize) -> Self {
        Self { rows: 16, ahead: if tokens == 1 { 0 } else { 512 } }
    }

    /// For more, where arithmetic is: as many rows as leave a tile of weights in the second cache until all tokens
    /// have had it, while the next tile is on its way.
    pub(crate) fn block() -> Self {
        Self { rows: 256, ahead: 512 }
    }
}

/// `y[t][c] += Σᵣ x[t][r] · w[r][c]`, rows of `y` `y_stride` apart.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn accumulate(path: Path, sweep: Sweep, x: Vectors<'_>, w: Rows<'_>, y: &mut [f32], y_stride: usize) {
    assert_eq!(x.len, w.rows);
    let job = job(x, w, y, y_stride, w.columns, sweep);
    // SAFETY: `job` has checked the sizes.
    let lanes = unsafe { run::<Accumulate>(path, job, w.format) };
    // The columns that fill no register.
    for c in w.columns / lanes * lanes..w.columns {
        for t in 0..x.tokens {
            let x = &x.values[t * x.stride..][..x.len];
            y[t * y_stride + c] += x.iter().enumerate().map(|(r, x)| x * w.value(r, c)).sum::<f32>();
        }
    }
}

struct Accumulate;

impl Form for Accumulate {
    #[inline(always)]
    unsafe fn sweep<L: Lanes, const SIZE: usize>(job: Job, load: impl Fn(*const u8) -> L + Copy) {
        let mut first = 0;
        while first < job.rows {
            let rows = job.sweep.rows.min(job.rows - first);
            let mut column = 0;
            while column + L::N <= job.columns {
                let wide = column + L::WIDE * L::N <= job.columns;
                let mut token = 0;
                while token < job.tokens {
                    let tokens = group(job.tokens, token);
                    // SAFETY: the tile lies inside the matrix, the vectors and the result.
                    unsafe {
                        let tile = Job {
                            x: job.x.add(token * job.x_stride + first),
                            w: job.w.add(first * job.w_stride + column * SIZE),
                            y: job.y.add(token * job.y_stride + column),
                            rows,
                            // Once a tile: the next group of tokens finds the weights in the cache.
                            sweep: Sweep { ahead: if token == 0 { job.sweep.ahead } else { 0 }, ..job.sweep },
                            ..job
                        };
                        match (wide, L::WIDE) {
                            (true, 4) => tile_of::<L, SIZE, 4>(tile, tokens, load),
                            (true, 2) => tile_of::<L, SIZE, 2>(tile, tokens, load),
                            _ => tile_of::<L, SIZE, 1>(tile, tokens, load),
                        }
                    }
                    token += tokens;
                }
                column += if wide { L::WIDE * L::N } else { L::N };
            }
            first += rows;
        }
    }
}

#[inline(always)]
unsafe fn tile_of<L: Lanes, const SIZE: usize, const WIDE: usize>(
    tile: Job,
    tokens: usize,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's.
    unsafe {
        match tokens {
            1 => tile_rows::<L, SIZE, WIDE, 1>(tile, load),
            2 => tile_rows::<L, SIZE, WIDE, 2>(tile, load),
            3 => tile_rows::<L, SIZE, WIDE, 3>(tile, load),
            4 => tile_rows::<L, SIZE, WIDE, 4>(tile, load),
            5 => tile_rows::<L, SIZE, WIDE, 5>(tile, load),
            _ => tile_rows::<L, SIZE, WIDE, 6>(tile, load),
        }
    }
}

/// `T` tokens by `WIDE` registers of columns, all rows of the tile.
#[inline(always)]
unsafe fn tile_rows<L: Lanes, const SIZE: usize, const WIDE: usize, const T: usize>(
    tile: Job,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's: everything lies inside the matrix, the vectors and the result. A prefetch may be beyond.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDE]; T];
        for (t, sums) in sums.iter_mut().enumerate() {
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(tile.y.add(t * tile.y_stride + n * L::N));
            }
        }
        for r in 0..tile.rows {
            let row = tile.w.add(r * tile.w_stride);
            let mut weights = [L::splat(0.0); WIDE];
            for (n, weight) in weights.iter_mut().enumerate() {
                let from = row.add(n * L::N * SIZE);
                *weight = load(from);
                if tile.sweep.ahead > 0 && (n * L::N * SIZE).is_multiple_of(64) {
                    L::prefetch(from.wrapping_add(tile.sweep.ahead));
                }
            }
            for (t, sums) in sums.iter_mut().enumerate() {
                let x = L::splat(*tile.x.add(t * tile.x_stride + r));
                for (sum, &weight) in sums.iter_mut().zip(&weights) {
                    *sum = x.mul_add(weight, *sum);
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            for (n, &sum) in sums.iter().enumerate() {
                sum.store(tile.y.add(t * tile.y_stride + n * L::N));
            }
        }
    }
}
