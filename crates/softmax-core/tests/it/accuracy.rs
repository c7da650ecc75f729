//! Errors against `f64`, for `f32`, on every path.

use softmax_core::{SimdPath, Temperature};
use test_support::Random;

use crate::input::{Kind, lengths, recorded_logits};

const TEMPERATURES: [f64; 5] = [1.0, 0.3, 0.7, 1.4, 250.0];

/// Softmax, its logarithm and ln Σ exp of `x / t`, in `f64`.
struct Reference {
    softmax: Vec<f64>,
    log_softmax: Vec<f64>,
    logsumexp: f64,
}

fn reference(x: &[f32], t: f64) -> Reference {
    let max = f64::from(x.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let e: Vec<f64> = x.iter().map(|&v| (f64::from(v) - max) / t).collect();
    let sum: f64 = e.iter().map(|e| e.exp()).sum();
    Reference {
        softmax: e.iter().map(|e| e.exp() / sum).collect(),
        log_softmax: e.iter().map(|e| e - sum.ln()).collect(),
        logsumexp: max / t + sum.ln(),
    }
}

/// Largest errors seen.
#[derive(Debug, Default)]
struct Worst {
    /// Relative, of normal probabilities.
    softmax: f64,
    /// Of the sum of probabilities, from 1.
    sum: f64,
    /// Of subnormal probabilities, in units of the smallest one, after the relative error that is allowed.
    subnormal: f64,
    /// Relative to 1 + |ln p|.
    log_softmax: f64,
    /// Relative to 1 + |ln Σ exp|.
    logsumexp: f64,
}

/// The larger of two errors; NaN, which `f64::max` passes over, is the largest.
fn worse(seen: f64, error: f64) -> f64 {
    if error.is_nan() { f64::INFINITY } else { seen.max(error) }
}

impl Worst {
    fn probabilities(&mut self, p: &[f32], reference: &Reference) {
        for (&p, &r) in p.iter().zip(&reference.softmax) {
            let error = (f64::from(p) - r).abs();
            if r >= f64::from(f32::MIN_POSITIVE) {
                self.softmax = worse(self.softmax, error / r);
            } else {
                self.subnormal = worse(self.subnormal, (error - 4e-7 * r) / 2.0_f64.powi(-149));
            }
        }
        let sum: f64 = p.iter().map(|&p| f64::from(p)).sum();
        self.sum = worse(self.sum, (sum - 1.0).abs());
    }

    fn check(&mut self, path: SimdPath, x: &[f32], t: f64) {
        path.run(|| self.check_active(x, t)).unwrap();
    }

    fn check_active(&mut self, x: &[f32], t: f64) {
        let reference = reference(x, t);
        let t = Temperature::new(t).unwrap();
        let mut out = vec![0.0; x.len()];
        t.softmax_into(x, &mut out).unwrap();
        self.probabilities(&out, &reference);
        self.probabilities(&t.softmax_online(x).unwrap(), &reference);
        t.log_softmax_into(x, &mut out).unwrap();
        for (&l, &r) in out.iter().zip(&reference.log_softmax) {
            // −1e30 / 0.3 is representable, the rest is compared as it is.
            self.log_softmax = worse(self.log_softmax, (f64::from(l) - r).abs() / (1.0 + r.abs()));
        }
        let lse = f64::from(t.logsumexp(x).unwrap());
        self.logsumexp = worse(self.logsumexp, (lse - reference.logsumexp).abs() / (1.0 + reference.logsumexp.abs()));
    }

    fn assert(&self, what: &str) {
        println!("{what}: {self:?}");
        assert!(self.softmax <= 4e-7, "{what}: {self:?}");
        assert!(self.sum <= 1e-6, "{what}: {self:?}");
        assert!(self.subnormal <= 1.0, "{what}: {self:?}");
        assert!(self.log_softmax <= 4e-7, "{what}: {self:?}");
        assert!(self.logsumexp <= 4e-7, "{what}: {self:?}");
    }
}

#[test]
fn f32_is_within_4e7_of_f64_on_every_path() {
    for path in SimdPath::available() {
        for t in TEMPERATURES {
            let mut worst = Worst::default();
            for kind in Kind::ALL {
                for n in lengths() {
                    let x: Vec<f32> = kind.logits(n, n as u64).into_iter().map(|v| v as f32).collect();
                    worst.check(path, &x, t);
                }
            }
            worst.assert(&format!("{path}, T = {t}"));
        }
    }
}

/// From the smallest normal probability down to the smallest there is: the relative error of a normal one, and one step
/// more. (In the largest subnormal ones, 4e-7 of the value is three steps.)
#[test]
fn f32_is_as_accurate_just_below_the_normal_range() {
    for path in SimdPath::available() {
        let mut worst = Worst::default();
        let mut random = Random(7);
        for round in 0..64 {
            // A few logits that share the probability, and many that are left with next to nothing.
            let top = 100.0 * random.normal();
            let x: Vec<f32> = (0..2048)
                .map(|i| (top - if i < 5 { random.uniform() } else { 86.0 + 18.0 * random.uniform() }) as f32)
                .collect();
            worst.check(path, &x, 1.0);
            let x: Vec<f32> = x.iter().map(|v| 0.7 * v).collect();
            worst.check(path, &x, if round % 2 == 0 { 0.7 } else { 0.71 });
        }
        worst.assert(&format!("{path}, below the normal range"));
    }
}

#[test]
fn f32_is_as_accurate_on_real_logits() {
    let rows = recorded_logits();
    assert_eq!(rows.len(), 5);
    for path in SimdPath::available() {
        let mut worst = Worst::default();
        for row in &rows {
            assert_eq!(row.len(), 50_257);
            TEMPERATURES.iter().for_each(|&t| worst.check(path, row, t));
        }
        worst.assert(&format!("{path}, GPT-2"));
    }
}

#[test]
fn f64_is_within_4e15_of_50_digits() {
    let table = include_str!("../data/softmax_50_digits.csv");
    let (mut softmax_error, mut log_error, mut lines) = (0.0_f64, 0.0_f64, 0);
    for line in table.lines().skip(1) {
        let [kind, n, seed, t, logsumexp, index, p, log_p] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let x = Kind::from_name(kind).unwrap().logits(n.parse().unwrap(), seed.parse().unwrap());
        let t = Temperature::new(t.parse().unwrap()).unwrap();
        let index: usize = index.parse().unwrap();
        let number = |text: &str| text.parse::<f64>().unwrap();

        for out in [t.softmax(&x).unwrap(), t.softmax_online(&x).unwrap()] {
            let error = (out[index] - number(p)).abs();
            if number(p) >= f64::MIN_POSITIVE {
                softmax_error = worse(softmax_error, error / number(p));
            } else {
                assert!(error <= 5e-324, "{line}: {}", out[index]);
            }
            assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{line}");
        }
        let relative = |value: f64, expected: f64| (value - expected).abs() / (1.0 + expected.abs());
        log_error = worse(log_error, relative(t.log_softmax(&x).unwrap()[index], number(log_p)));
        log_error = worse(log_error, relative(t.logsumexp(&x).unwrap(), number(logsumexp)));
        lines += 1;
    }
    println!("softmax {softmax_error:.2e}, logarithms {log_error:.2e}, {lines} lines");
    assert_eq!(lines, 564);
    assert!(softmax_error <= 4e-15, "{softmax_error}");
    assert!(log_error <= 4e-15, "{log_error}");
}

/// A sum begins with the largest of the first logits as its reference, and takes another where a later one is far above.
#[test]
fn a_sum_is_as_accurate_wherever_its_largest_terms_are() {
    for path in SimdPath::available() {
        let mut worst = Worst::default();
        for rise in [10.0_f32, 63.0, 65.0, 90.0, 1900.0, 5000.0, 1e30] {
            for at in [0, 255, 256, 8191, 8192, 20_000, 39_999] {
                let x: Vec<f32> =
                    (0..40_000).map(|i| i as f32 * 1e-5 - 100.0 + if i >= at { rise } else { 0.0 }).collect();
                worst.check(path, &x, 1.0);
                let mut one = vec![-100.3_f32; 40_000];
                one[at] += rise;
                worst.check(path, &one, 1.0);
            }
            // Upwards all the way, and down again: many references one after the other.
            let up: Vec<f32> = (0..40_000).map(|i| rise * (i as f32 / 4e4 - 0.5)).collect();
            worst.check(path, &up, 1.0);
            worst.check(path, &up.into_iter().rev().collect::<Vec<f32>>(), 1.0);
        }
        worst.assert(&format!("{path}, largest terms anywhere"));
    }
}
