use crate::{Error, Float};

/// Merges attention results over pieces of a row: each piece's [`logsumexp`](crate::logsumexp) and its output, the mean
/// of some values by the piece's softmax. Writes the mean by the softmax of the whole row into `out`, and returns the
/// whole row's logsumexp.
///
/// `logsumexps` is `[pieces]`, `outputs` `[pieces, d]` in rows, `out` `[d]`. A piece whose logsumexp is −∞, empty or
/// fully masked, adds nothing, whatever its output is. If all are, `out` is 0 and the result −∞. A NaN or +∞ among the
/// logsumexps makes everything NaN. Each result is computed in `f64` and rounded once.
///
/// ```
/// use softmax_core::{logsumexp, merge, softmax};
///
/// let (row, values) = ([1.0_f64, 2.0, 4.0, -1.0], [10.0, 20.0, 30.0, 40.0]);
/// let mean = |z: &[f64], v: &[f64]| softmax(z).map(|p| p.iter().zip(v).map(|(p, v)| p * v).sum::<f64>());
/// let pieces = [logsumexp(&row[..3])?, logsumexp(&row[3..])?];
/// let outputs = [mean(&row[..3], &values[..3])?, mean(&row[3..], &values[3..])?];
/// let mut out = [0.0];
/// let whole = merge(&pieces, &outputs, &mut out)?;
/// assert!((whole - logsumexp(&row)?).abs() < 1e-14);
/// assert!((out[0] - mean(&row, &values)?).abs() < 1e-13);
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without pieces; [`Error::LengthMismatch`] if `outputs` is not as long as pieces times `out`. `out`
/// is as it was then.
pub fn merge<T: Float>(logsumexps: &[T], outputs: &[T], out: &mut [T]) -> Result<T, Error> {
    if logsumexps.is_empty() {
        return Err(Error::Empty);
    }
    let expected = logsumexps.len() * out.len();
    if outputs.len() != expected {
        return Err(Error::LengthMismatch { left: outputs.len(), right: expected });
    }
    let max =
        logsumexps.iter().map(|v| v.to_f64()).fold(f64::NEG_INFINITY, |m, v| if v.is_nan() || v > m { v } else { m });
    if max == f64::NEG_INFINITY {
        out.fill(T::from_f64(0.0));
        return Ok(T::from_f64(max));
    }
    let weights: Vec<f64> = logsumexps.iter().map(|v| (v.to_f64() - max).exp()).collect();
    let total: f64 = weights.iter().sum();
    for (at, mean) in out.iter_mut().enumerate() {
        let pieces = weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        let d = expected / logsumexps.len();
        *mean =
            T::from_f64(pieces.map(|(piece, weight)| weight * outputs[piece * d + at].to_f64()).sum::<f64>() / total);
    }
    Ok(T::from_f64(max + total.ln()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f32 = f32::NEG_INFINITY;

    #[test]
    fn a_piece_without_logits_adds_nothing() {
        let mut out = [7.0_f32; 2];
        let outputs = [f32::NAN, f32::NAN, 1.0, 2.0, 0.0, 0.0];
        assert_eq!(merge(&[NONE, -300.0, NONE], &outputs, &mut out), Ok(-300.0));
        assert_eq!(out, [1.0, 2.0]);
        assert_eq!(merge(&[NONE, NONE], &[f32::NAN; 4], &mut out), Ok(NONE));
        assert_eq!(out, [0.0, 0.0]);
    }

    #[test]
    fn nan_and_infinity_make_all_nan_and_wrong_lengths_are_refused() {
        let mut out = [7.0_f32];
        for bad in [f32::NAN, f32::INFINITY] {
            assert!(merge(&[0.0, bad], &[1.0, 2.0], &mut out).unwrap().is_nan());
            assert!(out[0].is_nan());
        }
        assert_eq!(merge::<f32>(&[], &[], &mut out), Err(Error::Empty));
        assert_eq!(merge(&[0.0], &[1.0, 2.0], &mut out), Err(Error::LengthMismatch { left: 2, right: 1 }));
    }
}
