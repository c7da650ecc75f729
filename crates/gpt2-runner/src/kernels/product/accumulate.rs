//! `[in, out]` matrices: each row is scaled by its input and added to the result.
use std::{mem::MaybeUninit, ptr};

use super::{Job, Kernel, LINE, Strip, TOKENS, group, job, run};
use crate::kernels::{Rows, Vectors, VectorsMut, lanes::Lanes};

/// The order of [`accumulate`]: strip after strip of rows, and in each strip tile after tile from left to right. During
/// a tile, a later tile is prefetched into L2. Measured on AMD Zen 4 with `gpt2`'s blocks: 7 tokens 18.5 GB/s when
/// prefetching 512 bytes ahead in the row, 31 when prefetching the strip below, against 33 for plain reading; 64 tokens
/// 147 GFLOP/s when the first group of tokens prefetches 512 bytes ahead, 200 to 210 when the groups share the
/// prefetching, against 230 without loads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    /// How many rows a strip has.
    rows: usize,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Few rows in narrow tiles, so that memory is read sequentially. Prefetches the tile below.
    Stream,
    /// Many rows in wide tiles, each used by all groups of tokens in turn. The first group copies the tile to a
    /// [`Panel`] for the others. Prefetches the next tile of the strip; each group a part.
    Block,
}

/// One token reads this many distant streams at a time, each sequentially.
const STREAMS: usize = 2;

/// Rows of more bytes are streamed in narrow tiles. With AVX-512 on AMD Zen 5, two threads, seven tokens of `gpt2`, whose
/// rows have up to 12 KB, take 13 ms in wide tiles and 18 in narrow ones; of `gpt2-large`, with up to 20 KB, 142 and 88.
const LONG_ROW: usize = 12 << 10;

/// The most rows of a block's strip, for more than 128 tokens. Fewer tokens take half: rows are often a multiple of
/// 4 KB apart, and then an L2 cache of 512 KB with eight ways holds one line each of 128 rows.
const BLOCK: usize = 256;

/// The most tokens of a block at a time: in parts of 256, 1,024 tokens take 0.78 to 0.95 of the time with AVX2, and
/// 0.97 to 1.04 with AVX-512.
const BLOCK_TOKENS: usize = 256;

/// A tile of a block without the gaps between rows, which would cost each group of tokens cache and TLB misses. Time
/// with it by time without, one thread of AMD Zen 5, 768 to 5,120 inputs: 32 tokens 0.70 to 0.96 with AVX2 and 0.72 to
/// 0.77 with AVX-512, 256 tokens 0.64 to 0.92 and 0.78 to 0.84.
#[repr(align(64))]
struct Panel(MaybeUninit<[u8; BLOCK * WIDEST]>);

/// The largest width of a tile in bytes: four of AVX-512's registers.
///
/// One token's tile has this width, or eight registers. In narrow tiles the instructions around the products took most
/// of the time: with two registers AVX2 read 4.2 G weights per second, in f32 and in f16. Time by that of two registers,
/// one thread of AMD Zen 5: AVX2 0.55, with f16 0.37; AVX-512 0.92, with f16 0.50.
const WIDEST: usize = 4 * 64;

impl Sweep {
    /// For up to a few dozen tokens, which are bound by memory.
    pub(crate) fn stream(tokens: usize) -> Self {
        Self { rows: if tokens <= 8 { 8 } else { 16 }, order: Order::Stream }
    }

    /// For more tokens, which are bound by arithmetic.
    pub(crate) fn block(tokens: usize) -> Self {
        Self { rows: if tokens <= 128 { BLOCK / 2 } else { BLOCK }, order: Order::Block }
    }
}

/// `y[t][c] += Σᵣ x[t][r] · w[r][c]`.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn accumulate(sweep: Sweep, x: Vectors<'_>, w: Rows<'_>, y: &mut VectorsMut<'_>) {
    assert_eq!((x.len, y.len), (w.rows, w.columns));
    let job = job(x, w, y);
    // Split here: split within the compiled kernel, 20 to 64 tokens took 1.1 to 1.9 times as long with AVX2.
    let mut lanes = 1;
    for first in (0..job.tokens).step_by(BLOCK_TOKENS) {
        // SAFETY: `job` has checked the sizes, and these tokens are among the job's.
        unsafe {
            let (x, y) = (job.x.add(first * job.x_stride), job.y.add(first * job.y_stride));
            let tokens = BLOCK_TOKENS.min(job.tokens - first);
            let job = Job { x, y, tokens, ..job };
            lanes = match (sweep.order, tokens) {
                (Order::Stream, 1) => run(OneToken(sweep), job, w.format),
                _ => run(sweep, job, w.format),
            };
        }
    }
    // The remaining columns, which do not fill a register.
    for c in w.columns / lanes * lanes..w.columns {
        for t in 0..x.tokens {
            let x = &x.values[t * x.stride..][..x.len];
            y.token(t)[c] += x.iter().enumerate().map(|(r, x)| x * w.value(r, c)).sum::<f32>();
        }
    }
}

