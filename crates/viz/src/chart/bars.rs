use num_traits::AsPrimitive;

use super::{color::Color, series};
use crate::error::Error;

/// Vertical or horizontal bars, each from a base to a value: matplotlib's `bar` and `barh`.
///
/// A bar whose place or value is not finite (or, on a log axis, not positive) is left out and counted.
///
/// ```
/// use viz::{Bars, Color, Panel};
/// let counts = Bars::vertical(&[3.0, 1.0, 2.0]).color(Color::cycle(1)).label("counts");
/// // From the smallest to the largest number of a type, below each other.
/// let ranges = Bars::horizontal(&[65504.0, 3.4e38]).bases(&[6e-8, 1.4e-45]).thickness(0.5);
/// let panels = [Panel::new().bars(counts).x_words(["a", "b", "c"]), Panel::new().bars(ranges).x_log()];
/// # let _ = panels;
/// ```
#[derive(Clone, Debug)]
pub struct Bars {
    pub(crate) horizontal: bool,
    values: Vec<f64>,
    places: Option<Vec<f64>>,
    bases: Option<Vec<f64>>,
    thickness: f64,
    /// The number of a histogram's bins.
    bins: Option<usize>,
    pub(crate) color: Option<Color>,
    pub(crate) edge: Option<Color>,
    pub(crate) alpha: Option<f32>,
    pub(crate) label: Option<String>,
}

/// A bar: its ranges of x and y, each from the base to the value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

impl Bars {
    /// Vertical bars at x = 0, 1, 2 …, from 0 to the values.
    pub fn vertical<V: AsPrimitive<f64>>(values: &[V]) -> Self {
        Self {
            horizontal: false,
            values: values.iter().map(|v| (*v).as_()).collect(),
            places: None,
            bases: None,
            thickness: 0.8,
            bins: None,
            color: None,
            edge: None,
            alpha: None,
            label: None,
        }
    }

    /// Horizontal bars at y = 0, 1, 2 …, from 0 to the values.
    pub fn horizontal<V: AsPrimitive<f64>>(values: &[V]) -> Self {
        Self { horizontal: true, ..Self::vertical(values) }
    }

    /// A histogram: the number of values in each of `bins` intervals of equal width, from the smallest finite value to
    /// the largest, as NumPy's `histogram` counts them. An interval has its lower end, the last one has both. Values
    /// that are not finite are left out and counted in a remark.
    ///
    /// ```
    /// use viz::{Bars, Color, Panel};
    /// let sizes = Bars::histogram(&[1.0, 1.5, 2.0, 2.5, 5.0], 4).edge(Color::INK);
    /// let panel = Panel::new().bars(sizes).x_label("size").y_label("count");
    /// # let _ = panel;
    /// ```
    pub fn histogram<V: AsPrimitive<f64>>(values: &[V], bins: usize) -> Self {
        let values: Vec<f64> = values.iter().map(|v| (*v).as_()).collect();
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (low, high) = match (finite().reduce(f64::min), finite().reduce(f64::max)) {
            (Some(low), Some(high)) if low < high => (low, high),
            (Some(value), _) => (value - 0.5, value + 0.5),
            _ => (0.0, 1.0),
        };
        let range = high - low;
        // The difference may be too large for the type.
        let width = if range.is_finite() { range / bins as f64 } else { high / bins as f64 - low / bins as f64 };
        let edge = |bin: usize| if bin == bins { high } else { low + bin as f64 * width };
        let mut counts = vec![0.0; bins];
        for value in finite().filter(|_| bins > 0) {
            let bin = ((value / width - low / width) as usize).min(bins - 1);
            // Rounding may be off by one: the edges decide.
            let bin = if value < edge(bin) {
                bin - 1
            } else if bin + 1 < bins && value >= edge(bin + 1) {
                bin + 1
            } else {
                bin
            };
            counts[bin] += 1.0;
        }
        let mut places: Vec<f64> = (0..bins).map(|bin| edge(bin) + 0.5 * width).collect();
        for value in values.into_iter().filter(|v| !v.is_finite()) {
            places.push(value);
            counts.push(0.0);
        }
        Self { bins: Some(bins), thickness: width, ..Self::vertical(&counts).places(&places) }
    }

    /// The bars' positions, in place of 0, 1, 2 …
    #[must_use]
    pub fn places<P: AsPrimitive<f64>>(self, places: &[P]) -> Self {
        Self { places: Some(places.iter().map(|p| (*p).as_()).collect()), ..self }
    }

    /// Where the bars begin, instead of 0.
    #[must_use]
    pub fn bases<B: AsPrimitive<f64>>(self, bases: &[B]) -> Self {
        Self { bases: Some(bases.iter().map(|b| (*b).as_()).collect()), ..self }
    }

    /// A bar's width in units of the axis; 0.8 by default.
    #[must_use]
    pub fn thickness(self, thickness: f64) -> Self {
        Self { thickness, ..self }
    }

    /// The colour of the inside. By default the panel's next one of [`Color::cycle`] among its bars.
    #[must_use]
    pub fn color(self, color: Color) -> Self {
        Self { color: Some(color), ..self }
    }

    /// An outline of this colour, 1 point wide. The default is none.
    #[must_use]
    pub fn edge(self, color: Color) -> Self {
        Self { edge: Some(color), ..self }
    }

    /// One opacity for inside and outline, in place of those of their colours.
    #[must_use]
    pub fn alpha(self, alpha: f32) -> Self {
        Self { alpha: Some(alpha), ..self }
    }

    /// The entry in the legend; without it the bars have none.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let values = self.values.len();
        for given in [&self.places, &self.bases].into_iter().flatten().map(Vec::len) {
            if given != values {
                return Err(Error::Bars { values, given });
            }
        }
        if self.bins == Some(0) {
            return Err(Error::Style { what: "the number of bins", value: 0.0, expected: "1 or more are accepted" });
        }
        let thickness = self.thickness;
        if !(thickness > 0.0 && thickness.is_finite()) {
            let expected = "a positive number is accepted";
            return Err(Error::Style { what: "a bar's thickness", value: thickness, expected });
        }
        series::check_opacity(self.alpha)
    }

    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = Bar> + '_ {
        (0..self.values.len()).map(|index| {
            let at = |values: &Option<Vec<f64>>, default| values.as_ref().map_or(default, |values| values[index]);
            let (place, base, value) = (at(&self.places, index as f64), at(&self.bases, 0.0), self.values[index]);
            let half = self.thickness / 2.0;
            let (across, along) = ((place - half, place + half), (base, value));
            if self.horizontal { Bar { x: along, y: across } } else { Bar { x: across, y: along } }
        })
    }
}
