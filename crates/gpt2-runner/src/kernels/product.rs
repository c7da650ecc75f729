//! Products of a few vectors with a matrix of weights, in the file's layout.
//!
//! Two forms, since GPT-2 has both: `[in, out]` matrices, whose rows are scaled by their inputs and added to the result
//! ([`accumulate`]), and the head `[V, C]`, each of whose rows gives one logit ([`dots`]). Both keep tiles of up to
//! [`TOKENS`] tokens in registers, so that one load of a weight serves them all.
mod accumulate;
mod dots;

pub(crate) use accumulate::{Sweep, accumulate};
pub(crate) use dots::dots;

use softmax_core::SimdPath;

use super::{Format, Rows, Vectors, VectorsMut, lanes::Lanes};

/// Bytes of a cache line.
const LINE: usize = 64;

/// How far ahead one token's weights are prefetched in each stream, in bytes. One token is bound by memory. Two distant
/// streams per thread with this prefetching take 0.39 of the time of four without it on AMD Zen 5, `gpt2-large`; four
/// were best on Zen 4, where hardware prefetching is enough.
const AHEAD: usize = 4096;

/// A tile's maximum number of tokens: six by four accumulators use 24 of AVX-512's 32 registers.
const TOKENS: usize = 6;

/// A kernel's arguments. The pointers are valid for the given sizes.
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
}

/// Checks all sizes except one vector's.
fn job(x: Vectors<'_>, w: Rows<'_>, y: &VectorsMut<'_>) -> Job {
    assert_eq!(x.tokens, y.tokens);
    assert!(w.rows == 0 || ((w.rows - 1) * w.stride + w.columns) * w.format.size() <= w.bytes.len());
    Job {
        x: x.values.as_ptr(),
        x_stride: x.stride,
        tokens: x.tokens,
        w: w.bytes.as_ptr(),
        rows: w.rows,
        columns: w.columns,
        w_stride: w.stride * w.format.size(),
        y: y.values,
        y_stride: y.stride,
    }
}

/// Some rows of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Strip {
    first: usize,
    rows: usize,
    /// The step from one row to the next, in rows of the matrix.
    step: usize,
    /// The distance to the weights to prefetch, in bytes.
    ahead: usize,
}

impl Strip {
    /// Visits each row once, `height` at a time, and prefetches the strip below. With `streams`, it interleaves that
    /// many equal parts of the rows, and prefetches each part [`AHEAD`].
    #[inline(always)]
    fn all(rows: usize, w_stride: usize, height: usize, streams: usize) -> impl Iterator<Item = Self> {
        let step = rows.checked_div(streams).unwrap_or(0);
        let far = (0..step).map(move |first| Self { first, rows: streams, step, ahead: AHEAD });
        let rest = (step * streams..rows).step_by(height);
        far.chain(rest.map(move |first| Self {
            first,
            rows: height.min(rows - first),
            step: 1,
            ahead: height * w_stride,
        }))
    }
}

/// [`accumulate`] or [`dots`], once for all instruction sets.
trait Kernel: Copy {
    /// Computes whole registers of columns. `SIZE` is the size of a weight in bytes; `load` widens a register of them.
    ///
    /// # Safety
    /// The job was checked by [`job`], and the CPU has the lanes' instructions.
    unsafe fn sweep<L: Lanes, const SIZE: usize>(self, job: Job, load: impl Fn(*const u8) -> L + Copy);
}

