use crate::Element;

/// Counts of special values in a slice: the signs of overflow and underflow.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Diagnosis {
    /// Number of values.
    pub len: usize,
    /// How many are NaN.
    pub nan: usize,
    /// How many are +∞.
    pub pos_inf: usize,
    /// How many are −∞.
    pub neg_inf: usize,
    /// How many are zero, of either sign.
    pub zeros: usize,
    /// How many are subnormal: not zero, but too small for the type's full precision.
    pub subnormals: usize,
    /// Smallest value that is not NaN; NaN if there is none.
    pub min: f64,
    /// Largest value that is not NaN; NaN if there is none.
    pub max: f64,
    /// Sum of all values, NaN and infinities included, in `f64`.
    pub sum: f64,
}

impl Diagnosis {
    /// Reads every value once.
    pub fn of<T: Element>(x: &[T]) -> Self {
        let mut d = Diagnosis {
            len: x.len(),
            nan: 0,
            pos_inf: 0,
            neg_inf: 0,
            zeros: 0,
            subnormals: 0,
            min: f64::NAN,
            max: f64::NAN,
            sum: 0.0,
        };
        for v in x.iter().map(|v| v.to_f64()) {
            d.nan += usize::from(v.is_nan());
            d.pos_inf += usize::from(v == f64::INFINITY);
            d.neg_inf += usize::from(v == f64::NEG_INFINITY);
            d.zeros += usize::from(v == 0.0);
            d.subnormals += usize::from(v != 0.0 && v.abs() < T::MIN_POSITIVE);
            // f64::min and max ignore NaN.
            d.min = d.min.min(v);
            d.max = d.max.max(v);
            d.sum += v;
        }
        d
    }

    /// Whether every value is finite.
    pub fn is_finite(&self) -> bool {
        self.nan + self.pos_inf + self.neg_inf == 0
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;

    #[test]
    fn every_class_is_counted() {
        let x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40, -1e-45, 2.5, f32::MIN_POSITIVE];
        let d = Diagnosis::of(&x);
        assert_eq!((d.len, d.nan, d.pos_inf, d.neg_inf, d.zeros, d.subnormals), (9, 1, 1, 1, 2, 2));
        assert_eq!((d.min, d.max), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(d.sum.is_nan() && !d.is_finite());
    }

    #[test]
    fn ordinary_numbers_are_summed_up() {
        let d = Diagnosis::of(&[f16::from_f32(1.5), f16::from_f32(-0.5), f16::from_bits(1)]);
        assert_eq!((d.min, d.max, d.subnormals), (-0.5, 1.5, 1));
        assert_eq!(d.sum, 1.0 + 2.0_f64.powi(-24));
        assert!(d.is_finite());
    }

    #[test]
    fn nothing_has_no_extremes() {
        let d = Diagnosis::of::<f64>(&[]);
        assert!(d.min.is_nan() && d.max.is_nan() && d.sum == 0.0 && d.len == 0);
    }
}
