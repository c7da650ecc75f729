//! The kernels, once for every [`Vector`]. All are inlined into a function that enables its instructions.
//!
//! Common safety contract, called *the contract* below: the processor has `V`'s instructions; `n` values can be read
//! at `x` and, where there is an `out`, written there; `x` and `out` are the same address or do not overlap.

use super::vector::{MAX_LANES, Vector};
use crate::{Temperature, kernel::Exponent};

/// `exp` is stored times `2^EXTRA_BITS`, so that what is subnormal in the end is still normal in between, and rounded
/// once. A term is below 2 before, so nothing overflows.
pub(super) const EXTRA_BITS: i32 = 26;

/// Below this, `exp` is less than half the smallest subnormal `f32` (2^-150).
const LOWEST: f32 = -104.0;

/// Up to this maximum, logits are reduced by multiples of `ln 2` directly: see [`Direct`].
const DIRECT_UP_TO: f32 = 2048.0;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts. The first has 9 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding 1.5 · 2^23 rounds to an integer, which then sits in the lowest bits; 127 is the exponent's bias.
const TO_INTEGER: f32 = 12_582_912.0 + 127.0 + EXTRA_BITS as f32;
/// `1 + r + r² q(r)`, of least error relative to `exp(r)` over |r| ≤ ln(2)/2: 4.3e-9 with these coefficients of `q`.
const Q: [f32; 5] = [0.499_999_94, 0.166_665_2, 0.041_668_404, 0.008_368_851, 0.001_381_421_6];

/// Whether [`Direct`] serves.
pub(super) fn is_direct(e: Exponent<f32>) -> bool {
    e.t == Temperature::ONE && e.max.abs() <= DIRECT_UP_TO
}

/// The exponent of the power of two next to `exp(max)`.
pub(super) fn max_exponent(max: f32) -> f32 {
    (max * LOG2_E).round()
}

/// A function from vector to vector.
trait Map<V> {
    fn apply(&self, x: V) -> V;
}

/// Times a factor in two parts, so that the product is rounded about once, and `x · (1 / x)` is 1.
struct Times<V> {
    high: V,
    low: V,
}

impl<V: Vector> Times<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(factor: f64) -> Self {
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
struct ToExponent<V, const SCALED: bool> {
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
    unsafe fn new(e: Exponent<f32>) -> Self {
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
struct Reduced<V> {
    /// `k` in the lowest bits, biased as an exponent.
    integer: V,
    r: V,
    /// Below a bound, `exp` is zero.
    key: V,
}

/// From a logit to its reduced form.
trait Reduce<V> {
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
    unsafe fn new(to_integer: f32) -> Self {
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

    #[inline(always)]
    fn reduce(&self, x: V) -> (V, V) {
        let integer = x.mul_add(self.log2_e, self.to_integer);
        let k = integer.sub(self.to_integer);
        // The first step is exact.
        (integer, k.mul_add(self.minus_low, k.mul_add(self.minus_high, x)))
    }
}

/// For `t = 1` and a maximum that is not huge: the logit itself is reduced, and the maximum subtracted from `k`, as the
/// integer `m` next to `max / ln 2`. That costs nothing and has no rounding error, where `x − max` has one. Terms are
/// then relative to `exp(m ln 2)`, not `exp(max)`; softmax does not mind.
struct Direct<V> {
    ln_2: Ln2<V>,
    lowest: V,
}

impl<V: Vector> Direct<V> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(e: Exponent<f32>) -> Self {
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
struct Compensated<V, const SCALED: bool> {
    exponent: ToExponent<V, SCALED>,
    ln_2: Ln2<V>,
    lowest: V,
}

impl<V: Vector, const SCALED: bool> Compensated<V, SCALED> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(e: Exponent<f32>) -> Self {
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

/// `2^EXTRA_BITS · exp`, relative to the reference of `R`.
struct Exp<V, R> {
    reduce: R,
    one: V,
    q: [V; 5],
}

impl<V: Vector, R> Exp<V, R> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(reduce: R) -> Self {
        // SAFETY: as promised by the caller.
        unsafe {
            let q = [V::splat(Q[0]), V::splat(Q[1]), V::splat(Q[2]), V::splat(Q[3]), V::splat(Q[4])];
            Self { reduce, one: V::splat(1.0), q }
        }
    }
}

impl<V: Vector, R: Reduce<V>> Map<V> for Exp<V, R> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        let Reduced { integer, r, key } = self.reduce.reduce(x);
        let q = self.q[4];
        let q = q.mul_add(r, self.q[3]);
        let q = q.mul_add(r, self.q[2]);
        let q = q.mul_add(r, self.q[1]);
        let q = q.mul_add(r, self.q[0]);
        let exp_r = q.mul_add(r.mul(r), r).add(self.one);
        exp_r.mul(integer.pow2()).zero_below(key, self.reduce.lowest())
    }
}

/// `(x − max) / t − ln_sum`. No part of it cancels another, because both terms are negative or zero.
struct LogShift<V, const SCALED: bool> {
    exponent: ToExponent<V, SCALED>,
    ln_sum: V,
}

impl<V: Vector, const SCALED: bool> Map<V> for LogShift<V, SCALED> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        self.exponent.parts(x).0.sub(self.ln_sum)
    }
}

/// The first `n < V::LANES` lanes from `x`; −∞ in the others, whose `exp` is 0.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn load_part<V: Vector>(x: *const f32, n: usize) -> V {
    let mut lanes = [f32::NEG_INFINITY; MAX_LANES];
    // SAFETY: n values can be read at x, and n < MAX_LANES.
    unsafe {
        std::ptr::copy_nonoverlapping(x, lanes.as_mut_ptr(), n);
        V::load(lanes.as_ptr())
    }
}

