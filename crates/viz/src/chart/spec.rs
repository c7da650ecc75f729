use num_traits::AsPrimitive;

use super::axis::{Axis, Scale};
use crate::error::Error;

/// An axis's settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct AxisSpec {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    pub(crate) limits: Option<(f64, f64)>,
    /// The ticks, in place of those that follow from the limits.
    pub(crate) ticks: Option<Vec<OwnTick>>,
}

/// A tick of a given position and label.
#[derive(Clone, Debug)]
pub(crate) struct OwnTick {
    pub(crate) value: f64,
    pub(crate) label: String,
    /// Whether no character of the label is special.
    pub(crate) literal: bool,
}

pub(super) const POSITIVE: &str = "a log axis needs positive limits";
pub(super) const FINITE: &str = "a finite number is accepted";

/// Literal ticks at 0, 1, 2 …
pub(super) fn in_order<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Vec<OwnTick> {
    let tick = |(index, word): (usize, W)| OwnTick { value: index as f64, label: word.into(), literal: true };
    words.into_iter().enumerate().map(tick).collect()
}

pub(super) fn own_ticks<V: AsPrimitive<f64>, L: Into<String>>(ticks: impl IntoIterator<Item = (V, L)>) -> Vec<OwnTick> {
    let tick = |(value, label): (V, L)| OwnTick { value: value.as_(), label: label.into(), literal: false };
    let mut ticks: Vec<OwnTick> = ticks.into_iter().map(tick).collect();
    ticks.sort_by(|a, b| a.value.total_cmp(&b.value));
    ticks
}

impl AxisSpec {
    pub(super) fn check(&self, axis: char) -> Result<(), Error> {
        if let Some(tick) = self.ticks.iter().flatten().find(|tick| !tick.value.is_finite()) {
            return Err(Error::Style { what: "a tick's position", value: tick.value, expected: FINITE });
        }
        let Some((low, high)) = self.limits else { return Ok(()) };
        let refuse = |expected| Err(Error::Limits { axis, low, high, expected });
        if !low.is_finite() || !high.is_finite() {
            return refuse("both limits must be finite");
        }
        if !(high - low).is_finite() {
            return refuse("their distance must be finite");
        }
        if low >= high {
            return refuse("the first limit must lie below the second");
        }
        if self.scale == Scale::Log && low <= 0.0 {
            return refuse(POSITIVE);
        }
        Ok(())
    }

    pub(super) fn axis(&self, data: &Extent) -> Axis {
        let (low, high) = self.limits.unwrap_or_else(|| data.limits(self.scale));
        Axis { scale: self.scale, low, high, reversed: false }
    }
}

/// The smallest and the largest value, and matplotlib's sticky edges: values that get no margin if they are the
/// outermost.
#[derive(Default)]
pub(super) struct Extent {
    values: Option<(f64, f64)>,
    edges: Option<(f64, f64)>,
}

impl Extent {
    pub(super) fn add(&mut self, value: f64) {
        self.values = Some(wider(self.values, value));
    }

    pub(super) fn add_edge(&mut self, value: f64) {
        self.edges = Some(wider(self.edges, value));
    }

    fn limits(&self, scale: Scale) -> (f64, f64) {
        let edges = self.edges.filter(|(low, high)| scale.accepts(*low) && scale.accepts(*high));
        let Some((first, last)) = edges else { return scale.limits(self.values) };
        let (low, high) = wider(self.values, first);
        let (low, high) = wider(Some((low, high)), last);
        let (wide_low, wide_high) = scale.limits(Some((low, high)));
        (if low == first { low } else { wide_low }, if high == last { high } else { wide_high })
    }
}

fn wider(range: Option<(f64, f64)>, value: f64) -> (f64, f64) {
    let (low, high) = range.unwrap_or((value, value));
    (low.min(value), high.max(value))
}
