//! Products of a few vectors with a matrix of weights that lies as it does in its file.
//!
//! Two forms, since GPT-2 has both: `[in, out]` matrices, of which each row is added to the result as often as the
//! input says ([`accumulate`]), and the head `[V, C]`, of which each row is one logit ([`dots`]). Both keep tiles of up
//! to [`TOKENS`] tokens in registers, so that one load of a weight serves them all.
use std::ops::Range;

use half::{bf16, f16};

use super::{Path, lanes::Lanes};

/// How many tokens a tile has at most: six by four registers of accumulators are 24 of AVX-512's 32.
const TOKENS: usize = 6;

/// How many rows of the head a tile has.
const HEAD_ROWS: usize = 4;

/// How numbers are stored, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    F32,
    F16,
    BF16,
}

impl Format {
    /// Bytes of a number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }

    /// The numbers in some bytes.
    pub(crate) fn values(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            Self::BF16 => bytes.as_chunks().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
        }
    }
}

/// A matrix in memory that is not ours: rows of `columns` numbers, `stride` numbers apart, from any byte on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    bytes: &'a [u8],
    format: Format,
    rows: usize,
    columns: usize,
    stride: usize,
}

impl<'a> Rows<'a> {
    /// `[rows, columns]` without gaps; `None` if there are too few bytes.
    pub(crate) fn new(bytes: &'a [u8], format: Format, rows: usize, columns: usize) -> Option<Self> {
        let enough = rows.checked_mul(columns)?.checked_mul(format.size())? <= bytes.len();
        enough.then_some(Self { bytes, format, rows, columns, stride: columns })
    }

    /// `[rows, columns]` of `values`, rows `stride` apart.
    ///
    /// # Panics
    /// If there are too few values.
    pub(crate) fn of(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(columns <= stride && (rows == 0 || (rows - 1) * stride + columns <= values.len()));
        // SAFETY: any f32 is four bytes, and bytes have no alignment.
        let bytes = unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) };
        #[cfg(target_endian = "big")]
        compile_error!("the kernels read numbers as the file has them, which is little-endian");
        Self { bytes, format: Format::F32, rows, columns, stride }
    }

    /// Some of the rows.
    pub(crate) fn some_rows(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.rows);
        let start = (range.start * self.stride * self.format.size()).min(self.bytes.len());
        Self { bytes: &self.bytes[start..], rows: range.len(), ..self }
    }

    /// Some of the columns.
    pub(crate) fn some_columns(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.columns);
        let start = (range.start * self.format.size()).min(self.bytes.len());
        Self { bytes: &self.bytes[start..], columns: range.len(), ..self }
    }

    /// A row's numbers.
    pub(crate) fn row(&self, row: usize) -> Vec<f32> {
        let size = self.format.size();
        self.format.values(&self.bytes[row * self.stride * size..][..self.columns * size])
    }

    fn value(&self, row: usize, column: usize) -> f32 {
        let size = self.format.size();
        let bytes = &self.bytes[(row * self.stride + column) * size..][..size];
        match *bytes {
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
            [a, b] if self.format == Format::F16 => f16::from_le_bytes([a, b]).to_f32(),
            [a, b] => bf16::from_le_bytes([a, b]).to_f32(),
            _ => unreachable!("a format has two or four bytes"),
        }
    }
}

/// `tokens` vectors of `len` numbers, `stride` apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vectors<'a> {
    values: &'a [f32],
    tokens: usize,
    len: usize,
    stride: usize,
}

impl<'a> Vectors<'a> {
    /// # Panics
    /// If there are too few values.
    pub(crate) fn of(values: &'a [f32], tokens: usize, len: usize, stride: usize) -> Self {
        assert!(len <= stride && (tokens == 0 || (tokens - 1) * stride + len <= values.len()));
        Self { values, tokens, len, stride }
    }

    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Some of each vector's numbers.
    pub(crate) fn some(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len);
        Self { values: &self.values[range.start.min(self.values.len())..], len: range.len(), ..self }
    }
}

/// In which order [`accumulate`] goes through a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    /// How many rows a tile has.
    rows: usize,
    /// How many bytes ahead in its row a weight is asked for when one is read; 0 for not at all.
    ahead: usize,
}

impl Sweep {
    /// For up to a dozen tokens, where memory is the limit: rows side by side, from one end to the other. Measured on
    /// AMD Zen 5: 8 rows and no prefetch for one token, 16 and two cache lines times four for more.
    pub(crate) fn stream(tokens: usize) -> Self {
        if tokens == 1 { Self { rows: 8, ahead: 0 } } else { Self { rows: 16, ahead: 512 } }
    }

    /// For more, where arithmetic is: as many rows as leave a tile of weights in the second cache until all tokens
    /// have had it, while the next tile is on its way.
    pub(crate) fn block() -> Self {
        Self { rows: 256, ahead: 512 }
    }
}