/// Computes whole registers of columns on the active path. Returns the columns per register.
///
/// # Safety
/// The job is one that [`job`] has checked.
unsafe fn run<K: Kernel>(kernel: K, job: Job, format: Format) -> usize {
    match SimdPath::active() {
        // SAFETY: the CPU supports the active path; the caller ensures that the job is valid.
        #[cfg(target_arch = "x86_64")]
        SimdPath::Avx512 => unsafe { run_avx512(kernel, job, format) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        SimdPath::Avx2 => unsafe { run_avx2(kernel, job, format) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        SimdPath::Neon => unsafe { run_by::<K, std::arch::aarch64::float32x4_t>(kernel, job, format) },
        // SAFETY: as above.
        _ => unsafe { run_by::<K, [f32; 4]>(kernel, job, format) },
    }
}

/// Without VL, registers whose halves are added must be among the first 16.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn run_avx512<K: Kernel>(kernel: K, job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { run_by::<K, std::arch::x86_64::__m512>(kernel, job, format) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn run_avx2<K: Kernel>(kernel: K, job: Job, format: Format) -> usize {
    // SAFETY: this function's instructions are those of the lanes.
    unsafe { run_by::<K, std::arch::x86_64::__m256>(kernel, job, format) }
}

#[inline(always)]
unsafe fn run_by<K: Kernel, L: Lanes>(kernel: K, job: Job, format: Format) -> usize {
    // SAFETY: the caller's.
    unsafe {
        match format {
            Format::F32 => kernel.sweep::<L, 4>(job, |from| L::load(from.cast())),
            Format::F16 => kernel.sweep::<L, 2>(job, |from| L::load_f16(from)),
            Format::BF16 => kernel.sweep::<L, 2>(job, |from| L::load_bf16(from)),
        }
    }
    L::N
}

/// Splits tokens into as few groups as possible, of nearly equal size.
#[inline(always)]
fn group(tokens: usize, at: usize) -> usize {
    let groups = (tokens - at).div_ceil(TOKENS);
    (tokens - at).div_ceil(groups)
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

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
        for path in SimdPath::available() {
            for (case, (tokens, rows, columns)) in [
                (1, 1, 1),
                (1, 8, 64),
                (1, 23, 80),
                (1, 130, 31),
                (1, 9, 144),
                (2, 17, 15),
                (3, 16, 16),
                (4, 31, 17),
                (5, 33, 63),
                (6, 9, 65),
                (7, 40, 129),
                (8, 64, 31),
                (13, 300, 80),
                (19, 257, 112),
                (257, 131, 33),
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

                        for sweep in [Sweep::stream(tokens), Sweep::block(tokens), Sweep::block(300)] {
                            let mut y = vec![0.5; tokens * (columns + 2)];
                            let x = Vectors::of(&x, tokens, rows, stride);
                            let mut to = VectorsMut::of(&mut y, tokens, columns, columns + 2);
                            path.run(|| accumulate(sweep, x, *w, &mut to)).unwrap();
                            for t in 0..tokens {
                                for c in 0..columns {
                                    let exact: f64 =
                                        (0..rows).map(|r| f64::from(x.values[t * stride + r]) * value(r, c)).sum();
                                    let y = f64::from(y[t * (columns + 2) + c]);
                                    let bound = (rows * rows) as f64 * 6e-8 + 1e-7;
                                    assert!((y - exact - 0.5).abs() <= bound, "{what}: {y} at {t}, {c}, {exact}");
                                }
                                assert!(y[t * (columns + 2) + columns..].iter().take(2).all(|&y| y == 0.5), "{what}");
                            }
                        }

                        let mut y = vec![0.5; tokens * (rows + 2)];
                        let vectors = Vectors::of(&x, tokens, columns, stride);
                        path.run(|| dots(vectors, *w, &mut VectorsMut::of(&mut y, tokens, rows, rows + 2))).unwrap();
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
    fn every_row_is_in_one_strip() {
        for (rows, height, streams) in [(0, 8, 4), (3, 8, 4), (17, 8, 0), (23, 8, 4), (64, 16, 4)] {
            let strips: Vec<Strip> = Strip::all(rows, 4, height, streams).collect();
            let mut seen: Vec<usize> =
                strips.iter().flat_map(|s| (0..s.rows).map(|n| s.first + n * s.step).collect::<Vec<_>>()).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..rows).collect::<Vec<_>>(), "{strips:?}");
        }
    }

    /// The output may already be thousands of times larger than a product, as in parts of GPT-2's residual stream.
    #[test]
    fn little_is_added_to_much() {
        let w = stored(&vec![0.1; 300 * 32], Format::F32, 0);
        let w = Rows::new(&w, Format::F32, 300, 32).unwrap();
        let x = vec![0.01; 20 * 300];
        for path in SimdPath::available() {
            let mut y = vec![4096.0; 20 * 32];
            let x = Vectors::of(&x, 20, 300, 300);
            path.run(|| accumulate(Sweep::block(20), x, w, &mut VectorsMut::of(&mut y, 20, 32, 32))).unwrap();
            // Three strips: three roundings of a number below 8192. One by one, each product would be lost.
            assert!(y.iter().all(|&y| (f64::from(y) - 4096.3).abs() < 3.0 * 2.5e-4), "{path:?}: {}", y[0]);
        }
    }
}
