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
