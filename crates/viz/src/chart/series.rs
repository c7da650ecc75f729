use num_traits::AsPrimitive;

use super::color::Color;
use crate::error::Error;

/// How a line is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// matplotlib's `--`: 3.7 line widths on, 1.6 off.
    Dashed,
    /// matplotlib's `:`: 1 line width on, 1.65 off.
    Dotted,
}

impl Dash {
    /// On and off lengths in line widths.
    pub(crate) fn pattern(self) -> Option<[f64; 2]> {
        match self {
            Dash::Solid => None,
            Dash::Dashed => Some([3.7, 1.6]),
            Dash::Dotted => Some([1.0, 1.65]),
        }
    }
}

/// The outline of a marker; matplotlib's letter in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A square (`s`).
    Square,
    /// A circle (`o`).
    Circle,
    /// A triangle that points up (`^`).
    Triangle,
    /// A hexagon that stands on a corner (`h`).
    Hexagon,
    /// Two strokes crossed diagonally (`x`); it has no face.
    Cross,
    /// A circle of half the size (`.`).
    Point,
}

/// A marker: its shape, its size and the colours of its face and its edge.
///
/// ```
/// use viz::{Color, Marker, Shape};
/// let marker = Marker::new(Shape::Square).size(10.0).face(Color::rgb(0.9, 0.7, 0.7)).edge(Color::INK);
/// # let _ = marker;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marker {
    pub(crate) shape: Shape,
    pub(crate) size: f64,
    pub(crate) face: Option<Color>,
    pub(crate) edge: Option<Color>,
}

impl Marker {
    /// A marker of 6 points with an edge of 1 point, face and edge in the colour of its series.
    #[must_use]
    pub const fn new(shape: Shape) -> Self {
        Self { shape, size: 6.0, face: None, edge: None }
    }

    /// The width of the shape in points, without its edge.
    #[must_use]
    pub const fn size(self, points: f64) -> Self {
        Self { size: points, ..self }
    }

    /// The colour of the inside.
    #[must_use]
    pub const fn face(self, color: Color) -> Self {
        Self { face: Some(color), ..self }
    }

    /// The colour of the outline.
    #[must_use]
    pub const fn edge(self, color: Color) -> Self {
        Self { edge: Some(color), ..self }
    }
}

/// Points to draw as a line, as markers, or as both.
///
/// A point with a coordinate that is not finite (or, on a log axis, not positive) is left out and counted; a line is
/// broken there.
///
/// ```
/// use viz::{Dash, Marker, Series, Shape};
/// let x = [1.0, 2.0, 3.0];
/// let squares: Vec<f32> = vec![1.0, 4.0, 9.0];
/// let series = Series::line(&x, &squares).dash(Dash::Dotted).marker(Marker::new(Shape::Cross)).label("x²");
/// # let _ = series;
/// ```
#[derive(Clone, Debug)]
pub struct Series {
    /// A reference line's is one point, at 1 on the axis along the line, which every axis accepts.
    pub(crate) points: Vec<(f64, f64)>,
    /// Whether and how it is a line across the whole panel.
    pub(crate) reference: Option<Reference>,
    /// Numbers of x and y values as given.
    pub(crate) lengths: (usize, usize),
    pub(crate) color: Option<Color>,
    pub(crate) line: Option<(f64, Dash)>,
    pub(crate) marker: Option<Marker>,
    pub(crate) alpha: Option<f32>,
    pub(crate) label: Option<String>,
}

/// The direction of a reference line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Horizontal,
    Vertical,
}

impl Series {
    /// A line through the points in their order, 1.5 points wide.
    pub fn line<X: AsPrimitive<f64>, Y: AsPrimitive<f64>>(x: &[X], y: &[Y]) -> Self {
        let points = x.iter().zip(y).map(|(&x, &y)| (x.as_(), y.as_())).collect();
        Self {
            points,
            reference: None,
            lengths: (x.len(), y.len()),
            color: None,
            line: Some((1.5, Dash::Solid)),
            marker: None,
            alpha: None,
            label: None,
        }
    }

