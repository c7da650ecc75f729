use std::{ptr, sync::OnceLock};

use super::{
    SimdPath,
    exp::{EXTRA_BITS, is_direct},
    wide,
};
use crate::kernel::{Exponent, Kernel};

/// The kernels for one instruction set.
///
/// The functions may be called only where the processor has it. [`SimdPath::table`] checks that and is the only way to
/// a table; the contract for the pointers is that of [`kernels`](super::kernels).
pub struct Table {
    pub(super) maximum: unsafe fn(x: *const f32, n: usize) -> f32,
    pub(super) exp_sum: unsafe fn(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>) -> f64,
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
        static TABLE: Table = Table { maximum, exp_sum, scale, log_shift, first_above };
        &TABLE
    }};
}

impl Table {
    /// The fastest that this processor has.
    pub(crate) fn active() -> &'static Table {
        static ACTIVE: OnceLock<&Table> = OnceLock::new();
        ACTIVE.get_or_init(SimdPath::active_table)
    }

    /// What the kernel gives for the maximum itself: the unit of its terms, in which `exp(0)` is exactly 1.
    fn unit(&self, e: Exponent<f32>) -> f64 {
        if is_direct(e) {
            // SAFETY: one value is read and nothing written; whoever has a table has the instructions.
            unsafe { (self.exp_sum)(&raw const e.max, ptr::null_mut(), 1, e) }
        } else {
            2.0_f64.powi(EXTRA_BITS)
        }
    }
}

/// Where to read: `x`, or `out` itself.
fn source(x: Option<&[f32]>, out: &mut [f32]) -> *const f32 {
    match x {
        Some(x) => {
            assert_eq!(x.len(), out.len(), "the caller has checked the lengths");
            x.as_ptr()
        }
        None => out.as_ptr(),
    }
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
        // SAFETY: x is a slice; whoever has a table has the instructions.
        unsafe { (self.maximum)(x.as_ptr(), x.len()) }
    }

    fn exp_sum(self, x: &[f32], e: Exponent<f32>) -> f64 {
        if wide::is_tiny(e.t) {
            return wide::exp_sum(x, e);
        }
        // SAFETY: x is a slice, and nothing is written through a null pointer; whoever has a table has the instructions.
        unsafe { (self.exp_sum)(x.as_ptr(), ptr::null_mut(), x.len(), e) / self.unit(e) }
    }

    fn exp(self, x: Option<&[f32]>, out: &mut [f32], e: Exponent<f32>) -> f64 {
        if wide::is_tiny(e.t) {
            return wide::exp(filled(out, x), e);
        }
        let x = source(x, out);
        // SAFETY: both are slices of one length, the same or apart; whoever has a table has the instructions.
        unsafe { (self.exp_sum)(x, out.as_mut_ptr(), out.len(), e) / self.unit(e) }
    }

    fn normalize(self, out: &mut [f32], e: Exponent<f32>, sum: f64) {
        let mut scale = |factor: f64| {
            // SAFETY: out is a slice; whoever has a table has the instructions.
            unsafe { (self.scale)(out.as_mut_ptr(), out.len(), factor) }
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
        let x = source(x, out);
        // SAFETY: both are slices of one length, the same or apart; whoever has a table has the instructions.
        unsafe { (self.log_shift)(x, out.as_mut_ptr(), out.len(), e, ln_sum as f32) }
    }

    fn first_above(self, x: &[f32], bound: f32) -> Option<usize> {
        // SAFETY: x is a slice; whoever has a table has the instructions.
        let start = unsafe { (self.first_above)(x.as_ptr(), x.len(), bound) };
        let above = |v: &f32| !matches!(v.partial_cmp(&bound), Some(order) if order.is_le());
        x[start..].iter().position(above).map(|index| start + index)
    }
}
