//! The formulas, lane by lane: `exp` and what is done with an exponent, once for every [`Vector`].

use super::vector::Vector;
use crate::{Temperature, kernel::Exponent};

/// `exp` is stored times `2^EXTRA_BITS`, so that what is subnormal in the end is still normal in between, and rounded
/// once. A term is below 2 before, so nothing overflows.
pub(super) const EXTRA_BITS: i32 = 26;

/// Below this, `exp` is less than half the smallest subnormal `f32` (2^-150).
const LOWEST: f32 = -104.0;

/// Up to this maximum, logits are reduced by multiples of `ln 2` directly: see [`Direct`].
pub(super) const DIRECT_UP_TO: f32 = 2048.0;

/// A [`Term`] may be this far above its reference: `exp(64)` is 2^92, and many of them are finite.
pub(super) const HEADROOM: f32 = 64.0;
/// A [`Term`] further below its reference is raised to this: none is subnormal, and 10^9 such terms are negligible.
const FLOOR: f32 = -80.0;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts. The first has 9 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding 1.5 · 2^23 rounds to an integer, which then sits in the lowest bits; 127 is the exponent's bias.
const TO_BIASED: f32 = 12_582_912.0 + 127.0;
const TO_INTEGER: f32 = TO_BIASED + EXTRA_BITS as f32;
/// `1 + r + r² q(r)`, of least error relative to `exp(r)` over |r| ≤ ln(2)/2: 4.3e-9 with these coefficients of `q`.
const Q: [f32; 5] = [0.499_999_94, 0.166_665_2, 0.041_668_404, 0.008_368_851, 0.001_381_421_6];

/// Whether [`Direct`] can be used.
pub(super) fn is_direct(e: Exponent<f32>) -> bool {
    e.t == Temperature::ONE && e.max.abs() <= DIRECT_UP_TO
}

/// The exponent of the power of two next to `exp(max)`.
pub(super) fn max_exponent(max: f32) -> f32 {
    (max * LOG2_E).round()
}

/// A function from vector to vector.
pub(super) trait Map<V> {
    fn apply(&self, x: V) -> V;
}

/// Times a factor in two parts, so that the product is rounded about once, and `x · (1 / x)` is 1.
pub(super) struct Times<V> {
    high: V,
    low: V,
}

impl<V: Vector> Times<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(factor: f64) -> Self {
        let high = factor as f32;
        // SAFETY: as promised by the caller.
        unsafe { Self { high: V::splat(high), low: V::splat((factor - f64::from(high)) as f32) } }
    }
}

impl<V: Vector> Map<V> for Times<V> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        x.fused(self.high, x.mul(self.low))
    }
}

/// From a logit to its exponent `(x − max) / t`; `SCALED` is false for `t = 1`.
///
/// If `SCALED`, logits are taken times a small power of two, because their difference may be too large for `f32`.
pub(super) struct ToExponent<V, const SCALED: bool> {
    max: V,
    down: V,
    /// `1 / (t · down)` in two parts.
    scale: V,
    minus_scale: V,
    scale_low: V,
}

impl<V: Vector, const SCALED: bool> ToExponent<V, SCALED> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(e: Exponent<f32>) -> Self {
        let t = e.t.value();
        let down = if !SCALED {
            1.0
        } else if t > 1.0 {
            // Small logits do not matter then, and the scale stays normal for every t that does not make all equal.
            2.0_f32.powi(-64)
        } else {
            0.5
        };
        let scale = 1.0 / (t * f64::from(down));
        // Kept finite and normal: 0 · ∞ would be NaN where 0 (the maximum) or −∞ (a logit of −∞) is right.
        let high = (scale as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
        let low = (scale - f64::from(high)) as f32;
        let low = if low.abs() < high { low } else { 0.0 };
        // SAFETY: as promised by the caller.
        unsafe {
            Self {
                max: V::splat(down * e.max),
                down: V::splat(down),
                scale: V::splat(high),
                minus_scale: V::splat(-high),
                scale_low: V::splat(low),
            }
        }
    }

