/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scale {
    #[default]
    Linear,
    Log,
}

/// matplotlib's `axes.xmargin`: the data's share that is left free on each side.
const MARGIN: f64 = 0.05;

impl Scale {
    /// Whether the value has a place on such an axis.
    pub(crate) fn accepts(self, value: f64) -> bool {
        value.is_finite() && (self == Scale::Linear || value > 0.0)
    }

    /// Limits around the data with matplotlib's margin; matplotlib's defaults without data or with only one value.
    pub(super) fn limits(self, data: Option<(f64, f64)>) -> (f64, f64) {
        let (low, high) = match (self, data) {
            (Scale::Linear, None) => (-MARGIN, MARGIN),
            (Scale::Log, None) => (0.0, 1.0),
            (Scale::Linear, Some((low, high))) => widen(low, high),
            // A decade to each side of a single value.
            (Scale::Log, Some((low, high))) if low == high => (low.log10().ceil() - 1.0, low.log10().floor() + 1.0),
            (Scale::Log, Some((low, high))) => (low.log10(), high.log10()),
        };
        let margin = (high - low) * MARGIN;
        (self.backward(low - margin), self.backward(high + margin))
    }

    fn forward(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Log => value.log10(),
        }
    }

    /// Stays finite, and positive on a log axis, so that limits always are limits.
    fn backward(self, value: f64) -> f64 {
        match self {
            Scale::Linear => value.clamp(f64::MIN / 4.0, f64::MAX / 4.0),
            Scale::Log => 10f64.powf(value).clamp(5e-324, f64::MAX),
        }
    }
}

/// matplotlib's `nonsingular` with its expander for axes: two values too near each other are moved apart.
fn widen(low: f64, high: f64) -> (f64, f64) {
    // Halved, so that the distance of two huge values stays finite.
    let [low, high] = [low, high].map(|v| v.clamp(f64::MIN / 4.0, f64::MAX / 4.0));
    let largest = low.abs().max(high.abs());
    if largest < (1e6 / 1e-15) * f64::MIN_POSITIVE {
        (-MARGIN, MARGIN)
    } else if high - low <= largest * 1e-15 {
        (low - MARGIN * low.abs(), high + MARGIN * high.abs())
    } else {
        (low, high)
    }
}

/// An axis with its limits settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Whether it runs from right to left or downwards.
    pub(crate) reversed: bool,
}

impl Axis {
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        Self { scale: Scale::Linear, low, high, reversed: false }
    }

    /// The value's position: 0 at the left or lower end, 1 at the other.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|v| self.scale.forward(v));
        let fraction = (value - low) / (high - low);
        if self.reversed { 1.0 - fraction } else { fraction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near((low, high): (f64, f64), expected: (f64, f64)) {
        let tolerance = (expected.1 - expected.0) * 1e-9;
        assert!((low - expected.0).abs() < tolerance && (high - expected.1).abs() < tolerance, "{low} to {high}");
    }

    /// `ax.get_xlim()` of matplotlib 3.11.2 for the same extents.
    #[test]
    fn limits_are_matplotlibs() {
        near(Scale::Linear.limits(Some((1.0, 6.1))), (0.745, 6.355));
        near(Scale::Linear.limits(None), (-0.055, 0.055));
        near(Scale::Linear.limits(Some((3.0, 3.0))), (2.835, 3.165));
        near(Scale::Linear.limits(Some((0.0, 0.0))), (-0.055, 0.055));
        near(Scale::Log.limits(Some((1e-3, 1.0))), (10f64.powf(-3.15), 10f64.powf(0.15)));
        near(Scale::Log.limits(Some((5.0, 5.0))), (10f64.powf(-0.05), 10f64.powf(1.05)));
        near(Scale::Log.limits(None), (10f64.powf(-0.05), 10f64.powf(1.05)));
    }

    #[test]
    fn limits_of_any_finite_data_are_finite_and_ordered() {
        let values = [0.0, 5e-324, f64::MIN_POSITIVE, 1e-100, 1.0, 1.0 + f64::EPSILON, 1e100, f64::MAX];
        for low in values.into_iter().flat_map(|v| [-v, v]) {
            for high in values.into_iter().flat_map(|v| [-v, v]).filter(|high| *high >= low) {
                let limits = Scale::Linear.limits(Some((low, high)));
                assert!(limits.0 < limits.1 && (limits.1 - limits.0).is_finite(), "{low} to {high}: {limits:?}");
                if low > 0.0 {
                    let limits = Scale::Log.limits(Some((low, high)));
                    assert!(
                        0.0 < limits.0 && limits.0 < limits.1 && limits.1.is_finite(),
                        "{low} to {high}: {limits:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn values_lie_between_the_limits() {
        let axis = Axis { scale: Scale::Log, low: 1.0, high: 100.0, reversed: false };
        assert_eq!(axis.fraction(10.0), 0.5);
        let axis = Axis::linear(0.0, 1e-9);
        assert_eq!(axis.fraction(0.5e-9), 0.5);
        assert_eq!(Axis { reversed: true, ..axis }.fraction(0.25e-9), 0.75);
        assert_eq!(axis.fraction(2e-9), 2.0);
    }
}
