use std::borrow::Cow;

use num_traits::AsPrimitive;

use super::{
    axis::{Axis, Scale},
    bars::{Bar, Bars},
    color::Color,
    heat::HeatMap,
    series::{Reference, Series},
    spec::{AxisSpec, Extent, FINITE, POSITIVE, in_order, own_ticks},
};
use crate::error::Error;

/// One chart: axes with a title and labels, and in it a heat map, bars and series, drawn in this order.
///
/// Limits that are not given follow the data with a margin of 5 % on each side, and ticks follow the limits, both by
/// matplotlib's rules. Texts may hold mathematics between dollar signs, as in `$\sigma(z)$` or `$10^{-3}$`: letters are
/// slanted there. Greek letters, `\sum`, `\times`, `\infty`, functions such as `\log`, `^` and `_` are supported.
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
    pub(crate) heat: Option<HeatMap>,
    pub(crate) bars: Vec<Bars>,
    pub(crate) series: Vec<Series>,
    /// Texts and the points where they start.
    pub(crate) texts: Vec<((f64, f64), String)>,
    pub(crate) legend: bool,
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

    /// Literal words below the x axis at 0, 1, 2 …, in place of its ticks (a dollar sign is not special). If they do
    /// not fit side by side, they are slanted, then vertical, and finally thinned out.
    #[must_use]
    pub fn x_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.x.ticks = Some(in_order(words));
        self
    }

    /// Literal words beside the y axis at 0, 1, 2 …, in place of its ticks (a dollar sign is not special).
    #[must_use]
    pub fn y_words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.y.ticks = Some(in_order(words));
        self
    }

    /// Ticks of the x axis at these values with these labels, in place of its own. The labels may have mathematics
    /// between dollar signs. If they do not fit side by side, they are slanted, then vertical, and finally thinned out.
    /// Ticks beyond the limits are left out.
    ///
    /// ```
    /// use viz::{Panel, Series};
    /// let pi = std::f64::consts::PI;
    /// let panel = Panel::new()
    ///     .series(Series::line(&[0.0, pi], &[1.0, -1.0]))
    ///     .x_ticks([(0.0, "0"), (pi / 2.0, "π/2"), (pi, "π")])
    ///     .y_ticks([(-1, "low"), (1, "high")]);
    /// # let _ = panel;
    /// ```
    #[must_use]
    pub fn x_ticks<V: AsPrimitive<f64>, L: Into<String>>(mut self, ticks: impl IntoIterator<Item = (V, L)>) -> Self {
        self.x.ticks = Some(own_ticks(ticks));
        self
    }

    /// Ticks of the y axis at these values with these labels, in place of its own, as [`x_ticks`](Panel::x_ticks).
    #[must_use]
    pub fn y_ticks<V: AsPrimitive<f64>, L: Into<String>>(mut self, ticks: impl IntoIterator<Item = (V, L)>) -> Self {
        self.y.ticks = Some(own_ticks(ticks));
        self
    }

    /// A text that starts at a point of the data, or ends there where it would leave the panel on the right: matplotlib's
    /// `text`. It may have mathematics between dollar signs. It does not widen the limits, and is left out beyond them.
    ///
    /// ```
    /// use viz::{Panel, Series};
    /// let panel = Panel::new().series(Series::line(&[0, 1, 2], &[3, 1, 2])).text(1, 1, "the least");
    /// # let _ = panel;
    /// ```
    #[must_use]
    pub fn text<X: AsPrimitive<f64>, Y: AsPrimitive<f64>>(mut self, x: X, y: Y, text: impl Into<String>) -> Self {
        self.texts.push(((x.as_(), y.as_()), text.into()));
        self
    }

    /// Puts a heat map behind everything, in place of the one before.
    #[must_use]
    pub fn heat_map(mut self, heat_map: HeatMap) -> Self {
        self.heat = Some(heat_map);
        self
    }

    /// Adds bars above those already there.
    #[must_use]
    pub fn bars(mut self, bars: Bars) -> Self {
        self.bars.push(bars);
        self
    }

    /// Adds a series above those already there.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A framed legend of the labelled series and bars where it covers the least data.
    #[must_use]
    pub fn legend(mut self) -> Self {
        self.legend = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.series.iter().try_for_each(Series::check)?;
        self.bars.iter().try_for_each(Bars::check)?;
        self.heat.iter().try_for_each(HeatMap::check)?;
        self.x.check('x')?;
        self.y.check('y')?;
        if let Some(&((x, y), _)) = self.texts.iter().find(|((x, y), _)| !x.is_finite() || !y.is_finite()) {
            let value = if x.is_finite() { y } else { x };
            return Err(Error::Style { what: "a text's position", value, expected: FINITE });
        }
        // Cells stand at 0, 1, 2 …
        let (rows, columns) = self.heat.as_ref().map_or((0, 0), |heat| (heat.rows, heat.columns));
        for (axis, spec, count) in [('x', &self.x, columns), ('y', &self.y, rows)] {
            if count > 0 && spec.scale == Scale::Log {
                return Err(Error::Limits { axis, low: -0.5, high: count as f64 - 0.5, expected: POSITIVE });
            }
        }
        Ok(())
    }

    /// The axes with their limits settled.
    pub(crate) fn axes(&self) -> (Axis, Axis) {
        let (mut x, mut y) = (Extent::default(), Extent::default());
        for series in &self.series {
            for &(px, py) in series.points.iter().filter(|p| self.drawable(**p)) {
                if series.reference != Some(Reference::Horizontal) {
                    x.add(px);
                }
                if series.reference != Some(Reference::Vertical) {
                    y.add(py);
                }
            }
        }
        for bars in &self.bars {
            for bar in bars.each().filter(|bar| self.shows(bar)) {
                let (along, across) = if bars.horizontal { (&mut x, &mut y) } else { (&mut y, &mut x) };
                let (ends, sides) = if bars.horizontal { (bar.x, bar.y) } else { (bar.y, bar.x) };
                across.add(sides.0);
                across.add(sides.1);
                along.add(ends.1);
                along.add_edge(ends.0);
            }
        }
        if let Some(heat) = &self.heat {
            for (extent, count) in [(&mut x, heat.columns), (&mut y, heat.rows)] {
                extent.add_edge(-0.5);
                extent.add_edge(count as f64 - 0.5);
            }
        }
        let y = Axis { reversed: self.heat.is_some(), ..self.y.axis(&y) };
        (self.x.axis(&x), y)
    }

    /// The series' colours; those without one take the next of the cycle.
    pub(crate) fn series_colors(&self) -> Vec<Color> {
        cycled(self.series.iter().map(|series| series.color))
    }

    /// The bars' colours; those without one take the next of the cycle.
    pub(crate) fn bar_colors(&self) -> Vec<Color> {
        cycled(self.bars.iter().map(|bars| bars.color))
    }

    /// The points to draw of a series: its own, or for a reference line the ends of the axis along it.
    pub(crate) fn curve<'s>(&self, series: &'s Series, (x, y): (&Axis, &Axis)) -> Cow<'s, [(f64, f64)]> {
        match (series.reference, series.points.as_slice()) {
            (Some(Reference::Horizontal), &[(_, at)]) => vec![(x.low, at), (x.high, at)].into(),
            (Some(Reference::Vertical), &[(at, _)]) => vec![(at, y.low), (at, y.high)].into(),
            (_, points) => points.into(),
        }
    }

    /// The points of the series and the ends of the bars.
    pub(crate) fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let bars = self.bars.iter().flat_map(Bars::each).map(|bar| (bar.x.1, bar.y.1));
        self.series.iter().flat_map(|s| s.points.iter().copied()).chain(bars)
    }

    /// Whether the bar's end has a place.
    pub(crate) fn shows(&self, bar: &Bar) -> bool {
        self.drawable((bar.x.1, bar.y.1))
    }

    /// The bars that can be drawn. A bar that starts outside its axis's domain, such as at 0 on a log axis, starts at
    /// the axis's lower limit.
    pub(crate) fn shown(&self, bars: &Bars, (x, y): (&Axis, &Axis)) -> impl Iterator<Item = Bar> {
        let base = |axis: &Axis, value: f64| if axis.scale.accepts(value) { value } else { axis.low };
        let shown = bars.each().filter(|bar| self.shows(bar));
        shown.map(move |bar| Bar { x: (base(x, bar.x.0), bar.x.1), y: (base(y, bar.y.0), bar.y.1) })
    }

    /// Whether the point has a place on both axes.
    pub(crate) fn drawable(&self, (x, y): (f64, f64)) -> bool {
        self.x.scale.accepts(x) && self.y.scale.accepts(y)
    }
}

