use crate::{Element, Error};

/// Pearson's correlation coefficient of two lists, in [−1, 1]; NaN if either is constant or holds a value that is not
/// finite. Computed in `f64`.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::TooFewPairs`] below two pairs.
pub fn pearson<T: Element>(x: &[T], y: &[T]) -> Result<f64, Error> {
    if x.len() != y.len() {
        return Err(Error::LengthMismatch { left: x.len(), right: y.len() });
    }
    if x.len() < 2 {
        return Err(Error::TooFewPairs { len: x.len() });
    }
    if is_constant(x) || is_constant(y) {
        return Ok(f64::NAN);
    }
    let (unit_x, unit_y) = (unit(x), unit(y));
    let mean = |x: &[T], unit: f64| x.iter().map(|v| unit * v.to_f64()).sum::<f64>() / x.len() as f64;
    let (mean_x, mean_y) = (mean(x, unit_x), mean(y, unit_y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (unit_x * x.to_f64() - mean_x, unit_y * y.to_f64() - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    // Exactly ±1 where xx = yy = ±xy; no product of squares overflows.
    let r = xy / xx * (xx / yy).sqrt();
    Ok(if r.is_nan() { r } else { r.clamp(-1.0, 1.0) })
}

/// Whether all values are equal: rounding the mean would hide it.
fn is_constant<T: Element>(x: &[T]) -> bool {
    x.iter().all(|v| v == &x[0])
}

/// The power of two that brings the largest value near 1, so that no square overflows and none that matters underflows.
/// The coefficient does not depend on the unit, nor do its bits.
fn unit<T: Element>(x: &[T]) -> f64 {
    let largest = x.iter().map(|v| v.to_f64().abs()).fold(0.0, f64::max);
    // The exponent's bits, with which 2^(1023 − exponent) is normal for every number but the very largest.
    let exponent = (largest.to_bits() >> 52) as i32 - 1023;
    2.0_f64.powi(-exponent)
}

/// Spearman's rank correlation: [`pearson`] of the ranks, equal values sharing their mean rank. NaN if either list is
/// constant or holds a NaN.
///
/// # Errors
/// As [`pearson`].
pub fn spearman<T: Element>(x: &[T], y: &[T]) -> Result<f64, Error> {
    if x.len() != y.len() {
        return Err(Error::LengthMismatch { left: x.len(), right: y.len() });
    }
    if x.iter().chain(y).any(|v| v.to_f64().is_nan()) {
        return pearson(x, y);
    }
    pearson(&ranks(x), &ranks(y))
}

/// Ranks from 1, ascending; equal values get the mean of the ranks that they span.
fn ranks<T: Element>(x: &[T]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_unstable_by(|&a, &b| x[a].to_f64().total_cmp(&x[b].to_f64()));
    let mut ranks = vec![0.0; x.len()];
    let mut start = 0;
    for tie in order.chunk_by(|&a, &b| x[a] == x[b]) {
        let mean = start as f64 + (tie.len() as f64 + 1.0) / 2.0;
        for &index in tie {
            ranks[index] = mean;
        }
        start += tie.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_those_of_scipy() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 4.0, 7.0], [2.0, 1.0, 5.0, 5.0, 3.0, 40.0]);
        // scipy.stats.pearsonr and spearmanr
        assert!((pearson(&x, &y).unwrap() - 0.861_803_568_182_784_7).abs() < 1e-14);
        assert!((spearman(&x, &y).unwrap() - 0.808_823_529_411_764_7).abs() < 1e-14);
        assert_eq!(pearson(&x, &x.map(|v| 3.0 - 2.0 * v)), Ok(-1.0));
        assert_eq!(spearman(&x, &x.map(f64::exp)), Ok(1.0));
    }

    #[test]
    fn what_has_no_correlation() {
        assert!(pearson(&[1.0, 1.0], &[1.0, 2.0]).unwrap().is_nan());
        assert!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]).unwrap().is_nan());
        assert_eq!(spearman(&[1.0, f64::INFINITY], &[1.0, 2.0]), Ok(1.0));
        assert_eq!(pearson(&[1.0], &[1.0, 2.0]), Err(Error::LengthMismatch { left: 1, right: 2 }));
        assert_eq!(spearman(&[1.0_f32], &[1.0]), Err(Error::TooFewPairs { len: 1 }));
    }

    #[test]
    fn coefficients_do_not_depend_on_the_unit() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 4.0, 7.0], [2.0, 1.0, 5.0, 5.0, 3.0, 40.0]);
        let r = pearson(&x, &y).unwrap();
        for unit in [1e-310, 1e-200, 1e-160, 1e160, 1e200, 1e306] {
            let scaled = |x: [f64; 6]| x.map(|v| v * unit);
            for (x, y) in [(scaled(x), y), (x, scaled(y)), (scaled(x), scaled(y))] {
                assert!((pearson(&x, &y).unwrap() - r).abs() < 1e-12, "{unit:e}: {:?}", pearson(&x, &y));
            }
        }
        assert_eq!(pearson(&[f64::MAX, f64::MIN], &[1.0, 2.0]), Ok(-1.0));
        assert_eq!(pearson(&[5e-324, 0.0], &[1.0, 0.0]), Ok(1.0));
    }

    /// 0.1 + 0.1 + 0.1 is not 0.3, so the deviations from the mean are not 0.
    #[test]
    fn a_constant_list_is_constant_whatever_its_mean_rounds_to() {
        assert!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]).unwrap().is_nan());
        assert!(pearson(&[1.0, 2.0, 3.0], &[0.1; 3]).unwrap().is_nan());
    }
}