/// Writes the first `n < V::LANES` lanes.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn store_part<V: Vector>(v: V, out: *mut f32, n: usize) {
    let mut lanes = [0.0; MAX_LANES];
    // SAFETY: n values can be written at out, and n < MAX_LANES.
    unsafe {
        v.store(lanes.as_mut_ptr());
        std::ptr::copy_nonoverlapping(lanes.as_ptr(), out, n);
    }
}

/// `Σ map(x)`; also stores `map(x)` at `out` if `STORE`.
///
/// Four vectors are added in `f32`, their sums in `f64`: two roundings of 6e-8 at most, whatever `n` is. The order
/// depends on `n` alone, so the result does not depend on where the values lie.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn map_sum<V: Vector, const STORE: bool>(x: *const f32, out: *mut f32, n: usize, map: &impl Map<V>) -> f64 {
    // SAFETY: every address is below x + n or out + n.
    unsafe {
        let mut sum = V::wide_zero();
        let mut i = 0;
        while i + 4 * V::LANES <= n {
            let y0 = map.apply(V::load(x.add(i)));
            let y1 = map.apply(V::load(x.add(i + V::LANES)));
            let y2 = map.apply(V::load(x.add(i + 2 * V::LANES)));
            let y3 = map.apply(V::load(x.add(i + 3 * V::LANES)));
            if STORE {
                y0.store(out.add(i));
                y1.store(out.add(i + V::LANES));
                y2.store(out.add(i + 2 * V::LANES));
                y3.store(out.add(i + 3 * V::LANES));
            }
            sum = y0.add(y1).add(y2.add(y3)).add_to(sum);
            i += 4 * V::LANES;
        }
        while i + V::LANES <= n {
            let y = map.apply(V::load(x.add(i)));
            if STORE {
                y.store(out.add(i));
            }
            sum = y.add_to(sum);
            i += V::LANES;
        }
        if i < n {
            let y = map.apply(load_part(x.add(i), n - i));
            if STORE {
                store_part(y, out.add(i), n - i);
            }
            sum = y.add_to(sum);
        }
        V::wide_sum(sum)
    }
}

