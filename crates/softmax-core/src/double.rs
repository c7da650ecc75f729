//! The kernel for `f64`, in portable code.

use crate::{
    Temperature,
    kernel::{Exponent, Kernel},
};

/// Portable code for `f64`, with `exp` from the standard library and compensated sums.
#[derive(Clone, Copy)]
pub struct Portable;

/// Below this, `exp` is less than half the smallest subnormal number.
const LOWEST: f64 = -745.2;

impl Exponent<f64> {
    /// The function from a logit to `exp(e)`.
    fn exp(self) -> impl Fn(f64) -> f64 {
        let to_exponent = self.parts();
        move |x| {
            let (e, error) = to_exponent(x);
            if e < LOWEST {
                return 0.0;
            }
            let y = e.exp();
            y + y * error
        }
    }

    /// The function from a logit to its exponent and to the exponent's rounding error.
    ///
    /// The error matters: an exponent of −700 is rounded by up to 6e-14, and so is its `exp`, relatively.
    fn parts(self) -> impl Fn(f64) -> (f64, f64) {
        let max = self.max;
        let scale = Scale::new(self);
        move |x| match &scale {
            None => difference(x, max),
            Some(Scale { down, high, low }) => {
                let (d, error) = difference(down * x, down * max);
                let e = d * high;
                (e, d.mul_add(*high, -e) + (d * low + error * high))
            }
        }
    }
}

/// `1 / (t · down)` as a sum of two numbers. Logits are taken times `down`, a power of two: a small one, because their
/// difference may be too large for the type, or for the smallest temperatures a large one, because `1 / t` may be.
struct Scale {
    down: f64,
    high: f64,
    low: f64,
}

impl Scale {
    fn new(Exponent { max, t }: Exponent<f64>) -> Option<Self> {
        if t == Temperature::ONE {
            return None;
        }
        let down = if t.value() > 1.0 {
            // Small logits do not matter to a high temperature.
            2.0_f64.powi(-64)
        } else if t.value() < 2.0_f64.powi(-500) && max.abs() < 2.0_f64.powi(500) {
            // A logit that this takes to −∞ is infinitely far below the maximum, divided by t. If the maximum itself is
            // large, so is every difference from it.
            2.0_f64.powi(500)
        } else {
            0.5
        };
        // Kept finite: 0 · ∞ would be NaN where 0 (the maximum) is right.
        let high = (1.0 / down / t.value()).min(f64::MAX);
        let low = (-t.value()).mul_add(high, 1.0 / down) / t.value();
        Some(Scale { down, high, low: if low.is_finite() { low } else { 0.0 } })
    }
}

/// `x − max` and its rounding error (Knuth's TwoSum).
fn difference(x: f64, max: f64) -> (f64, f64) {
    let d = x - max;
    let back = d - x;
    (d, (x - (d - back)) - (max + back))
}

/// A sum that carries its rounding errors along (Neumaier).
#[derive(Default)]
struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        let total = self.total + term;
        self.lost += if self.total >= term { (self.total - total) + term } else { (term - total) + self.total };
        self.total = total;
    }

    fn value(&self) -> f64 {
        self.total + self.lost
    }
}

/// Applies `f` from `x` to `out`, or to `out` itself.
fn map(x: Option<&[f64]>, out: &mut [f64], mut f: impl FnMut(f64) -> f64) {
    match x {
        Some(x) => out.iter_mut().zip(x).for_each(|(out, &x)| *out = f(x)),
        None => out.iter_mut().for_each(|v| *v = f(*v)),
    }
}

impl Kernel<f64> for Portable {
    fn maximum(self, x: &[f64]) -> f64 {
        // One running maximum per lane, so that the processor does not wait for the last comparison.
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let mut lanes = [f64::NEG_INFINITY; 8];
        let blocks = x.chunks_exact(8);
        let rest = blocks.remainder();
        for block in blocks {
            for (lane, &v) in lanes.iter_mut().zip(block) {
                *lane = larger(v, *lane);
            }
        }
        lanes.iter().chain(rest).fold(f64::NEG_INFINITY, |max, &v| larger(v, max))
    }

    fn exp_sum(self, x: &[f64], e: Exponent<f64>) -> f64 {
        let exp = e.exp();
        let mut sum = Sum::default();
        x.iter().for_each(|&x| sum.add(exp(x)));
        sum.value()
    }

    fn exp(self, x: Option<&[f64]>, out: &mut [f64], e: Exponent<f64>) -> f64 {
        let exp = e.exp();
        let mut sum = Sum::default();
        map(x, out, |x| {
            let y = exp(x);
            sum.add(y);
            y
        });
        sum.value()
    }

    fn normalize(self, out: &mut [f64], _: Exponent<f64>, sum: f64) {
        map(None, out, |y| y / sum);
    }

    fn log_shift(self, x: Option<&[f64]>, out: &mut [f64], e: Exponent<f64>, ln_sum: f64) {
        let to_exponent = e.parts();
        map(x, out, |x| to_exponent(x).0 - ln_sum);
    }

    fn first_above(self, x: &[f64], bound: f64) -> Option<usize> {
        // Blocks without a branch inside, which compile to SIMD comparisons; then the one block that has it.
        let above =
            |v: &f64| !matches!(v.partial_cmp(&bound), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal));
        let block = x.chunks(64).position(|block| block.iter().fold(false, |any, v| any | above(v)))?;
        x[block * 64..].iter().position(above).map(|index| block * 64 + index)
    }
}
