use std::ptr;

use super::{
    SimdPath,
    exp::{DIRECT_UP_TO, EXTRA_BITS, HEADROOM, is_direct, max_exponent},
    wide,
};
use crate::{
    Temperature,
    kernel::{Exponent, Kernel},
};

/// Logits of which the largest is the first reference of [`Table::max_exp_sum_direct`].
const FIRST_LOOK: usize = 256;
/// Logits that it sums before it looks whether their maximum was too far above the reference.
const SUM_BLOCK: usize = 8192;

/// The kernels for one instruction set.
///
/// The functions may be called only where the processor has it. [`SimdPath::table`] checks that and is the only way to
/// a table; the contract for the pointers is that of [`kernels`](super::kernels).
pub struct Table {
    pub(super) maximum: unsafe fn(x: *const f32, n: usize) -> f32,
    pub(super) exp_sum: unsafe fn(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>) -> f64,
    pub(super) max_term_sum: unsafe fn(x: *const f32, n: usize, reference: f32) -> (f32, f64),
    pub(super) scale: unsafe fn(out: *mut f32, n: usize, factor: f64),
    pub(super) log_shift: unsafe fn(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>, ln_sum: f32),
    pub(super) first_above: unsafe fn(x: *const f32, n: usize, bound: f32) -> usize,
}

