use num_traits::AsPrimitive;

use super::{axis::Axis, color::Rgba, colormap::viridis};
use crate::error::Error;

/// A grid of values shown as colours of `viridis`, with the first row on top: matplotlib's
/// `imshow(values, aspect="auto")`.
///
/// The cell of row `r` and column `c` is at the point `(c, r)`, and the panel's y axis points down. A value that is not
/// finite has no colour and shows the background.
///
/// ```
/// use viz::{Figure, HeatMap, Panel};
/// # fn main() -> Result<(), viz::Error> {
/// let cells = HeatMap::new(2, 3, &[0.9, 0.05, 0.05, 0.2, 0.7, 0.1])
///     .limits(0.0, 1.0)
///     .texts(["the", "cat", "sat", "on", "the", "mat"])
///     .color_bar("Probability");
/// let panel = Panel::new().heat_map(cells).x_words(["A", "B", "C"]).y_words(["first", "second"]);
/// assert!(Figure::new(4.0, 3.0).panel(panel).to_svg()?.contains("aria-label=\"mat\""));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    values: Vec<f64>,
    limits: (f64, f64),
    pub(crate) texts: Vec<String>,
    pub(crate) bar: Option<String>,
    pub(crate) bar_shares: (f64, f64),
    pub(crate) square: bool,
}

impl HeatMap {
    /// `rows * columns` values, row by row.
    pub fn new<V: AsPrimitive<f64>>(rows: usize, columns: usize, values: &[V]) -> Self {
        let values: Vec<f64> = values.iter().map(|value| (*value).as_()).collect();
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let limits = match (finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max)) {
            // matplotlib's `nonsingular` with the expander of its colour bars.
            (low, high) if low == 0.0 && high == 0.0 => (-0.1, 0.1),
            (low, high) if low == high => (low - 0.1 * low.abs(), high + 0.1 * high.abs()),
            (low, high) if low < high => (low, high),
            _ => (0.0, 1.0),
        };
        Self { rows, columns, values, limits, texts: Vec::new(), bar: None, bar_shares: (0.15, 0.05), square: false }
    }

    /// The values of the first and the last colour; values outside get these colours too. The default is the smallest
    /// and the largest finite value.
    #[must_use]
    pub fn limits(self, low: f64, high: f64) -> Self {
        Self { limits: (low, high), ..self }
    }

    /// A literal text in each cell (a dollar sign is not special), row by row, in black or white, whichever has more
    /// contrast. All have one size, at most that of the tick labels. Texts that are too long at half that size are
    /// clipped.
    #[must_use]
    pub fn texts<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        Self { texts: texts.into_iter().map(Into::into).collect(), ..self }
    }

    /// A bar of the colours with their values on the panel's right side, with its label.
    #[must_use]
    pub fn color_bar(self, label: impl Into<String>) -> Self {
        Self { bar: Some(label.into()), ..self }
    }

    /// Which shares of the panel's width the bar of colours and the space before it may take: matplotlib's `fraction`
    /// and `pad`, 0.15 and 0.05 by default.
    #[must_use]
    pub fn color_bar_shares(self, bar: f64, space: f64) -> Self {
        Self { bar_shares: (bar, space), ..self }
    }

    /// Cells as high as wide, whatever the shape of the panel: matplotlib's `aspect="equal"`.
    #[must_use]
    pub fn square(self) -> Self {
        Self { square: true, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let (rows, columns) = (self.rows, self.columns);
        let wrong = |given| Err(Error::Cells { rows, columns, given });
        let cells = rows.saturating_mul(columns);
        if cells == 0 || self.values.len() != cells {
            return wrong(self.values.len());
        }
        if !self.texts.is_empty() && self.texts.len() != cells {
            return wrong(self.texts.len());
        }
        let (bar, space) = self.bar_shares;
        for value in [bar, space, 1.0 - bar - space] {
            if !(value > 0.0 && value < 1.0) {
                let expected = "shares above 0 whose sum is below 1 are accepted";
                return Err(Error::Style { what: "a share of the bar of colours", value, expected });
            }
        }
        let (low, high) = self.limits;
        if low < high && (high - low).is_finite() {
            return Ok(());
        }
        Err(Error::Limits { axis: 'c', low, high, expected: "the first colour's value must lie below the last one's" })
    }

    /// The colour of a cell; `None` where its value is not finite.
    pub(crate) fn color(&self, row: usize, column: usize) -> Option<Rgba> {
        let value = *self.values.get(row * self.columns + column)?;
        value.is_finite().then(|| self.shade(self.scale().fraction(value)))
    }

    /// The colour at a share of the way from the lower to the upper limit.
    pub(crate) fn shade(&self, share: f64) -> Rgba {
        Rgba::hex(viridis(share))
    }

    /// The values of the colours.
    pub(crate) fn scale(&self) -> Axis {
        Axis::linear(self.limits.0, self.limits.1)
    }
}
