//! The passes over memory, once for every [`Vector`]. All are inlined into a function that enables its instructions.
//!
//! Common safety contract, called *the contract* below: the processor has `V`'s instructions; `n` values can be read
//! at `x` and, where there is an `out`, written there; `x` and `out` are the same address or do not overlap.

use super::{
    exp::{Compensated, Direct, Exp, LogShift, Map, Term, Times, ToExponent, is_direct},
    vector::{MAX_LANES, Vector},
};
use crate::{Temperature, kernel::Exponent};

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
        if n >= V::LANES {
            // Up to the first whole register in memory, some values twice: an aligned load never touches two cache
            // lines, which saves a quarter of the time, and the order of values does not matter here.
            max[0] = V::load(x).max(max[0]);
            i = x.align_offset(V::LANES * size_of::<f32>()).min(V::LANES);
        }
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
        largest_lane(max[0].max(max[1]).max(max[2].max(max[3])))
    }
}

/// The largest lane, or −∞; NaN is passed over.
///
/// # Safety
/// The contract.
#[inline(always)]
unsafe fn largest_lane<V: Vector>(v: V) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; MAX_LANES];
    // SAFETY: there are as many values as any register has lanes.
    unsafe { v.store(lanes.as_mut_ptr()) }
    lanes.into_iter().fold(f32::NEG_INFINITY, |max, v| if v > max { v } else { max })
}

/// The largest value and, if that is not too far above the reference, the sum of [`Term`]s: one look at `x`, where the
/// maximum is found beside the arithmetic. NaN makes the sum NaN; what maximum it gives is unspecified.
///
/// Eight vectors are added in `f32`, their sums in `f64`: three roundings of 6e-8 at most.
///
/// # Safety
/// The contract.
#[inline(always)]
pub(super) unsafe fn max_term_sum<V: Vector>(x: *const f32, n: usize, reference: f32) -> (f32, f64) {
    // SAFETY: every address is below x + n.
    unsafe {
        let term = Term::<V>::new(reference);
        let mut max = [V::splat(f32::NEG_INFINITY); 2];
        let mut sum = V::wide_zero();
        let mut i = 0;
        while i + 8 * V::LANES <= n {
            // Not a closure: that would be a function without the instructions.
            let mut pairs = [V::splat(0.0); 4];
            for (part, pair) in pairs.iter_mut().enumerate() {
                let at = x.add(i + 2 * part * V::LANES);
                let (a, b) = (V::load(at), V::load(at.add(V::LANES)));
                max = [a.max(max[0]), b.max(max[1])];
                *pair = term.apply(a).add(term.apply(b));
            }
            sum = pairs[0].add(pairs[1]).add(pairs[2].add(pairs[3])).add_to(sum);
            i += 8 * V::LANES;
        }
        while i < n {
            let lanes = V::LANES.min(n - i);
            let v = if lanes == V::LANES { V::load(x.add(i)) } else { load_part(x.add(i), lanes) };
            max[0] = v.max(max[0]);
            sum = term.apply(v).add_to(sum);
            i += lanes;
        }
        (largest_lane(max[0].max(max[1])), V::wide_sum(sum))
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
