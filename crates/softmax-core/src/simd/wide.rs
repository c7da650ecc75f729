//! Temperatures whose reciprocal is next to the end of `f32`, or beyond it: the exponent in `f64`, value by value.
//!
//! Speed does not matter there. In SIMD, logits would need two scales, since `1 / t` overflows.

use super::exp::EXTRA_BITS;
use crate::{Temperature, kernel::Exponent};

/// Whether the temperature is for this module: below 2⁻⁶⁴, where subnormal logits begin to matter too.
pub(super) fn is_tiny(t: Temperature) -> bool {
    t.value() < 2.0_f64.powi(-64)
}

/// From a logit to its exponent. The difference has a relative rounding error of 2⁻⁵³, and so has the quotient.
fn exponent(e: Exponent<f32>) -> impl Fn(f32) -> f64 {
    let (max, t) = (f64::from(e.max), e.t.value());
    move |x| (f64::from(x) - max) / t
}

/// `Σ exp(e)`.
pub(super) fn exp_sum(x: &[f32], e: Exponent<f32>) -> f64 {
    let exponent = exponent(e);
    x.iter().map(|&x| exponent(x).exp()).sum()
}

/// `2^EXTRA_BITS · exp(e)`, in place; returns `Σ exp(e)`.
pub(super) fn exp(out: &mut [f32], e: Exponent<f32>) -> f64 {
    let (exponent, unit) = (exponent(e), 2.0_f64.powi(EXTRA_BITS));
    let mut sum = 0.0;
    for v in out {
        let y = exponent(*v).exp();
        sum += y;
        *v = (unit * y) as f32;
    }
    sum
}

/// `e − ln_sum`, in place.
pub(super) fn log_shift(out: &mut [f32], e: Exponent<f32>, ln_sum: f64) {
    let exponent = exponent(e);
    for v in out {
        *v = (exponent(*v) - ln_sum) as f32;
    }
}
