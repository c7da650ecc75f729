//! From a laid-out figure to a surface, by way of plotters.

use plotters::{
    chart::ChartBuilder,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{PathElement, Rectangle},
    style::{RGBAColor, ShapeStyle},
};

use crate::{
    axis::Scale,
    backend::{Backend, UNITS},
    color::{Color, Rgba},
    elements::{Label, Line, LineStyle, Markers},
    error::Error,
    figure::Figure,
    layout::{self, Area, LABEL_SIZE, Placed},
    legend::Legend,
    marker::MarkerPath,
    panel::Panel,
    series::{Dash, Series},
    stamp::PixelRect,
    surface::{Surface, Turn},
    text::{Text, Weight},
    theme::Theme,
};

/// Width of axes and ticks, and of minor ticks.
const AXIS_WIDTH: f64 = 0.8;
const MINOR_WIDTH: f64 = 0.6;

pub(crate) type Root<'a, S> = DrawingArea<Backend<'a, S>, Shift>;

pub(crate) fn draw<S: Surface>(figure: &Figure, placed: &[Placed], surface: &mut S) -> Result<(), Error> {
    let pen = Pen { scale: figure.scale(), theme: figure.theme };
    let root = Backend { surface, scale: pen.scale }.into_drawing_area();
    let (width, height) = root.dim_in_pixel();
    root.draw(&Rectangle::new([(0, 0), (width as i32, height as i32)], pen.filled(pen.theme.paper())))?;
    for (panel, place) in figure.panels.iter().zip(placed) {
        pen.series(&root, panel, place)?;
        pen.axes(&root, place)?;
        pen.labels(&root, panel, place)?;
        pen.remark(&root, panel, place.area)?;
        if panel.legend {
            Legend::new(panel, place).draw(&pen, &root)?;
        }
    }
    if !figure.footnote.is_empty() {
        let text = Text::new(&figure.footnote, layout::FOOTNOTE_SIZE, Weight::Regular);
        let (right, bottom) = figure.points();
        // In the padding below everything else.
        pen.text(&root, &text, (right - 10.8 - text.width, bottom - 3.6), Turn::None, pen.theme.faint())?;
    }
    root.present()?;
    Ok(())
}

/// Points to backend units, and the theme's colours.
#[derive(Clone, Copy)]
pub(crate) struct Pen {
    /// Pixels per point.
    pub(crate) scale: f64,
    pub(crate) theme: Theme,
}

impl Pen {
    fn units(&self, points: f64) -> i32 {
        (points * self.scale * f64::from(UNITS)).round() as i32
    }

    /// The middle of the pixel that the place lies in: where a thin straight line is crisp.
    fn crisp(&self, units: i32) -> i32 {
        units.div_euclid(UNITS) * UNITS + UNITS / 2
    }

    fn filled(&self, color: Rgba) -> ShapeStyle {
        self.style(color, 0.0).filled()
    }

    fn style(&self, color: Rgba, width: f64) -> ShapeStyle {
        let [r, g, b] = color.bytes();
        let color = RGBAColor(r, g, b, f64::from(color.alpha));
        ShapeStyle { color, filled: false, stroke_width: self.units(width).max(0) as u32 }
    }

    pub(crate) fn color(&self, color: Color) -> Rgba {
        color.resolve(self.theme.ink().rgb)
    }

    /// A text whose baseline starts at `at`, in points.
    pub(crate) fn text<S: Surface>(
        &self,
        root: &Root<'_, S>,
        text: &Text,
        at: (f64, f64),
        turn: Turn,
        color: Rgba,
    ) -> Result<(), Error> {
        let at = (self.units(at.0), self.units(at.1));
        Ok(root.draw(&Label { text, at, turn, color })?)
    }

    /// The whole pixels of a plotting area.
    fn pixels(&self, area: Area) -> PixelRect {
        let [left, top, right, bottom] =
            [area.left, area.top, area.right, area.bottom].map(|v| (v * self.scale).round() as i32);
        PixelRect { x: left, y: top, width: (right - left).max(0) as usize, height: (bottom - top).max(0) as usize }
    }

