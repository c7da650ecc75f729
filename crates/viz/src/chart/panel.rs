use super::{
    axis::{Axis, Scale},
    color::Color,
    series::Series,
};
use crate::error::Error;

/// One chart: axes with a title and labels, and the series in it.
///
/// Limits that are not given follow the data with a margin of 5 % on each side, and ticks follow the limits, both by
/// matplotlib's rules. Texts may hold mathematics between dollar signs, as in `$\sigma(z)$` or `$10^{-3}$`: letters
/// are slanted there; Greek letters, `\sum`, `\times`, `\infty`, functions such as `\log`, `^` and `_` are understood.
///
/// ```
/// use viz::{Marker, Panel, Series, Shape};
/// let panel = Panel::new()
///     .title("Decay")
///     .x_label("Step")
///     .y_label("Loss $10^{-3}$")
///     .y_log()
///     .series(Series::indexed(&[1.0, 0.1, 0.01], Marker::new(Shape::Point)));
/// # let _ = panel;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub(crate) title: String,
    pub(crate) x: AxisSpec,
    pub(crate) y: AxisSpec,
    pub(crate) series: Vec<Series>,
    pub(crate) legend: bool,
}

/// What the caller says about an axis.
#[derive(Clone, Debug, Default)]
pub(crate) struct AxisSpec {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    pub(crate) limits: Option<(f64, f64)>,
}

impl Panel {
    /// A panel with linear axes and nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bold title above the axes.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The bold label below the x axis.
    #[must_use]
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x.label = label.into();
        self
    }

    /// The bold label beside the y axis.
    #[must_use]
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y.label = label.into();
        self
    }

    /// The ends of the x axis; the data does not widen them.
    #[must_use]
    pub fn x_limits(mut self, low: f64, high: f64) -> Self {
        self.x.limits = Some((low, high));
        self
    }

    /// The ends of the y axis; the data does not widen them.
    #[must_use]
    pub fn y_limits(mut self, low: f64, high: f64) -> Self {
        self.y.limits = Some((low, high));
        self
    }

    /// A logarithmic x axis: values that are not positive are left out.
    #[must_use]
    pub fn x_log(mut self) -> Self {
        self.x.scale = Scale::Log;
        self
    }

    /// A logarithmic y axis: values that are not positive are left out.
    #[must_use]
    pub fn y_log(mut self) -> Self {
        self.y.scale = Scale::Log;
        self
    }

    /// Adds a series above those already there.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A framed legend of the labelled series where it covers the least data.
    #[must_use]
    pub fn legend(mut self) -> Self {
        self.legend = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.series.iter().try_for_each(Series::check)?;
        self.x.check('x')?;
        self.y.check('y')
    }

    /// The axes with their limits settled.
    pub(crate) fn axes(&self) -> (Axis, Axis) {
        let drawable = self.series.iter().flat_map(|s| &s.points).filter(|p| self.drawable(**p));
        let (mut x, mut y) = (Extent::default(), Extent::default());
        for &(px, py) in drawable {
            x.add(px);
            y.add(py);
        }
        (self.x.axis(x), self.y.axis(y))
    }

    /// The series' colours; those without one take the next of the cycle.
    pub(crate) fn colors(&self) -> Vec<Color> {
        let mut next = 0..;
        self.series.iter().map(|s| s.color.unwrap_or_else(|| Color::cycle(next.next().unwrap_or(0)))).collect()
    }

    /// Whether the point has a place on both axes.
    pub(crate) fn drawable(&self, (x, y): (f64, f64)) -> bool {
        self.x.scale.accepts(x) && self.y.scale.accepts(y)
    }
}

impl AxisSpec {
    fn check(&self, axis: char) -> Result<(), Error> {
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
            return refuse("a log axis needs positive limits");
        }
        Ok(())
    }

    fn axis(&self, data: Extent) -> Axis {
        let (low, high) = self.limits.unwrap_or_else(|| self.scale.limits(data.0));
        Axis { scale: self.scale, low, high }
    }
}

/// The smallest and the largest value seen.
#[derive(Clone, Copy, Default)]
struct Extent(Option<(f64, f64)>);

impl Extent {
    fn add(&mut self, value: f64) {
        let (low, high) = self.0.unwrap_or((value, value));
        self.0 = Some((low.min(value), high.max(value)));
    }
}
