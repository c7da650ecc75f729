use crate::{Element, Error};

/// The formula as it is written, `exp(zᵢ) / Σⱼ exp(zⱼ)`, with no care for overflow.
///
/// Each step is rounded to `T`: each `exp`, the running sum after each addition from left to right, each quotient. So
/// it returns what IEEE arithmetic in `T` returns: `∞ / ∞ = NaN` once an `exp` overflows, `0 / 0 = NaN` once all
/// underflow. (PyTorch sums 16-bit values in `f32` and rounds once.)
///
/// # Errors
/// [`Error::Empty`].
pub fn softmax_naive<T: Element>(z: &[T]) -> Result<Vec<T>, Error> {
    if z.is_empty() {
        return Err(Error::Empty);
    }
    let mut out: Vec<T> = z.iter().map(|v| T::from_f64(v.to_f64().exp())).collect();
    let sum = out.iter().fold(T::default(), |sum, v| T::from_f64(sum.to_f64() + v.to_f64()));
    for v in &mut out {
        *v = T::from_f64(v.to_f64() / sum.to_f64());
    }
    Ok(out)
}

/// `zᵢ − maxⱼ zⱼ`, rounded to `T`: what makes [`softmax_naive`] safe, and changes nothing in exact arithmetic.
///
/// The largest value becomes 0, so that no `exp` overflows and the sum is at least 1. Any NaN makes all of it NaN, as
/// `z - z.max()` does in PyTorch.
///
/// # Errors
/// [`Error::Empty`].
pub fn max_normalized<T: Element>(z: &[T]) -> Result<Vec<T>, Error> {
    if z.is_empty() {
        return Err(Error::Empty);
    }
    let max = z.iter().map(|v| v.to_f64()).fold(f64::NEG_INFINITY, |m, v| if v.is_nan() || v > m { v } else { m });
    Ok(z.iter().map(|v| T::from_f64(v.to_f64() - max)).collect())
}