    fn series<S: Surface>(&self, root: &Root<'_, S>, panel: &Panel, place: &Placed) -> Result<(), Error> {
        let area = place.area;
        let (left, top) = (self.units(area.left), self.units(area.top));
        // plotters counts the last unit out.
        let size = (self.units(area.right) - left + 1, self.units(area.bottom) - top + 1);
        let area = root.clone().shrink((left, top), size);
        let mut chart = ChartBuilder::on(&area).build_cartesian_2d(place.x.axis, place.y.axis)?;
        let clip = self.pixels(place.area);
        for (series, look) in panel.series.iter().zip(looks(panel)) {
            if let Some(style) = look.line(self) {
                let runs = series.points.split(|p| !panel.drawable(*p)).filter(|run| run.len() > 1);
                chart.draw_series(runs.map(|points| Line { points, style, clip }))?;
            }
            if let Some(marker) = look.marker(self) {
                let points: Vec<(f64, f64)> = series.points.iter().copied().filter(|p| panel.drawable(*p)).collect();
                chart.draw_series([Markers { points: &points, marker, clip }])?;
            }
        }
        Ok(())
    }

    /// Left and bottom spines, ticks and their labels.
    fn axes<S: Surface>(&self, root: &Root<'_, S>, place: &Placed) -> Result<(), Error> {
        let Area { left, top, right, bottom } = place.area;
        let ink = self.theme.ink();
        let line = |from: (i32, i32), to: (i32, i32), width: f64| -> Result<(), Error> {
            Ok(root.draw(&PathElement::new([from, to], self.style(ink, width)))?)
        };
        let (x, y) = (self.crisp(self.units(left)), self.crisp(self.units(bottom)));
        // The spines end square, half their width beyond the area.
        let beyond = self.units(AXIS_WIDTH / 2.0);
        line((x, y + beyond), (x, self.units(top) - beyond), AXIS_WIDTH)?;
        line((x - beyond, y), (self.units(right) + beyond, y), AXIS_WIDTH)?;

        for tick in &place.x.ticks {
            let at = left + place.x.axis.fraction(tick.value) * place.area.width();
            let (length, width) = tick_size(tick.major);
            let units = self.crisp(self.units(at));
            line((units, y), (units, y + self.units(length)), width)?;
            let text = Text::new(&tick.label, LABEL_SIZE, Weight::Regular);
            let baseline = bottom + layout::TICK + layout::TICK_PAD + text.ascent;
            self.text(root, &text, (at - text.width / 2.0, baseline), Turn::None, ink)?;
        }
        for tick in &place.y.ticks {
            let at = bottom - place.y.axis.fraction(tick.value) * place.area.height();
            let (length, width) = tick_size(tick.major);
            let units = self.crisp(self.units(at));
            line((x, units), (x - self.units(length), units), width)?;
            let text = Text::new(&tick.label, LABEL_SIZE, Weight::Regular);
            let start = left - layout::TICK - layout::TICK_PAD - text.width;
            self.text(root, &text, (start, at + text.ascent / 2.0), Turn::None, ink)?;
        }
        Ok(())
    }

    /// Title, axis labels, and what the tick labels leave out.
    fn labels<S: Surface>(&self, root: &Root<'_, S>, panel: &Panel, place: &Placed) -> Result<(), Error> {
        let Area { left, top, right, bottom } = place.area;
        let ink = self.theme.ink();
        let (middle, centre) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let offset = Text::new(&place.y.offset, LABEL_SIZE, Weight::Regular);
        self.text(root, &offset, (left, top - 3.0), Turn::None, ink)?;
        let offset = Text::new(&place.x.offset, LABEL_SIZE, Weight::Regular);

        let title = Text::new(&panel.title, layout::TITLE_SIZE, Weight::Bold);
        self.text(root, &title, (middle - title.width / 2.0, top - layout::TITLE_PAD), Turn::None, ink)?;

        let outside = layout::outside(place);
        let label = Text::new(&panel.x.label, LABEL_SIZE, Weight::Bold);
        let baseline = bottom + outside.below + layout::LABEL_PAD + label.ascent;
        self.text(root, &label, (middle - label.width / 2.0, baseline), Turn::None, ink)?;
        self.text(root, &offset, (right - offset.width, baseline), Turn::None, ink)?;

        let label = Text::new(&panel.y.label, LABEL_SIZE, Weight::Bold);
        let baseline = left - outside.left - layout::LABEL_PAD - label.descent;
        self.text(root, &label, (baseline, centre + label.width / 2.0), Turn::Left, ink)
    }