/// What a kernel is given. The pointers are good for what the numbers say.
#[derive(Clone, Copy)]
struct Job {
    x: *const f32,
    x_stride: usize,
    tokens: usize,
    w: *const u8,
    rows: usize,
    columns: usize,
    /// In bytes.
    w_stride: usize,
    y: *mut f32,
    y_stride: usize,
    sweep: Sweep,
}

/// `y[t][c] += Σᵣ x[t][r] · w[r][c]`, rows of `y` `y_stride` apart.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn accumulate(path: Path, sweep: Sweep, x: Vectors<'_>, w: Rows<'_>, y: &mut [f32], y_stride: usize) {
    assert_eq!(x.len, w.rows);
    let job = job(x, w, y, y_stride, w.columns, sweep);
    let lanes = match path {
        // SAFETY: a path is only made where the processor has it; `job` has checked the sizes.
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 => unsafe { accumulate_avx512(job, w.format) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 => unsafe { accumulate_avx2(job, w.format) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Path::Neon => unsafe { accumulate_by::<std::arch::aarch64::float32x4_t>(job, w.format) },
        // SAFETY: as above.
        Path::Plain => unsafe { accumulate_by::<[f32; 4]>(job, w.format) },
    };
    // The columns that fill no register.
    for c in w.columns / lanes * lanes..w.columns {
        for t in 0..x.tokens {
            let x = &x.values[t * x.stride..][..x.len];
            y[t * y_stride + c] += x.iter().enumerate().map(|(r, x)| x * w.value(r, c)).sum::<f32>();
        }
    }
}

/// `y[t][r] = Σ_c x[t][c] · w[r][c]`, rows of `y` `y_stride` apart.
///
/// # Panics
/// If the sizes do not agree.
pub(crate) fn dots(path: Path, x: Vectors<'_>, w: Rows<'_>, y: &mut [f32], y_stride: usize) {
    assert_eq!(x.len, w.columns);
    let job = job(x, w, y, y_stride, w.rows, Sweep { rows: 32, ahead: 0 });
    let lanes = match path {
        // SAFETY: a path is only made where the processor has it; `job` has checked the sizes.
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 => unsafe { dots_avx512(job, w.format) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 => unsafe { dots_avx2(job, w.format) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        Path::Neon => unsafe { dots_by::<std::arch::aarch64::float32x4_t>(job, w.format) },
        // SAFETY: as above.
        Path::Plain => unsafe { dots_by::<[f32; 4]>(job, w.format) },
    };
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

fn job(x: Vectors<'_>, w: Rows<'_>, y: &mut [f32], y_stride: usize, width: usize, sweep: Sweep) -> Job {
    assert!(width <= y_stride && (x.tokens == 0 || (x.tokens - 1) * y_stride + width <= y.len()));
    assert!(w.rows == 0 || ((w.rows - 1) * w.stride + w.columns) * w.format.size() <= w.bytes.len());
    Job {
        x: x.values.as_ptr(),
        x_stride: x.stride,
        tokens: x.tokens,
        w: w.bytes.as_ptr(),
        rows: w.rows,
        columns: w.columns,
        w_stride: w.stride * w.format.size(),
        y: y.as_mut_ptr(),
        y_stride,
        sweep,
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn accumulate_avx512(job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { accumulate_by::<std::arch::x86_64::__m512>(job, format) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn accumulate_avx2(job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { accumulate_by::<std::arch::x86_64::__m256>(job, format) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn dots_avx512(job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { dots_by::<std::arch::x86_64::__m512>(job, format) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn dots_avx2(job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { dots_by::<std::arch::x86_64::__m256>(job, format) }
}

/// Does whole registers of columns; returns how many columns a register has.
#[inline(always)]
unsafe fn accumulate_by<L: Lanes>(job: Job, format: Format) -> usize {
    // SAFETY: the processor has the lanes' instructions.
    unsafe {
        match format {
            Format::F32 => sweep_rows::<L, 4>(job, |from| L::load_f32(from)),
            Format::F16 => sweep_rows::<L, 2>(job, |from| L::load_f16(from)),
            Format::BF16 => sweep_rows::<L, 2>(job, |from| L::load_bf16(from)),
        }
    }
    L::N
}

#[inline(always)]
unsafe fn dots_by<L: Lanes>(job: Job, format: Format) -> usize {
    // SAFETY: the processor has the lanes' instructions.
    unsafe {
        match format {
            Format::F32 => sweep_dots::<L, 4>(job, |from| L::load_f32(from)),
            Format::F16 => sweep_dots::<L, 2>(job, |from| L::load_f16(from)),
            Format::BF16 => sweep_dots::<L, 2>(job, |from| L::load_bf16(from)),
        }
    }
    L::N
}

/// How many tokens each of as few groups as possible has, as evenly as possible.
#[inline(always)]
fn group(tokens: usize, at: usize) -> usize {
    let groups = (tokens - at).div_ceil(TOKENS);
    (tokens - at).div_ceil(groups)
}

/// `SIZE`: bytes of a weight, which `load` makes a register of.
#[inline(always)]
unsafe fn sweep_rows<L: Lanes, const SIZE: usize>(job: Job, load: impl Fn(*const u8) -> L + Copy) {
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

#[inline(always)]
unsafe fn sweep_dots<L: Lanes, const SIZE: usize>(job: Job, load: impl Fn(*const u8) -> L + Copy) {
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
                    if row + 2 * HEAD_ROWS <= block_end && tokens == 1 {
                        tile_dots::<L, SIZE, { 2 * HEAD_ROWS }, 1>(tile, load);
                        row += 2 * HEAD_ROWS;
                    } else if row + HEAD_ROWS <= block_end {
                        dots_of::<L, SIZE, HEAD_ROWS>(tile, tokens, load);
                        row += HEAD_ROWS;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in [-1, 1) that repeat after a large prime only.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|n| (((n + seed) * 7919 + seed) % 65_537) as f32 / 32_768.5 - 1.0).collect()
    }

    fn stored(values: &[f32], format: Format, offset: usize) -> Vec<u8> {
        let mut bytes = vec![0xAA; offset];
        for &x in values {
            match format {
                Format::F32 => bytes.extend(x.to_le_bytes()),
                Format::F16 => bytes.extend(f16::from_f32(x).to_le_bytes()),
                Format::BF16 => bytes.extend(bf16::from_f32(x).to_le_bytes()),
            }
        }
        bytes
    }

    /// Every path, format and alignment against the sum in f64, with sizes at the edges of tiles, registers and
    /// groups. A sum of n products of numbers below 1 may be off by n roundings of a value below n.
    #[test]
    fn products_are_those_of_f64() {
        let formats = [Format::F32, Format::F16, Format::BF16];
        for path in Path::available() {
            for (case, (tokens, rows, columns)) in [
                (1, 1, 1),
                (1, 8, 64),
                (2, 17, 15),
                (3, 16, 16),
                (4, 31, 17),
                (5, 33, 63),
                (6, 9, 65),
                (7, 40, 129),
                (8, 64, 31),
                (13, 300, 80),
                (19, 257, 112),
            ]
            .into_iter()
            .enumerate()
            {
                for format in formats {
                    for offset in [0, 1, 3, 4] {
                        let w = numbers(rows * columns, case);
                        let bytes = stored(&w, format, offset);
                        let w = Rows::new(&bytes[offset..], format, rows, columns).unwrap();
                        let x = numbers(tokens * (rows.max(columns) + 3), 5 * case + 1);
                        let stride = rows.max(columns) + 3;
                        let what = format!("{path:?} {format:?} at {offset}, {tokens} x {rows} x {columns}");
                        let w = &w;
                        let value = |r: usize, c: usize| f64::from(w.value(r, c));

                        for sweep in [Sweep::stream(tokens), Sweep::block()] {
                            let mut y = vec![0.5; tokens * (columns + 2)];
                            accumulate(path, sweep, Vectors::of(&x, tokens, rows, stride), *w, &mut y, columns + 2);
                            for t in 0..tokens {
                                for c in 0..columns {
                                    let exact: f64 =
                                        (0..rows).map(|r| f64::from(x[t * stride + r]) * value(r, c)).sum();
                                    let y = f64::from(y[t * (columns + 2) + c]);
                                    let bound = (rows * rows) as f64 * 6e-8 + 1e-7;
                                    assert!((y - exact - 0.5).abs() <= bound, "{what}: {y} at {t}, {c}, {exact}");
                                }
                                assert!(y[t * (columns + 2) + columns..].iter().take(2).all(|&y| y == 0.5), "{what}");
                            }
                        }

                        let mut y = vec![0.5; tokens * (rows + 2)];
                        dots(path, Vectors::of(&x, tokens, columns, stride), *w, &mut y, rows + 2);
                        for t in 0..tokens {
                            for r in 0..rows {
                                let exact: f64 = (0..columns).map(|c| f64::from(x[t * stride + c]) * value(r, c)).sum();
                                let y = f64::from(y[t * (rows + 2) + r]);
                                let bound = (columns * columns) as f64 * 6e-8 + 1e-7;
                                assert!((y - exact).abs() <= bound, "{what}: {y} at {t}, {r}, not {exact}");
                            }
                            assert!(y[t * (rows + 2) + rows..].iter().take(2).all(|&y| y == 0.5), "{what}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn parts_of_a_matrix_are_its_values() {
        let values = numbers(12, 0);
        let bytes = stored(&values, Format::F32, 0);
        let w = Rows::new(&bytes, Format::F32, 3, 4).unwrap();
        assert_eq!(w.some_rows(1..3).some_columns(2..4).row(1), values[10..12]);
        assert_eq!((w.some_rows(3..3).rows, w.some_columns(4..4).columns), (0, 0));
        assert!(Rows::new(&bytes, Format::F32, 3, 5).is_none());
    }
}