    /// The exponent and its rounding error.
    ///
    /// The error matters: an exponent of −80 is rounded by up to 4e-6, and so is its `exp`, relatively.
    #[inline(always)]
    fn parts(&self, x: V) -> (V, V) {
        let x = if SCALED { x.mul(self.down) } else { x };
        // Knuth's TwoSum of x and −max.
        let d = x.sub(self.max);
        let back = d.sub(x);
        let error = x.sub(d.sub(back)).sub(self.max.add(back));
        if !SCALED {
            return (d, error);
        }
        let e = d.mul(self.scale);
        let minus_product_error = d.fused(self.minus_scale, e);
        (e, error.mul_add(self.scale, d.mul(self.scale_low)).sub(minus_product_error))
    }
}

/// A logit as `k ln 2 + r`, |r| ≤ ln(2)/2, relative to a reference.
pub(super) struct Reduced<V> {
    /// `k` in the lowest bits, biased as an exponent.
    integer: V,
    r: V,
    /// Below a bound, `exp` is zero.
    key: V,
}

/// From a logit to its reduced form.
pub(super) trait Reduce<V> {
    fn reduce(&self, x: V) -> Reduced<V>;

    /// The bound for the key.
    fn lowest(&self) -> V;
}

/// Cody and Waite's constants.
struct Ln2<V> {
    log2_e: V,
    to_integer: V,
    minus_high: V,
    minus_low: V,
}

impl<V: Vector> Ln2<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(to_integer: f32) -> Self {
        // SAFETY: as promised by the caller.
        unsafe {
            Self {
                log2_e: V::splat(LOG2_E),
                to_integer: V::splat(to_integer),
                minus_high: V::splat(-LN_2_HIGH),
                minus_low: V::splat(-LN_2_LOW),
            }
        }
    }

    /// `k`, in the lowest bits and as a number.
    #[inline(always)]
    fn integer(&self, x: V) -> (V, V) {
        let integer = x.mul_add(self.log2_e, self.to_integer);
        (integer, integer.sub(self.to_integer))
    }

    #[inline(always)]
    fn reduce(&self, x: V) -> (V, V) {
        let (integer, k) = self.integer(x);
        // The first step is exact.
        (integer, k.mul_add(self.minus_low, k.mul_add(self.minus_high, x)))
    }
}

/// For `t = 1` and a maximum that is not huge: the logit itself is reduced, and the maximum subtracted from `k`, as the
/// integer `m` next to `max / ln 2`. That costs nothing and has no rounding error, where `x − max` has one. Terms are
/// then relative to `exp(m ln 2)`, not `exp(max)`; softmax does not mind.
pub(super) struct Direct<V> {
    ln_2: Ln2<V>,
    lowest: V,
}

impl<V: Vector> Direct<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(e: Exponent<f32>) -> Self {
        // SAFETY: as promised by the caller.
        unsafe { Self { ln_2: Ln2::new(TO_INTEGER - max_exponent(e.max)), lowest: V::splat(e.max + LOWEST) } }
    }
}

impl<V: Vector> Reduce<V> for Direct<V> {
    #[inline(always)]
    fn reduce(&self, x: V) -> Reduced<V> {
        let (integer, r) = self.ln_2.reduce(x);
        Reduced { integer, r, key: x }
    }

    #[inline(always)]
    fn lowest(&self) -> V {
        self.lowest
    }
}

/// For any maximum and temperature: the exponent is made first and its rounding error carried along.
pub(super) struct Compensated<V, const SCALED: bool> {
    exponent: ToExponent<V, SCALED>,
    ln_2: Ln2<V>,
    lowest: V,
}

impl<V: Vector, const SCALED: bool> Compensated<V, SCALED> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(e: Exponent<f32>) -> Self {
        // SAFETY: as promised by the caller.
        unsafe { Self { exponent: ToExponent::new(e), ln_2: Ln2::new(TO_INTEGER), lowest: V::splat(LOWEST) } }
    }
}

