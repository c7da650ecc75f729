//! The kernels, once for every [`Vector`]. All are inlined into a function that enables its instructions.
//!
//! Common safety contract, called *the contract* below: the processor has `V`'s instructions; `n` values can be read
//! at `x` and, where there is an `out`, written there; `x` and `out` are the same address or do not overlap.

use super::vector::{MAX_LANES, Vector};
use crate::{Temperature, kernel::Exponent};

/// `exp` is stored times `2^EXTRA_BITS`, so that what is subnormal in the end is still normal in between, and rounded
/// once. A term is at most 1 before, so nothing overflows.
pub(super) const EXTRA_BITS: i32 = 24;

/// Below this, `exp` is less than half the smallest subnormal `f32` (2^-150).
const LOWEST: f32 = -104.0;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts. The first has 9 bits, so that its product with an exponent is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Adding 1.5 · 2^23 rounds to an integer, which then sits in the lowest bits; 127 is the exponent's bias.
const TO_INTEGER: f32 = 12_582_912.0 + 127.0 + EXTRA_BITS as f32;
/// `q` in `exp(r) ≈ 1 + r + r² q(r)`, of least relative error over |r| ≤ ln(2)/2: 4.3e-9 with these coefficients.
const Q: [f32; 5] = [0.499_999_94, 0.166_665_2, 0.041_668_404, 0.008_368_851, 0.001_381_421_6];

/// A function from vector to vector.
trait Map<V> {
    fn apply(&self, x: V) -> V;
}

struct Times<V>(V);

impl<V: Vector> Map<V> for Times<V> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        x.mul(self.0)
    }
}

/// From a logit to its exponent `(x − max) / t`; `SCALED` is false for `t = 1`.
struct ToExponent<V, const SCALED: bool> {
    max: V,
    half: V,
    /// `2 / t` in two parts, used if `SCALED`. Logits are halved then: their difference may be too large for `f32`.
    scale: V,
    scale_low: V,
}

impl<V: Vector, const SCALED: bool> ToExponent<V, SCALED> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(e: Exponent<f32>) -> Self {
        let scale = 2.0 / e.t.value();
        // Kept finite and normal: 0 · ∞ would be NaN where 0 (the maximum) or −∞ (a logit of −∞) is right.
        let high = (scale as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
        let low = (scale - f64::from(high)) as f32;
        let low = if low.abs() < high { low } else { 0.0 };
        let max = if SCALED { 0.5 * e.max } else { e.max };
        // SAFETY: as promised by the caller.
        unsafe { Self { max: V::splat(max), half: V::splat(0.5), scale: V::splat(high), scale_low: V::splat(low) } }
    }

    /// The exponent and its rounding error.
    ///
    /// The error matters: an exponent of −80 is rounded by up to 4e-6, and so is its `exp`, relatively.
    #[inline(always)]
    fn parts(&self, x: V) -> (V, V) {
        let x = if SCALED { x.mul(self.half) } else { x };
        // Knuth's TwoSum of x and −max.
        let d = x.sub(self.max);
        let back = d.sub(x);
        let error = x.sub(d.sub(back)).sub(self.max.add(back));
        if !SCALED {
            return (d, error);
        }
        let e = d.mul(self.scale);
        let product_error = d.product_error(self.scale, e);
        (e, product_error.add(error.mul_add(self.scale, d.mul(self.scale_low))))
    }
}

/// `2^EXTRA_BITS · exp((x − max) / t)`.
struct Exp<V, const SCALED: bool> {
    exponent: ToExponent<V, SCALED>,
    lowest: V,
    log2_e: V,
    to_integer: V,
    minus_ln_2_high: V,
    minus_ln_2_low: V,
    one: V,
    q: [V; 5],
}

impl<V: Vector, const SCALED: bool> Exp<V, SCALED> {
    /// # Safety
    /// The processor has `V`'s instructions.
    #[inline(always)]
    unsafe fn new(e: Exponent<f32>) -> Self {
        // SAFETY: as promised by the caller.
        unsafe {
            Self {
                exponent: ToExponent::new(e),
                lowest: V::splat(LOWEST),
                log2_e: V::splat(LOG2_E),
                to_integer: V::splat(TO_INTEGER),
                minus_ln_2_high: V::splat(-LN_2_HIGH),
                minus_ln_2_low: V::splat(-LN_2_LOW),
                one: V::splat(1.0),
                q: [V::splat(Q[0]), V::splat(Q[1]), V::splat(Q[2]), V::splat(Q[3]), V::splat(Q[4])],
            }
        }
    }
}