    /// A marker at every point, and no line. Made for a handful of points and for hundreds of thousands.
    pub fn scatter<X: AsPrimitive<f64>, Y: AsPrimitive<f64>>(x: &[X], y: &[Y], marker: Marker) -> Self {
        Self { line: None, ..Self::line(x, y) }.marker(marker)
    }

    /// A marker at `(index, value)` for every value.
    pub fn indexed<Y: AsPrimitive<f64>>(values: &[Y], marker: Marker) -> Self {
        let points = values.iter().enumerate().map(|(index, &y)| (index as f64, y.as_())).collect();
        Self { points, lengths: (values.len(), values.len()), ..Self::line::<f64, f64>(&[], &[]) }
            .without_line()
            .marker(marker)
    }

    /// A horizontal line across the whole panel: matplotlib's `axhline`.
    ///
    /// ```
    /// use viz::{Color, Dash, Panel, Series};
    /// let uniform = Series::horizontal(0.25).dash(Dash::Dashed).color(Color::INK).label("uniform");
    /// let panel = Panel::new().series(Series::line(&[0, 1, 2], &[0.1, 0.2, 0.7])).series(uniform).legend();
    /// # let _ = panel;
    /// ```
    pub fn horizontal<Y: AsPrimitive<f64>>(y: Y) -> Self {
        Self { reference: Some(Reference::Horizontal), ..Self::line(&[1.0], &[y]) }
    }

    /// A vertical line across the whole panel: matplotlib's `axvline`.
    ///
    /// ```
    /// use viz::{Panel, Series};
    /// let panel = Panel::new().series(Series::line(&[0, 1, 2], &[3, 1, 2])).series(Series::vertical(1));
    /// # let _ = panel;
    /// ```
    pub fn vertical<X: AsPrimitive<f64>>(x: X) -> Self {
        Self { reference: Some(Reference::Vertical), ..Self::line(&[x], &[1.0]) }
    }

    /// Markers on the line, drawn above it.
    #[must_use]
    pub fn marker(self, marker: Marker) -> Self {
        Self { marker: Some(marker), ..self }
    }

    /// The colour of the line, and the default for faces and edges. The default is the panel's next colour of
    /// [`Color::cycle`].
    #[must_use]
    pub fn color(self, color: Color) -> Self {
        Self { color: Some(color), ..self }
    }

    /// The width of the line in points.
    #[must_use]
    pub fn width(self, points: f64) -> Self {
        Self { line: Some((points, self.line.map_or(Dash::Solid, |(_, dash)| dash))), ..self }
    }

    /// How the line is broken.
    #[must_use]
    pub fn dash(self, dash: Dash) -> Self {
        Self { line: Some((self.line.map_or(1.5, |(width, _)| width), dash)), ..self }
    }

    /// One opacity for line, faces and edges, in place of those of their colours.
    #[must_use]
    pub fn alpha(self, alpha: f32) -> Self {
        Self { alpha: Some(alpha), ..self }
    }

    /// The entry in the legend; without it the series has none.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    fn without_line(self) -> Self {
        Self { line: None, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let (x, y) = self.lengths;
        if x != y {
            return Err(Error::Lengths { x, y });
        }
        let positive = |what, value: f64| {
            let ok = value.is_finite() && (0.0..=1e4).contains(&value);
            if ok { Ok(()) } else { Err(Error::Style { what, value, expected: "0 to 10000 points are accepted" }) }
        };
        if let Some((width, _)) = self.line {
            positive("a line width", width)?;
        }
        if let Some(marker) = self.marker {
            positive("a marker size", marker.size)?;
        }
        check_opacity(self.alpha)
    }
}

pub(super) fn check_opacity(alpha: Option<f32>) -> Result<(), Error> {
    match alpha.filter(|alpha| !(0.0..=1.0).contains(alpha)) {
        Some(alpha) => {
            Err(Error::Style { what: "an opacity", value: f64::from(alpha), expected: "0 to 1 are accepted" })
        }
        None => Ok(()),
    }
}