impl<V: Vector, const SCALED: bool> Reduce<V> for Compensated<V, SCALED> {
    #[inline(always)]
    fn reduce(&self, x: V) -> Reduced<V> {
        let (e, error) = self.exponent.parts(x);
        let (integer, r) = self.ln_2.reduce(e);
        Reduced { integer, r: r.add(error), key: e }
    }

    #[inline(always)]
    fn lowest(&self) -> V {
        self.lowest
    }
}

/// `exp` of what is left of a logit: `1 + r + r² q(r)`.
struct Polynomial<V> {
    one: V,
    q: [V; 5],
}

impl<V: Vector> Polynomial<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new() -> Self {
        // SAFETY: as promised by the caller.
        unsafe {
            let q = [V::splat(Q[0]), V::splat(Q[1]), V::splat(Q[2]), V::splat(Q[3]), V::splat(Q[4])];
            Self { one: V::splat(1.0), q }
        }
    }

    #[inline(always)]
    fn at(&self, r: V) -> V {
        let q = self.q[4];
        let q = q.mul_add(r, self.q[3]);
        let q = q.mul_add(r, self.q[2]);
        let q = q.mul_add(r, self.q[1]);
        let q = q.mul_add(r, self.q[0]);
        q.mul_add(r, self.one).mul_add(r, self.one)
    }
}

/// `2^EXTRA_BITS · exp`, relative to the reference of `R`.
pub(super) struct Exp<V, R> {
    reduce: R,
    polynomial: Polynomial<V>,
}

impl<V: Vector, R> Exp<V, R> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(reduce: R) -> Self {
        // SAFETY: as promised by the caller.
        Self { reduce, polynomial: unsafe { Polynomial::new() } }
    }
}

impl<V: Vector, R: Reduce<V>> Map<V> for Exp<V, R> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        let Reduced { integer, r, key } = self.reduce.reduce(x);
        self.polynomial.at(r).mul(integer.pow2()).zero_below(key, self.reduce.lowest())
    }
}

/// A term of a sum at `t = 1`, relative to `exp(m ln 2)`, `m` the integer next to a reference by `ln 2`; logits are not
/// more than [`HEADROOM`] above that.
///
/// As [`Direct`], but cheaper, since a sum does not see what is far below its largest term: that is lifted to the
/// [`FLOOR`], where no lane has to be blanked, and `ln 2` is one number where the product with it is not rounded. It is
/// off by 1.9e-9, so a term is by that times `k`, all in one direction: relative to the largest, by 2e-9 per factor of
/// two that a term is less.
pub(super) struct Term<V> {
    floor: V,
    ln_2: Ln2<V>,
    minus_ln_2: V,
    polynomial: Polynomial<V>,
}

impl<V: Vector> Term<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn new(reference: f32) -> Self {
        // SAFETY: as promised by the caller.
        unsafe {
            Self {
                floor: V::splat(reference + FLOOR),
                ln_2: Ln2::new(TO_BIASED - max_exponent(reference)),
                minus_ln_2: V::splat(-std::f32::consts::LN_2),
                polynomial: Polynomial::new(),
            }
        }
    }
}

impl<V: Vector> Map<V> for Term<V> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        // In this order NaN stays NaN.
        let x = self.floor.max(x);
        let (integer, r) = if V::FUSES {
            let (integer, k) = self.ln_2.integer(x);
            (integer, k.mul_add(self.minus_ln_2, x))
        } else {
            self.ln_2.reduce(x)
        };
        self.polynomial.at(r).mul(integer.pow2())
    }
}

/// `(x − max) / t − ln_sum`. No part of it cancels another, because both terms are negative or zero.
pub(super) struct LogShift<V, const SCALED: bool> {
    pub(super) exponent: ToExponent<V, SCALED>,
    pub(super) ln_sum: V,
}

impl<V: Vector, const SCALED: bool> Map<V> for LogShift<V, SCALED> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        self.exponent.parts(x).0.sub(self.ln_sum)
    }
}
