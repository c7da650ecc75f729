use crate::Float;

/// `n` evenly spaced values from `start` to `end`, both included: `start + i · (end − start) / (n − 1)`, computed in
/// `f64` and rounded once.
///
/// The second half counts down from `end`, so that both ends are exact and a symmetric range stays symmetric. (PyTorch's
/// values are within 2e-7 of the range of these; their last bits depend on the processor.)
///
/// One value is `start`; none is an empty list. Ends that are not finite give NaN.
pub fn linspace<T: Float>(start: T, end: T, n: usize) -> Vec<T> {
    if n == 1 {
        return vec![start];
    }
    let (start, end) = (start.to_f64(), end.to_f64());
    // Halves, where the range is wider than the type's largest number.
    let unit = if (end - start).is_finite() { 1.0 } else { 2.0 };
    let (start, end) = (start / unit, end / unit);
    let step = (end - start) / (n as f64 - 1.0);
    let value = |i: usize| if i < n / 2 { start + step * i as f64 } else { end - step * (n - 1 - i) as f64 };
    (0..n).map(|i| T::from_f64(unit * value(i))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_evenly_spaced() {
        assert_eq!(linspace(0.0_f32, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(linspace(3.0_f64, 1.0, 3), [3.0, 2.0, 1.0]);
        // 0.1 and its multiples, rounded once
        assert_eq!(linspace(0.0_f32, 1.0, 11), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    }

    #[test]
    fn ends_are_exact_and_the_middle_is_symmetric() {
        let x = linspace(-5.0_f64, 5.0, 56);
        assert_eq!((x[0], x[55]), (-5.0, 5.0));
        assert!(x.iter().zip(x.iter().rev()).all(|(a, b)| *a == -b));
        assert_eq!(linspace(2.0_f32, 3.0, 1), [2.0]);
        assert!(linspace(2.0_f32, 3.0, 0).is_empty());
    }

    #[test]
    fn the_whole_range_of_the_type_can_be_divided() {
        assert_eq!(linspace(f64::MIN, f64::MAX, 3), [f64::MIN, 0.0, f64::MAX]);
        assert_eq!(linspace(f64::MAX, f64::MIN, 5), [f64::MAX, f64::MAX / 2.0, 0.0, f64::MIN / 2.0, f64::MIN]);
        assert_eq!(linspace(f32::MIN, f32::MAX, 3), [f32::MIN, 0.0, f32::MAX]);
        assert!(linspace(0.0, f64::INFINITY, 3)[1].is_nan());
    }
}