fn cycled(colors: impl Iterator<Item = Option<Color>>) -> Vec<Color> {
    let mut next = 0..;
    colors.map(|color| color.unwrap_or_else(|| Color::cycle(next.next().unwrap_or(0)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(panel: &Panel, x: (f64, f64), y: (f64, f64)) {
        let (have_x, have_y) = panel.axes();
        for (have, want) in [(have_x.low, x.0), (have_x.high, x.1), (have_y.low, y.0), (have_y.high, y.1)] {
            assert!((have - want).abs() < 1e-9, "{have_x:?} {have_y:?}");
        }
    }

    /// `ax.get_xlim()` and `ax.get_ylim()` of matplotlib 3.11.2: no margin where a bar begins.
    #[test]
    fn limits_with_bars_are_matplotlibs() {
        near(&Panel::new().bars(Bars::vertical(&[1.0, 3.0, 2.0, 4.0])), (-0.59, 3.59), (0.0, 4.2));
        near(&Panel::new().bars(Bars::horizontal(&[0.31, 0.22, 0.12, 0.07, 0.02])), (0.0, 0.3255), (-0.64, 4.64));
        let small = Bars::vertical(&[4.2, 8.4]).places(&[-0.2, 6.8]).thickness(0.4);
        let large = Bars::vertical(&[2.0, -1.5]).places(&[0.2, 7.2]).thickness(0.4);
        near(&Panel::new().bars(small).bars(large), (-0.79, 7.79), (-1.995, 8.895));
        let line = Series::line(&[0.0, 39.0], &[4.0, 16.0]);
        let values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 19)).collect();
        near(&Panel::new().bars(Bars::vertical(&values).thickness(1.0)).series(line), (-2.5, 41.5), (0.0, 18.9));
    }

    #[test]
    fn a_heat_map_has_no_margin_and_runs_down() {
        let panel = Panel::new().heat_map(HeatMap::new(2, 3, &[0.0; 6]));
        near(&panel, (-0.5, 2.5), (-0.5, 1.5));
        let (x, y) = panel.axes();
        assert_eq!((x.fraction(-0.5), y.fraction(-0.5), y.fraction(1.5)), (0.0, 1.0, 0.0));
    }
}
