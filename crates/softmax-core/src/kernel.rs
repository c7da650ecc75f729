//! The steps of softmax and related functions, and these functions.
//!
//! [`Kernel`] is implemented twice: for `f32` by a table of SIMD functions, for `f64` in portable code. Slices are
//! never empty here, and `x` and `out` have equal lengths; the public functions have checked that.

use crate::{Element, Temperature};

/// From a logit to its exponent: `(x − max) / t`, which is never positive.
///
/// The maximum is subtracted first, so that no quotient overflows that softmax does not need.
#[derive(Clone, Copy)]
pub struct Exponent<T> {
    pub(crate) max: T,
    pub(crate) t: Temperature,
}

/// The steps. If `x` is `None`, the input is in `out`.
///
/// A NaN or +∞ among the logits, or nothing but −∞, makes a sum NaN, and a NaN sum makes every result NaN.
pub trait Kernel<T: Element>: Copy + Send + Sync {
    /// The largest value, or −∞; NaN is ignored.
    fn maximum(self, x: &[T]) -> T;

    /// `Σ exp(e)`.
    fn exp_sum(self, x: &[T], e: Exponent<T>) -> f64;

    /// [`max_exp_sum`] in one pass, if the kernel has a faster way than two.
    fn max_exp_sum_at_once(self, _x: &[T], _t: Temperature) -> Option<(T, f64)> {
        None
    }

    /// `exp(e)` into `out`, in a unit of the kernel's choice; returns `Σ exp(e)`.
    fn exp(self, x: Option<&[T]>, out: &mut [T], e: Exponent<T>) -> f64;

    /// Turns what `exp` stored into `exp(e) / sum`.
    fn normalize(self, out: &mut [T], e: Exponent<T>, sum: f64);

    /// `e − ln_sum` into `out`.
    fn log_shift(self, x: Option<&[T]>, out: &mut [T], e: Exponent<T>, ln_sum: f64);

    /// Index of the first value that is greater than `bound` or NaN; 0 if `bound` is NaN.
    fn first_above(self, x: &[T], bound: T) -> Option<usize>;
}

pub(crate) fn softmax<T: Element>(kernel: impl Kernel<T>, x: Option<&[T]>, out: &mut [T], t: Temperature) {
    let max = kernel.maximum(x.unwrap_or(out));
    let e = Exponent { max, t };
    let sum = kernel.exp(x, out, e);
    kernel.normalize(out, e, sum);
}

/// Values per step of [`softmax_online`]: few enough to stay in the L1 cache between two passes.
const ONLINE_BLOCK: usize = 2048;

/// Milakov and Gimelshein's online softmax (arXiv:1805.02867), block by block: each block is normalised by the largest
/// logit so far, and the sum so far is corrected whenever that grows. The input is not needed again: what is left is
/// to correct each block of the output by the growth since.
pub(crate) fn softmax_online<T: Element>(kernel: impl Kernel<T>, x: &[T], out: &mut [T], t: Temperature) {
    // The exponent that takes a sum relative to `from` to one relative to `to`; 0 if both are infinite alike.
    let growth = |from: T, to: T| {
        let (from, to) = (from.to_f64(), to.to_f64());
        let difference = from - to;
        if from == to {
            1.0
        } else if difference.is_finite() {
            (difference / t.value()).exp()
        } else {
            // Halves of numbers whose difference is beyond the type are exact.
            ((0.5 * from - 0.5 * to) / t.value() * 2.0).exp()
        }
    };
    let mut max = T::from_f64(f64::NEG_INFINITY);
    let mut sum = 0.0;
    let mut max_at_block = Vec::with_capacity(x.len().div_ceil(ONLINE_BLOCK));
    for (x, out) in x.chunks(ONLINE_BLOCK).zip(out.chunks_mut(ONLINE_BLOCK)) {
        let block_max = kernel.maximum(x);
        if block_max > max {
            sum *= growth(max, block_max);
            max = block_max;
        }
        if max.to_f64() == f64::NEG_INFINITY && kernel.first_above(x, max).is_none() {
            // Only −∞ so far: no terms yet.
            out.fill(T::default());
        } else {
            sum += kernel.exp(Some(x), out, Exponent { max, t });
        }
        max_at_block.push(max);
    }
    if max.to_f64() == f64::NEG_INFINITY {
        sum = f64::NAN;
    }
    for (out, &then) in out.chunks_mut(ONLINE_BLOCK).zip(&max_at_block) {
        kernel.normalize(out, Exponent { max: then, t }, sum / growth(then, max));
    }
}

/// The maximum, and `Σ exp((x − max) / t)`.
fn max_exp_sum<T: Element>(kernel: impl Kernel<T>, x: &[T], t: Temperature) -> (T, f64) {
    kernel.max_exp_sum_at_once(x, t).unwrap_or_else(|| {
        let max = kernel.maximum(x);
        (max, kernel.exp_sum(x, Exponent { max, t }))
    })
}

pub(crate) fn log_softmax<T: Element>(kernel: impl Kernel<T>, x: Option<&[T]>, out: &mut [T], t: Temperature) {
    let (max, sum) = max_exp_sum(kernel, x.unwrap_or(out), t);
    kernel.log_shift(x, out, Exponent { max, t }, sum.ln());
}

pub(crate) fn logsumexp<T: Element>(kernel: impl Kernel<T>, x: &[T], t: Temperature) -> T {
    let (max, sum) = max_exp_sum(kernel, x, t);
    if max.to_f64().is_infinite() {
        let any_nan = x.iter().any(|v| v.to_f64().is_nan());
        return if any_nan { T::from_f64(f64::NAN) } else { max };
    }
    T::from_f64(max.to_f64() / t.value() + sum.ln())
}

/// Values per step of [`argmax`].
const ARGMAX_BLOCK: usize = 4096;

pub(crate) fn argmax<T: Element>(kernel: impl Kernel<T>, x: &[T]) -> usize {
    let mut best = T::from_f64(f64::NEG_INFINITY);
    let mut best_block = 0;
    for (block, x) in x.chunks(ARGMAX_BLOCK).enumerate() {
        let max = kernel.maximum(x);
        // Only a NaN is above the maximum.
        if let Some(index) = kernel.first_above(x, max) {
            return block * ARGMAX_BLOCK + index;
        }
        if max > best {
            best = max;
            best_block = block;
        }
    }
    let start = best_block * ARGMAX_BLOCK;
    start + x[start..].iter().position(|&v| v == best).unwrap_or(0)
}