impl Kernel for Sweep {
    #[inline(always)]
    unsafe fn sweep<L: Lanes, const SIZE: usize>(self, job: Job, load: impl Fn(*const u8) -> L + Copy) {
        for strip in Strip::all(job.rows, job.w_stride, self.rows, 0) {
            // SAFETY: the caller's; the strip's rows are among those of the matrix.
            unsafe { self.strip::<L, SIZE, false>(job, strip, load) };
        }
    }
}

/// A stream of one token. A kernel of its own: compiled with it, seven tokens took up to 6 % longer.
#[derive(Clone, Copy)]
struct OneToken(Sweep);

impl Kernel for OneToken {
    #[inline(always)]
    unsafe fn sweep<L: Lanes, const SIZE: usize>(self, job: Job, load: impl Fn(*const u8) -> L + Copy) {
        for strip in Strip::all(job.rows, job.w_stride, self.0.rows, STREAMS) {
            // SAFETY: as for `Sweep`.
            unsafe { self.0.strip::<L, SIZE, true>(job, strip, load) };
        }
    }
}

impl Sweep {
    /// All columns of some rows; `ONE` for [`OneToken`].
    ///
    /// # Safety
    /// As [`Kernel::sweep`]; the rows are among the job's.
    #[inline(always)]
    unsafe fn strip<L: Lanes, const SIZE: usize, const ONE: bool>(
        self,
        job: Job,
        strip: Strip,
        load: impl Fn(*const u8) -> L + Copy,
    ) {
        let widest = match self.order {
            _ if ONE => (WIDEST / (L::N * SIZE)).min(8),
            Order::Stream if job.tokens <= TOKENS || job.w_stride > LONG_ROW => L::STREAMED,
            _ => L::WIDE,
        };
        const { assert!(L::WIDE * L::N * SIZE <= WIDEST) };
        let mut panel = Panel(MaybeUninit::uninit());
        let panel = panel.0.as_mut_ptr().cast::<u8>();
        let mut column = 0;
        while column + L::N <= job.columns {
            let wide = if column + widest * L::N <= job.columns { widest } else { 1 };
            let right = column + wide * L::N;
            let (next_column, ahead) = match self.order {
                Order::Stream => (column, strip.ahead),
                Order::Block if right + L::N <= job.columns => (right, 0),
                Order::Block => (0, strip.ahead),
            };
            let next = job.w.wrapping_add(strip.first * job.w_stride + next_column * SIZE + ahead);
            // A stream's tile ends where the next one begins; others may end within a cache line.
            let lines = match self.order {
                Order::Stream => (wide * L::N * SIZE).div_ceil(LINE),
                Order::Block => (wide * L::N * SIZE).div_ceil(LINE) + 1,
            };
            let groups = job.tokens.div_ceil(TOKENS);
            let mut token = 0;
            for n in 0..groups {
                let tokens = group(job.tokens, token);
                let share = n * lines / groups..(n + 1) * lines / groups;
                let packs = self.order == Order::Block && groups > 1;
                // SAFETY: the tile lies inside the matrix, the vectors and the result; the first group fills the panel.
                unsafe {
                    let (w, w_stride) = match packs && n > 0 {
                        true => (panel.cast_const(), wide * L::N * SIZE),
                        false => (job.w.add(strip.first * job.w_stride + column * SIZE), job.w_stride * strip.step),
                    };
                    let tile = Tile {
                        x: job.x.add(token * job.x_stride + strip.first),
                        x_stride: job.x_stride,
                        w,
                        rows: strip.rows,
                        step: strip.step,
                        w_stride,
                        panel: if packs && n == 0 { panel } else { ptr::null_mut() },
                        y: job.y.add(token * job.y_stride + column),
                        y_stride: job.y_stride,
                        adds_at_end: self.order == Order::Block,
                        next: next.wrapping_add(share.start * LINE),
                        next_stride: job.w_stride * strip.step,
                        lines: share.len(),
                    };
                    match wide {
                        8 if ONE => tile_rows::<L, 8, 1>(tile, SIZE, load),
                        4 if ONE => tile_rows::<L, 4, 1>(tile, SIZE, load),
                        _ if ONE => tile_rows::<L, 1, 1>(tile, SIZE, load),
                        4 => tile_of::<L, SIZE, 4>(tile, tokens, load),
                        2 => tile_of::<L, SIZE, 2>(tile, tokens, load),
                        _ => tile_of::<L, SIZE, 1>(tile, tokens, load),
                    }
                }
                token += tokens;
            }
            column = right;
        }
    }
}