    /// Says what could not be drawn: in the middle where that is everything, else small in the corner.
    fn remark<S: Surface>(&self, root: &Root<'_, S>, panel: &Panel, area: Area) -> Result<(), Error> {
        let omitted = Omitted::count(panel);
        let points: usize = panel.series.iter().map(|s| s.points.len()).sum();
        if omitted.total() == 0 {
            return Ok(());
        }
        let color = self.theme.faint();
        if omitted.total() == points {
            let text = Text::new(&omitted.remark(Amount::All), LABEL_SIZE, Weight::Regular);
            let (middle, centre) = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            self.text(root, &text, (middle - text.width / 2.0, centre), Turn::None, color)
        } else {
            let text = Text::new(&omitted.remark(Amount::Some), 7.0, Weight::Regular);
            self.text(root, &text, (area.right - text.width, area.top - 2.0), Turn::None, color)
        }
    }
}

fn tick_size(major: bool) -> (f64, f64) {
    if major { (layout::TICK, AXIS_WIDTH) } else { (layout::MINOR_TICK, MINOR_WIDTH) }
}

/// A series' looks with its default colour put in.
pub(crate) struct Look<'a> {
    series: &'a Series,
    color: Color,
}

/// The looks of a panel's series; those without a colour take the next one of the cycle.
pub(crate) fn looks(panel: &Panel) -> Vec<Look<'_>> {
    let mut next = 0;
    let mut color = |series: &Series| {
        series.color.unwrap_or_else(|| {
            next += 1;
            Color::cycle(next - 1)
        })
    };
    panel.series.iter().map(|series| Look { series, color: color(series) }).collect()
}

impl Look<'_> {
    fn faded(&self, pen: &Pen, color: Color) -> Rgba {
        pen.color(self.series.alpha.map_or(color, |alpha| color.with_alpha(alpha)))
    }

    pub(crate) fn line(&self, pen: &Pen) -> Option<LineStyle> {
        let (width, dash): (f64, Dash) = self.series.line?;
        Some(LineStyle { width: (width * pen.scale) as f32, dash, color: self.faded(pen, self.color) })
    }

    pub(crate) fn marker(&self, pen: &Pen) -> Option<MarkerPath> {
        let marker = self.series.marker?;
        let face = self.faded(pen, marker.face.unwrap_or(self.color));
        let edge = self.faded(pen, marker.edge.unwrap_or(self.color));
        MarkerPath::new(&marker, face, edge, pen.scale)
    }
}

/// Points that have no place in a panel, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Omitted {
    pub(crate) nan: usize,
    pub(crate) infinite: usize,
    /// Zero or negative on a log axis.
    pub(crate) not_positive: usize,
}

/// How many of a panel's points a remark is about.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    All,
    Some,
}

impl Omitted {
    pub(crate) fn count(panel: &Panel) -> Self {
        let mut omitted = Self::default();
        let refused = |axis: Scale, value: f64| axis == Scale::Log && value <= 0.0;
        for &(x, y) in panel.series.iter().flat_map(|s| &s.points) {
            if x.is_nan() || y.is_nan() {
                omitted.nan += 1;
            } else if x.is_infinite() || y.is_infinite() {
                omitted.infinite += 1;
            } else if refused(panel.x.scale, x) || refused(panel.y.scale, y) {
                omitted.not_positive += 1;
            }
        }
        omitted
    }

    fn total(&self) -> usize {
        self.nan + self.infinite + self.not_positive
    }

    /// Such as `no finite values (50,257 NaN)`; empty where nothing is left out.
    pub(crate) fn remark(&self, amount: Amount) -> String {
        let counts = [(self.nan, "NaN"), (self.infinite, "infinite"), (self.not_positive, "not positive")];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        if counts.is_empty() {
            return String::new();
        }
        let counts = counts.join(", ");
        match amount {
            Amount::All if self.not_positive > 0 => format!("no positive finite values ({counts})"),
            Amount::All => format!("no finite values ({counts})"),
            Amount::Some => format!("left out: {counts}"),
        }
    }
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
