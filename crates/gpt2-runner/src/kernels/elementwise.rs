//! Element-wise and row-wise kernels: plain loops that the compiler vectorises for each path.
use std::f32::consts::LOG2_E;

use softmax_core::SimdPath;

use crate::Activation;

/// Compiles a function of slices for each instruction set, and calls that of the active path.
macro_rules! for_each_path {
    ($body:ident($($name:ident: $type:ty),*)) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx2,fma")]
        fn avx512($($name: $type),*) {
            $body($($name),*);
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn avx2($($name: $type),*) {
            $body($($name),*);
        }
        match SimdPath::active() {
            // SAFETY: the CPU supports the active path.
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx512 => unsafe { avx512($($name),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            SimdPath::Avx2 => unsafe { avx2($($name),*) },
            _ => $body($($name),*),
        }
    }};
}

/// The MLP's non-linearity, in place.
///
/// `gelu_new`: `x/2·(1 + tanh u) = x / (1 + exp(−2u))` with `u = √(2/π)·(x + 0.044715·x³)`, within 4e-7 of it relative
/// to the larger of 1 and |x|.
pub(crate) fn gelu(activation: Activation, x: &mut [f32]) {
    match activation {
        Activation::GeluNew => for_each_path!(gelu_new(x: &mut [f32])),
        Activation::Gelu => {
            for x in x {
                *x *= 0.5 * (1.0 + libm::erff(*x * std::f32::consts::FRAC_1_SQRT_2));
            }
        }
    }
}

#[inline(always)]
fn gelu_new(x: &mut [f32]) {
    /// √(2/π).
    const ROOT: f32 = 0.797_884_6;
    for x in x {
        let u = ROOT * (*x + 0.044715 * *x * *x * *x);
        *x /= 1.0 + exp(-2.0 * u);
    }
}

/// `exp` without branches, for vectors: 2ⁿ·exp(r) with |r| ≤ ln 2 / 2. Within 2e-7 relatively from -87 to 88; outside,
/// the value at the nearer end.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// 1.5·2²³: adding a number rounds it to an integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; the first has few bits, so its multiples are exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = (std::f64::consts::LN_2 - LN_2_HIGH as f64) as f32;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    // The Taylor series to r⁷; its error is below 2e-9.
    let mut p = 1.0 / 5040.0;
    for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// `y += x`, value by value.
pub(crate) fn add(x: &[f32], y: &mut [f32]) {
    for_each_path!(added(x: &[f32], y: &mut [f32]));
}

#[inline(always)]
fn added(x: &[f32], y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

/// `x *= factor`, value by value.
pub(crate) fn scale_by(factor: f32, x: &mut [f32]) {
    for_each_path!(scaled(factor: f32, x: &mut [f32]));
}

#[inline(always)]
fn scaled(factor: f32, x: &mut [f32]) {
    for x in x {
        *x *= factor;
    }
}

/// `(x - mean(x)) / √(variance(x) + ε) · weight + bias`, a row at a time: `x` and `y` have the same rows, as long as
/// `weight` and `bias`.
pub(crate) fn layer_norm(weight: &[f32], bias: &[f32], epsilon: f64, x: &[f32], y: &mut [f32]) {
    for_each_path!(normalised(weight: &[f32], bias: &[f32], epsilon: f64, x: &[f32], y: &mut [f32]));
}

#[inline(always)]
fn normalised(weight: &[f32], bias: &[f32], epsilon: f64, x: &[f32], y: &mut [f32]) {
    let c = weight.len();
    for (x, y) in x.chunks_exact(c).zip(y.chunks_exact_mut(c)) {
        let mean = sum(x, |x| x) / c as f64;
        let mean_f32 = mean as f32;
        // Subtract the mean first: no cancellation if it is large.
        let variance = sum(x, |x| (x - mean_f32) * (x - mean_f32)) / c as f64;
        let factor = (1.0 / (variance + epsilon).sqrt()) as f32;
        for (((y, x), weight), bias) in y.iter_mut().zip(x).zip(weight).zip(bias) {
            *y = (x - mean_f32) * factor * weight + bias;
        }
    }
}

/// The sum of a function of each value, in sixteen partial sums.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let mut sums = [0.0; 16];
    let (chunks, rest) = x.as_chunks::<16>();
    for chunk in chunks {
        for (sum, &x) in sums.iter_mut().zip(chunk) {
            *sum += f(x);
        }
    }
    sums.iter().copied().chain(rest.iter().map(|&x| f(x))).map(f64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_that_of_f64() {
        let inputs: Vec<f32> = (-4000..4000).map(|n| n as f32 * 0.01).chain([1e-30, -1e-30, 1e10, -1e10]).collect();
        for path in SimdPath::available() {
            for activation in [Activation::GeluNew, Activation::Gelu] {
                let mut y = inputs.clone();
                path.run(|| gelu(activation, &mut y)).unwrap();
                for (&x, y) in inputs.iter().zip(y) {
                    let x = f64::from(x);
                    let exact = match activation {
                        Activation::GeluNew => {
                            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
                            0.5 * x * (1.0 + u.tanh())
                        }
                        Activation::Gelu => 0.5 * x * (1.0 + libm::erf(x / std::f64::consts::SQRT_2)),
                    };
                    let bound = 4e-7 * x.abs().max(1.0);
                    assert!((f64::from(y) - exact).abs() <= bound, "{path:?} {activation:?} of {x}: {y}, not {exact}");
                }
                let mut nan = [f32::NAN];
                path.run(|| gelu(activation, &mut nan)).unwrap();
                assert!(nan[0].is_nan());
            }
        }
    }

    #[test]
    fn layer_norm_is_that_of_f64() {
        for path in SimdPath::available() {
            for c in [1, 15, 16, 50] {
                let x: Vec<f32> = (0..2 * c).map(|n| 1000.0 + (n * n % 31) as f32).collect();
                let weight: Vec<f32> = (0..c).map(|n| 1.0 + n as f32 * 0.1).collect();
                let bias: Vec<f32> = (0..c).map(|n| n as f32 * 0.2 - 1.0).collect();
                let mut y = vec![0.0; 2 * c];
                path.run(|| layer_norm(&weight, &bias, 1e-5, &x, &mut y)).unwrap();
                for (n, y) in y.into_iter().enumerate() {
                    let (row, i) = (&x[n / c * c..][..c], n % c);
                    let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / c as f64;
                    let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / c as f64;
                    let exact = (f64::from(row[i]) - mean) / (variance + 1e-5).sqrt() * f64::from(weight[i])
                        + f64::from(bias[i]);
                    // A mean near 1000 is rounded to 6e-5 in f32, here in the unit of a deviation near 9.
                    assert!((f64::from(y) - exact).abs() <= 1e-4, "{path:?}, {c}: {y}, not {exact}");
                }
            }
        }
    }
}