/// Some rows of a few registers of columns, and a group of tokens.
#[derive(Clone, Copy)]
struct Tile {
    x: *const f32,
    x_stride: usize,
    w: *const u8,
    rows: usize,
    /// The step from one row to the next, in rows of the matrix.
    step: usize,
    /// The distance from one row of `w` to the next in bytes.
    w_stride: usize,
    /// Where to copy the weights, without gaps; or null.
    panel: *mut u8,
    y: *mut f32,
    y_stride: usize,
    /// Whether the tile's sum is added to the output at the end, instead of starting from it: the output may be much
    /// larger, so each product would lose digits.
    adds_at_end: bool,
    /// The address of the cache lines to prefetch, the distance between rows in bytes, and the lines per row; may be
    /// beyond the matrix.
    next: *const u8,
    next_stride: usize,
    lines: usize,
}

#[inline(always)]
unsafe fn tile_of<L: Lanes, const SIZE: usize, const WIDE: usize>(
    tile: Tile,
    tokens: usize,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's.
    unsafe {
        match tokens {
            1 => tile_rows::<L, WIDE, 1>(tile, SIZE, load),
            2 => tile_rows::<L, WIDE, 2>(tile, SIZE, load),
            3 => tile_rows::<L, WIDE, 3>(tile, SIZE, load),
            4 => tile_rows::<L, WIDE, 4>(tile, SIZE, load),
            5 => tile_rows::<L, WIDE, 5>(tile, SIZE, load),
            _ => tile_rows::<L, WIDE, 6>(tile, SIZE, load),
        }
    }
}

/// `T` tokens by `WIDE` registers of columns, all rows of the tile.
#[inline(always)]
unsafe fn tile_rows<L: Lanes, const WIDE: usize, const T: usize>(
    tile: Tile,
    size: usize,
    load: impl Fn(*const u8) -> L + Copy,
) {
    // SAFETY: the caller's: everything lies inside the matrix, the vectors and the result. A prefetch may be beyond.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDE]; T];
        if !tile.adds_at_end {
            for (t, sums) in sums.iter_mut().enumerate() {
                for (n, sum) in sums.iter_mut().enumerate() {
                    *sum = L::load(tile.y.add(t * tile.y_stride + n * L::N));
                }
            }
        }
        for r in 0..tile.rows {
            let (row, next) = (tile.w.add(r * tile.w_stride), tile.next.wrapping_add(r * tile.next_stride));
            let mut weights = [L::splat(0.0); WIDE];
            for (n, weight) in weights.iter_mut().enumerate() {
                *weight = load(row.add(n * L::N * size));
            }
            if !tile.panel.is_null() {
                row.copy_to_nonoverlapping(tile.panel.add(r * WIDE * L::N * size), WIDE * L::N * size);
            }
            for line in 0..tile.lines {
                L::prefetch(next.wrapping_add(line * LINE));
            }
            for (t, sums) in sums.iter_mut().enumerate() {
                let x = L::splat(*tile.x.add(t * tile.x_stride + r * tile.step));
                for (sum, &weight) in sums.iter_mut().zip(&weights) {
                    *sum = x.mul_add(weight, *sum);
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            for (n, &sum) in sums.iter().enumerate() {
                let y = tile.y.add(t * tile.y_stride + n * L::N);
                // y · 1 + sum
                let sum = if tile.adds_at_end { L::load(y).mul_add(L::splat(1.0), sum) } else { sum };
                sum.store(y);
            }
        }
    }
}
