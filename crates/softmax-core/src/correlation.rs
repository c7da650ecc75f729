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
    let mean = |x: &[T]| x.iter().map(|v| v.to_f64()).sum::<f64>() / x.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x.to_f64() - mean_x, y.to_f64() - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    let r = xy / (xx.sqrt() * yy.sqrt());
    Ok(if r.is_nan() { r } else { r.clamp(-1.0, 1.0) })
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