impl<V: Vector, const SCALED: bool> Map<V> for Exp<V, SCALED> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        let (e, error) = self.exponent.parts(x);
        // e + error = k ln 2 + r, |r| ≤ ln(2)/2
        let integer = e.mul_add(self.log2_e, self.to_integer);
        let k = integer.sub(self.to_integer);
        let r = k.mul_add(self.minus_ln_2_high, e);
        let r = k.mul_add(self.minus_ln_2_low, r).add(error);
        let q = self.q[4];
        let q = q.mul_add(r, self.q[3]);
        let q = q.mul_add(r, self.q[2]);
        let q = q.mul_add(r, self.q[1]);
        let q = q.mul_add(r, self.q[0]);
        let exp_r = q.mul_add(r.mul(r), r).add(self.one);
        exp_r.mul(integer.pow2()).zero_below(e, self.lowest)
    }
}

/// `factor · 2^EXTRA_BITS · exp(e)`, in two roundings as [`Exp`] and [`Times`] one after the other.
struct ScaledExp<V, const SCALED: bool> {
    exp: Exp<V, SCALED>,
    factor: V,
}

impl<V: Vector, const SCALED: bool> Map<V> for ScaledExp<V, SCALED> {
    #[inline(always)]
    fn apply(&self, x: V) -> V {
        self.exp.apply(x).mul(self.factor)
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

/// Stores `map(x)` at `out`, past the cache if `STREAM`.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn map<V: Vector, const STREAM: bool>(x: *const f32, out: *mut f32, n: usize, map: &impl Map<V>) {
    // SAFETY: every address is below x + n or out + n; after the first part, out is aligned to the register's size.
    unsafe {
        // Values up to the first whole register in memory: aligned stores never touch two cache lines.
        let mut i = out.align_offset(V::LANES * size_of::<f32>()).min(n);
        if i > 0 {
            store_part(map.apply(load_part(x, i)), out, i);
        }
        while i + V::LANES <= n {
            let y = map.apply(V::load(x.add(i)));
            if STREAM {
                y.stream(out.add(i));
            } else {
                y.store(out.add(i));
            }
            i += V::LANES;
        }
        if i < n {
            store_part(map.apply(load_part(x.add(i), n - i)), out.add(i), n - i);
        }
        if STREAM {
            V::fence();
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

/// `Σ exp(e)`, times `2^EXTRA_BITS`; the terms are stored at `out` unless it is null.
///
/// # Safety
/// The contract, if `out` is not null.
#[inline(always)]
pub(super) unsafe fn exp_sum<V: Vector>(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>) -> f64 {
    // SAFETY: as promised by the caller.
    unsafe {
        match (e.t == Temperature::ONE, out.is_null()) {
            (true, true) => map_sum::<V, false>(x, out, n, &Exp::<V, false>::new(e)),
            (true, false) => map_sum::<V, true>(x, out, n, &Exp::<V, false>::new(e)),
            (false, true) => map_sum::<V, false>(x, out, n, &Exp::<V, true>::new(e)),
            (false, false) => map_sum::<V, true>(x, out, n, &Exp::<V, true>::new(e)),
        }
    }
}

/// `factor · out`, in place.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn scale<V: Vector>(out: *mut f32, n: usize, factor: f32) {
    // SAFETY: as promised by the caller.
    unsafe { map::<V, false>(out, out, n, &Times(V::splat(factor))) }
}

/// `factor · 2^EXTRA_BITS · exp(e)` into `out`, past the cache.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn exp_stream<V: Vector>(x: *const f32, out: *mut f32, n: usize, e: Exponent<f32>, factor: f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        let factor = V::splat(factor);
        if e.t == Temperature::ONE {
            map::<V, true>(x, out, n, &ScaledExp { exp: Exp::<V, false>::new(e), factor });
        } else {
            map::<V, true>(x, out, n, &ScaledExp { exp: Exp::<V, true>::new(e), factor });
        }
    }
}

/// `e − ln_sum` into `out`, past the cache if `stream`.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn log_shift<V: Vector>(
    x: *const f32,
    out: *mut f32,
    n: usize,
    e: Exponent<f32>,
    ln_sum: f32,
    stream: bool,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let ln_sum = V::splat(ln_sum);
        match (e.t == Temperature::ONE, stream) {
            (true, false) => map::<V, false>(x, out, n, &LogShift { exponent: ToExponent::<V, false>::new(e), ln_sum }),
            (true, true) => map::<V, true>(x, out, n, &LogShift { exponent: ToExponent::<V, false>::new(e), ln_sum }),
            (false, false) => map::<V, false>(x, out, n, &LogShift { exponent: ToExponent::<V, true>::new(e), ln_sum }),
            (false, true) => map::<V, true>(x, out, n, &LogShift { exponent: ToExponent::<V, true>::new(e), ln_sum }),
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
