//! The head `[V, C]`: each row is one logit.
use super::{Job, Kernel, LINE, Strip, TOKENS, group, job, run};
use crate::kernels::{Rows, Vectors, VectorsMut, lanes::Lanes};

/// A tile's maximum number of rows.
const ROWS: usize = 4;

/// The number of rows that all groups of tokens process before the next rows.
const BLOCK: usize = 32;

/// `y[t][r] = Σ_c x[t][c] · w[r][c]`.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn dots(x: Vectors<'_>, w: Rows<'_>, y: &mut VectorsMut<'_>) {
    assert_eq!((x.len, y.len), (w.columns, w.rows));
    let job = job(x, w, y);
    // SAFETY: `job` has checked the sizes.
    let lanes = unsafe { run(Dots, job, w.format) };
    // The remaining columns, which do not fill a register.
    for c in w.columns / lanes * lanes..w.columns {
        for t in 0..x.tokens {
            let x = x.values[t * x.stride + c];
            for (r, y) in y.token(t).iter_mut().enumerate() {
                *y += x * w.value(r, c);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Dots;

impl Kernel for Dots {
    #[inline(always)]
    unsafe fn sweep<L: Lanes, const SIZE: usize>(self, job: Job, load: impl Fn(*const u8) -> L + Copy) {
        // One token reads distant streams, as in `accumulate`.
        let streams = if job.tokens == 1 { ROWS } else { 0 };
        let rows = if job.tokens <= TOKENS { ROWS } else { BLOCK };
        for strip in Strip::all(job.rows, job.w_stride, rows, streams) {
            // SAFETY: the caller's; the strip's rows are among those of the matrix.
            unsafe { dots_of_strip::<L, SIZE>(job, strip, load) };
        }
    }
}

/// All tokens by some rows.
///
/// # Safety
/// As [`Kernel::sweep`]; the rows are among the job's.
#[inline(always)]
unsafe fn dots_of_strip<L: Lanes, const SIZE: usize>(job: Job, strip: Strip, load: impl Fn(*const u8) -> L + Copy) {
    // With 16 registers, six tokens by four rows of sums do not stay in them. By two rows, 16 to 64 tokens take 0.65 to
    // 0.77 of the time with AVX2.
    let narrow = L::WIDE < ROWS && job.tokens > TOKENS;
    let mut token = 0;
    while token < job.tokens {
        let tokens = group(job.tokens, token);
        let mut done = 0;
        while done < strip.rows {
            let row = strip.first + done * strip.step;
            // SAFETY: the tile lies inside the matrix, the vectors and the result.
            unsafe {
                let tile = Tile {
                    x: job.x.add(token * job.x_stride),
                    x_stride: job.x_stride,
                    w: job.w.add(row * job.w_stride),
                    step: strip.step,
                    w_stride: job.w_stride * strip.step,
                    columns: job.columns,
                    y: job.y.add(token * job.y_stride + row),
                    y_stride: job.y_stride,
                    ahead: if token == 0 { strip.ahead } else { 0 },
                };
                if narrow && done + 2 <= strip.rows {
                    dots_of::<L, SIZE, 2>(tile, tokens, load);
                    done += 2;
                } else if done + ROWS <= strip.rows {
                    dots_of::<L, SIZE, ROWS>(tile, tokens, load);
                    done += ROWS;
                } else {
                    dots_of::<L, SIZE, 1>(tile, tokens, load);
                    done += 1;
                }
            }
        }
        token += tokens;
    }
}

/// Some rows and a group of tokens.
#[derive(Clone, Copy)]
struct Tile {
    x: *const f32,
    x_stride: usize,
    w: *const u8,
    /// The step from one row to the next, in rows of the matrix.
    step: usize,
    /// The same in bytes.
    w_stride: usize,
    columns: usize,
    y: *mut f32,
    y_stride: usize,
    /// The prefetch distance in bytes, which may lead beyond the matrix; 0 for none.
    ahead: usize,
}

#[inline(always)]
unsafe fn dots_of<L: Lanes, const SIZE: usize, const R: usize>(
    tile: Tile,
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
    tile: Tile,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's: everything lies inside the matrix, the vectors and the result. A prefetch may be beyond.
    unsafe {
        let mut sums = [[L::splat(0.0); R]; T];
        for column in (0..tile.columns / L::N * L::N).step_by(L::N) {
            let prefetches = tile.ahead > 0 && (column * SIZE).is_multiple_of(LINE);
            let mut weights = [L::splat(0.0); R];
            for (r, weight) in weights.iter_mut().enumerate() {
                let from = tile.w.add(r * tile.w_stride + column * SIZE);
                *weight = load(from);
                if prefetches {
                    L::prefetch(from.wrapping_add(tile.ahead));
                }
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
                *tile.y.add(t * tile.y_stride + r * tile.step) = sum.sum();
            }
        }
    }
}
