//! The head `[V, C]`: each row is one logit.
use super::{Form, Job, Sweep, group, job, run};
use crate::kernels::{Path, Rows, Vectors, lanes::Lanes};

/// How many rows a tile has.
const ROWS: usize = 4;

/// `y[t][r] = Σ_c x[t][c] · w[r][c]`, rows of `y` `y_stride` apart.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn dots(path: Path, x: Vectors<'_>, w: Rows<'_>, y: &mut [f32], y_stride: usize) {
    assert_eq!(x.len, w.columns);
    let job = job(x, w, y, y_stride, w.rows, Sweep { rows: 32, ahead: 0 });
    // SAFETY: `job` has checked the sizes.
    let lanes = unsafe { run::<Dots>(path, job, w.format) };
    // The columns that fill no register.
    for c in w.columns / lanes * lanes..w.columns {
        for t in 0..x.tokens {
            let x = x.values[t * x.stride + c];
            for (r, y) in y[t * y_stride..][..w.rows].iter_mut().enumerate() {
                *y += x * w.value(r, c);
            }
        }
    }
}

struct Dots;

impl Form for Dots {
    #[inline(always)]
    unsafe fn sweep<L: Lanes, const SIZE: usize>(job: Job, load: impl Fn(*const u8) -> L + Copy) {
        let mut block = 0;
        while block < job.rows {
            let block_end = job.rows.min(block + job.sweep.rows);
            let mut token = 0;
            while token < job.tokens {
                let tokens = group(job.tokens, token);
                let mut row = block;
                while row < block_end {
                    // SAFETY: the tile lies inside the matrix, the vectors and the result.
                    unsafe {
                        let tile = Job {
                            x: job.x.add(token * job.x_stride),
                            w: job.w.add(row * job.w_stride),
                            y: job.y.add(token * job.y_stride + row),
                            ..job
                        };
                        if row + 2 * ROWS <= block_end && tokens == 1 {
                            tile_dots::<L, SIZE, { 2 * ROWS }, 1>(tile, load);
                            row += 2 * ROWS;
                        } else if row + ROWS <= block_end {
                            dots_of::<L, SIZE, ROWS>(tile, tokens, load);
                            row += ROWS;
                        } else {
                            dots_of::<L, SIZE, 1>(tile, tokens, load);
                            row += 1;
                        }
                    }
                }
                token += tokens;
            }
            block = block_end;
        }
    }
}

#[inline(always)]
unsafe fn dots_of<L: Lanes, const SIZE: usize, const R: usize>(
    tile: Job,
    tokens: usize,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's.
    unsafe {
        match tokens {
            1 => tile_dots::<L, SIZE, R, 1>(tile, load),
            2 => tile_dots::<L, SIZE, R, 2>(tile, load),
            3 => tile_dots::<L, SIZE, R, 3>(tile, load),
            4 => tile_dots::<L, SIZE, R, 4>(tile, load),
            5 => tile_dots::<L, SIZE, R, 5>(tile, load),
            _ => tile_dots::<L, SIZE, R, 6>(tile, load),
        }
    }
}

/// `T` tokens by `R` rows, all whole registers of columns.
#[inline(always)]
unsafe fn tile_dots<L: Lanes, const SIZE: usize, const R: usize, const T: usize>(
    tile: Job,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's: everything lies inside the matrix, the vectors and the result.
    unsafe {
        let mut sums = [[L::splat(0.0); R]; T];
        for column in (0..tile.columns / L::N * L::N).step_by(L::N) {
            let mut weights = [L::splat(0.0); R];
            for (r, weight) in weights.iter_mut().enumerate() {
                *weight = load(tile.w.add(r * tile.w_stride + column * SIZE));
            }
            for (t, sums) in sums.iter_mut().enumerate() {
                let x = L::load(tile.x.add(t * tile.x_stride + column));
                for (sum, &weight) in sums.iter_mut().zip(&weights) {
                    *sum = x.mul_add(weight, *sum);
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            for (r, &sum) in sums.iter().enumerate() {
                *tile.y.add(t * tile.y_stride + r) = sum.sum();
            }
        }
    }
}