/// Stores `map(x)` at `out`.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn map<V: Vector>(x: *const f32, out: *mut f32, n: usize, map: &impl Map<V>) {
    // SAFETY: every address is below x + n or out + n.
    unsafe {
        // Values up to the first whole register in memory: aligned stores never touch two cache lines.
        let mut i = out.align_offset(V::LANES * size_of::<f32>()).min(n);
        if i > 0 {
            store_part(map.apply(load_part(x, i)), out, i);
        }
        while i + V::LANES <= n {
            map.apply(V::load(x.add(i))).store(out.add(i));
            i += V::LANES;
        }
        if i < n {
            store_part(map.apply(load_part(x.add(i), n - i)), out.add(i), n - i);
        }
    }
}

/// The largest value, or −∞; what NaN gives is unspecified.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn maximum<V: Vector>(x: *const f32, n: usize) -> f32 {
    // SAFETY: every address is below x + n.
    unsafe {
        let mut max = [V::splat(f32::NEG_INFINITY); 4];
        let mut i = 0;
        while i + 4 * V::LANES <= n {
            for (part, max) in max.iter_mut().enumerate() {
                *max = V::load(x.add(i + part * V::LANES)).max(*max);
            }
            i += 4 * V::LANES;
        }
        while i + V::LANES <= n {
            max[0] = V::load(x.add(i)).max(max[0]);
            i += V::LANES;
        }
        if i < n {
            max[1] = load_part::<V>(x.add(i), n - i).max(max[1]);
        }
        let max = max[0].max(max[1]).max(max[2].max(max[3]));
        let mut lanes = [f32::NEG_INFINITY; MAX_LANES];
        max.store(lanes.as_mut_ptr());
        lanes.into_iter().fold(f32::NEG_INFINITY, |max, v| if v > max { v } else { max })
    }
}

/// `Σ exp`, times `2^EXTRA_BITS` and relative to the reference; the terms are stored at `out` unless it is null.
///
/// # Safety
/// The contract, if `out` is not null.
#[inline(always)]
pub(super) unsafe fn exp_sum<V: Vector>(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>) -> f64 {
    // SAFETY: as promised by the caller.
    unsafe {
        if is_direct(e) {
            store_sum(x, out, n, &Exp::<V, _>::new(Direct::new(e)))
        } else if e.t == Temperature::ONE {
            store_sum(x, out, n, &Exp::<V, _>::new(Compensated::<V, false>::new(e)))
        } else {
            store_sum(x, out, n, &Exp::<V, _>::new(Compensated::<V, true>::new(e)))
        }
    }
}

/// [`map_sum`], storing unless `out` is null.
///
/// # Safety
/// The contract, if `out` is not null.
#[inline(always)]
unsafe fn store_sum<V: Vector>(x: *const f32, out: *mut f32, n: usize, map: &impl Map<V>) -> f64 {
    // SAFETY: as promised by the caller.
    unsafe { if out.is_null() { map_sum::<V, false>(x, out, n, map) } else { map_sum::<V, true>(x, out, n, map) } }
}

/// `factor · out`, in place.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn scale<V: Vector>(out: *mut f32, n: usize, factor: f64) {
    // SAFETY: as promised by the caller.
    unsafe { map(out, out, n, &Times::<V>::new(factor)) }
}

/// `e − ln_sum` into `out`.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn log_shift<V: Vector>(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>, ln_sum: f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let ln_sum = V::splat(ln_sum);
        if e.t == Temperature::ONE {
            map(x, out, n, &LogShift { exponent: ToExponent::<V, false>::new(e), ln_sum });
        } else {
            map(x, out, n, &LogShift { exponent: ToExponent::<V, true>::new(e), ln_sum });
        }
    }
}

/// Where the first register starts with a value that is greater than `bound`, or NaN; the last, incomplete one counts
/// as if it had such a value.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn first_above<V: Vector>(x: *const f32, n: usize, bound: f32) -> usize {
    // SAFETY: every address is below x + n.
    unsafe {
        let bound = V::splat(bound);
        let mut i = 0;
        while i + V::LANES <= n {
            if V::load(x.add(i)).any_above(bound) {
                return i;
            }
            i += V::LANES;
        }
        i
    }
}
