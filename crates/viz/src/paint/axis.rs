use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::{chart::Axis, layout::Major};

/// One of our axes for plotters: its scale, and its ticks as key points.
#[derive(Clone, Debug)]
pub(super) struct PlacedAxis {
    pub(super) axis: Axis,
    /// From where to where the panel reaches, in units. plotters' own limits are the figure's: it is given the whole of
    /// it to draw on.
    pub(super) panel: (i32, i32),
    /// From where to where the spine is drawn.
    pub(super) spine: Range<i32>,
    pub(super) ticks: Vec<Major>,
}

/// Units from which a coordinate is as good as infinitely far.
const FAR: f64 = (1 << 24) as f64;

impl Ranged for PlacedAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, _: (i32, i32)) -> i32 {
        let (start, end) = self.panel;
        let place = f64::from(start) + self.axis.fraction(*value) * f64::from(end - start);
        // Far outside, what is drawn does not depend on how far; within, the cast is exact.
        place.round().clamp(-FAR, FAR) as i32
    }

    /// Ticks from the layout, which has counted how many fit; plotters' own number is ignored.
    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.axis.low..self.axis.high
    }

    fn axis_pixel_range(&self, _: (i32, i32)) -> Range<i32> {
        self.spine.clone()
    }
}

impl ValueFormatter<f64> for PlacedAxis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.value == *value);
        tick.and_then(|tick| tick.label.as_ref()).map_or_else(String::new, |label| label.text.source.clone())
    }
}