/// A table of the kernels for a vector type, compiled with its instructions.
macro_rules! table {
    ($vector:ty $(, $feature:literal)?) => {{
        use $crate::kernel::Exponent;
        use $crate::simd::{kernels, table::Table};

        // SAFETY, of all: the kernel's own contract, passed on. The processor has the feature where a table is used.
        $(#[target_feature(enable = $feature)])?
        unsafe fn maximum(x: *const f32, n: usize) -> f32 {
            unsafe { kernels::maximum::<$vector>(x, n) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn exp_sum(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>) -> f64 {
            unsafe { kernels::exp_sum::<$vector>(x, out, n, e) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn max_term_sum(x: *const f32, n: usize, reference: f32) -> (f32, f64) {
            unsafe { kernels::max_term_sum::<$vector>(x, n, reference) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn scale(out: *mut f32, n: usize, factor: f64) {
            unsafe { kernels::scale::<$vector>(out, n, factor) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn log_shift(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>, ln_sum: f32) {
            unsafe { kernels::log_shift::<$vector>(x, out, n, e, ln_sum) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn first_above(x: *const f32, n: usize, bound: f32) -> usize {
            unsafe { kernels::first_above::<$vector>(x, n, bound) }
        }
        static TABLE: Table = Table { maximum, exp_sum, max_term_sum, scale, log_shift, first_above };
        &TABLE
    }};
}

impl Table {
    /// That of the active path.
    pub(crate) fn active() -> &'static Table {
        SimdPath::active_table()
    }

    /// The kernel's result for the maximum: the unit of its terms, in which `exp(0)` is exactly 1.
    fn unit(&self, e: Exponent<f32>) -> f64 {
        if is_direct(e) {
            // SAFETY: one value is read and nothing written; a table exists only if the CPU has its instructions.
            unsafe { (self.exp_sum)(&raw const e.max, ptr::null_mut(), 1, e) }
        } else {
            2.0_f64.powi(EXTRA_BITS)
        }
    }

    /// Maximum and `Σ exp(x − max)` in one pass, for a maximum that is not huge.
    ///
    /// A sum in `f64` need not be relative to the maximum itself: the largest of the first logits serves, as long as no
    /// later one is so much larger that its term overflows. If one is, it is the new reference, and its block is summed
    /// again.
    fn max_exp_sum_direct(&self, x: &[f32]) -> Option<(f32, f64)> {
        let direct = |reference: f32| reference.abs() <= DIRECT_UP_TO;
        // SAFETY, of both: x is a slice; a table exists only if the CPU has its instructions.
        let maximum = |x: &[f32]| unsafe { (self.maximum)(x.as_ptr(), x.len()) };
        let term_sum = |x: &[f32], reference| unsafe { (self.max_term_sum)(x.as_ptr(), x.len(), reference) };
        let mut reference = maximum(&x[..FIRST_LOOK.min(x.len())]);
        if !direct(reference) {
            return None;
        }
        let (mut max, mut sum) = (f32::NEG_INFINITY, 0.0);
        for block in x.chunks(SUM_BLOCK) {
            let (block_max, mut block_sum) = term_sum(block, reference);
            if block_max > reference + HEADROOM {
                if !direct(block_max) {
                    return None;
                }
                sum *= f64::from(max_exponent(reference) - max_exponent(block_max)).exp2();
                reference = block_max;
                (_, block_sum) = term_sum(block, reference);
            }
            max = max.max(block_max);
            sum += block_sum;
        }
        // The maximum's own term: the unit, so that no sum is below 1.
        let (_, unit) = term_sum(&[max], reference);
        Some((max, sum / unit))
    }
}

/// Where to read, `x` or else `out` itself, where to write, and how many values.
///
/// In place, both pointers come from one mutable borrow: a second borrow would end the first.
fn pointers(x: Option<&[f32]>, out: &mut [f32]) -> (*const f32, *mut f32, usize) {
    let n = out.len();
    let to = out.as_mut_ptr();
    let from = x.map_or(to.cast_const(), |x| {
        assert_eq!(x.len(), n, "the caller has checked the lengths");
        x.as_ptr()
    });
    (from, to, n)
}

/// `out` with the logits in it.
fn filled<'a>(out: &'a mut [f32], x: Option<&[f32]>) -> &'a mut [f32] {
    if let Some(x) = x {
        out.copy_from_slice(x);
    }
    out
}

impl Kernel<f32> for &'static Table {
    fn maximum(self, x: &[f32]) -> f32 {
        // SAFETY: x is a slice; a table exists only if the CPU has its instructions.
        unsafe { (self.maximum)(x.as_ptr(), x.len()) }
    }

    fn exp_sum(self, x: &[f32], e: Exponent<f32>) -> f64 {
        if wide::is_tiny(e.t) {
            return wide::exp_sum(x, e);
        }
        // SAFETY: x is a slice, and nothing is written through a null pointer; a table exists only if the CPU has its
        // instructions.
        unsafe { (self.exp_sum)(x.as_ptr(), ptr::null_mut(), x.len(), e) / self.unit(e) }
    }

    fn max_exp_sum_at_once(self, x: &[f32], t: Temperature) -> Option<(f32, f64)> {
        if t == Temperature::ONE { self.max_exp_sum_direct(x) } else { None }
    }

    fn exp(self, x: Option<&[f32]>, out: &mut [f32], e: Exponent<f32>) -> f64 {
        if wide::is_tiny(e.t) {
            return wide::exp(filled(out, x), e);
        }
        let (from, to, n) = pointers(x, out);
        // SAFETY: both are slices of n values, the same or apart; a table exists only if the CPU has its instructions.
        unsafe { (self.exp_sum)(from, to, n, e) / self.unit(e) }
    }

    fn normalize(self, out: &mut [f32], e: Exponent<f32>, sum: f64) {
        let (_, to, n) = pointers(None, out);
        let scale = |factor: f64| {
            // SAFETY: out is a slice of n values; a table exists only if the CPU has its instructions.
            unsafe { (self.scale)(to, n, factor) }
        };
        let factor = 1.0 / (sum * self.unit(e));
        // A factor whose parts are subnormal has few bits, but its products may be normal: take it in two steps.
        if factor < 2.0_f64.powi(-100) {
            scale(factor * 2.0_f64.powi(64));
            scale(2.0_f64.powi(-64));
        } else {
            scale(factor);
        }
    }

    fn log_shift(self, x: Option<&[f32]>, out: &mut [f32], e: Exponent<f32>, ln_sum: f64) {
        if wide::is_tiny(e.t) {
            return wide::log_shift(filled(out, x), e, ln_sum);
        }
        let (from, to, n) = pointers(x, out);
        // SAFETY: both are slices of n values, the same or apart; a table exists only if the CPU has its instructions.
        unsafe { (self.log_shift)(from, to, n, e, ln_sum as f32) }
    }

    fn first_above(self, x: &[f32], bound: f32) -> Option<usize> {
        // SAFETY: x is a slice; a table exists only if the CPU has its instructions.
        let start = unsafe { (self.first_above)(x.as_ptr(), x.len(), bound) };
        let above = |v: &f32| !matches!(v.partial_cmp(&bound), Some(order) if order.is_le());
        x[start..].iter().position(above).map(|index| start + index)
    }
}
