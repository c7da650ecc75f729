//! From a laid-out figure to a surface, by way of plotters.

use plotters::{
    chart::ChartBuilder,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{PathElement, Rectangle},
    style::{RGBAColor, ShapeStyle},
};

use crate::{
    backend::{Backend, UNITS},
    color::{Color, Rgba},
    elements::{Label, Line, LineStyle, Markers},
    error::Error,
    figure::Figure,
    layout::{self, Area, LABEL_SIZE, Placed},
    legend::Legend,
    marker::MarkerPath,
    omitted::Omitted,
    overhang,
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
        pen.remark(&root, panel, place)?;
        if panel.legend {
            Legend::new(panel, place).draw(&pen, &root)?;
        }
    }
    if !figure.footnote.is_empty() {
        let (right, bottom) = figure.points();
        let text = Text::fitted(&figure.footnote, layout::FOOTNOTE_SIZE, Weight::Regular, right - 21.6);
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
        color.resolve(self.theme)
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
        if text.glyphs.is_empty() {
            return Ok(());
        }
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
        let outside = overhang::outside(place);

        let title = Text::fitted(&panel.title, layout::TITLE_SIZE, Weight::Bold, place.room.0);
        let baseline = top - overhang::above(place) - layout::TITLE_PAD;
        self.text(root, &title, (middle - title.width / 2.0, baseline), Turn::None, ink)?;

        let label = Text::fitted(&panel.x.label, LABEL_SIZE, Weight::Bold, place.room.0);
        let baseline = bottom + outside.below + layout::LABEL_PAD + label.ascent;
        self.text(root, &label, (middle - label.width / 2.0, baseline), Turn::None, ink)?;
        let offset = Text::new(&place.x.offset, LABEL_SIZE, Weight::Regular);
        let baseline = bottom + outside.below - offset.descent;
        self.text(root, &offset, (right - offset.width, baseline), Turn::None, ink)?;

        let label = Text::fitted(&panel.y.label, LABEL_SIZE, Weight::Bold, place.room.1);
        let baseline = left - outside.left - layout::LABEL_PAD - label.descent;
        self.text(root, &label, (baseline, centre + label.width / 2.0), Turn::Left, ink)?;
        let offset = Text::new(&place.y.offset, LABEL_SIZE, Weight::Regular);
        self.text(root, &offset, (left, top - layout::OFFSET_PAD - offset.descent), Turn::None, ink)
    }

    /// Says what could not be drawn: in the middle where that is everything, else small below.
    fn remark<S: Surface>(&self, root: &Root<'_, S>, panel: &Panel, place: &Placed) -> Result<(), Error> {
        let omitted = Omitted::count(panel);
        if omitted.total() == 0 {
            return Ok(());
        }
        let area = place.area;
        let color = self.theme.faint();
        let remark = omitted.remark(panel);
        if omitted.some_of(panel) {
            let text = Text::fitted(&remark, layout::REMARK_SIZE, Weight::Regular, place.room.0);
            let mut below = overhang::outside(place).below + layout::REMARK_PAD + text.ascent;
            if !panel.x.label.is_empty() {
                below += layout::LABEL_PAD + Text::for_layout(&panel.x.label, LABEL_SIZE, Weight::Bold).height();
            }
            self.text(root, &text, (area.right - text.width, area.bottom + below), Turn::None, color)
        } else {
            let text = Text::fitted(&remark, LABEL_SIZE, Weight::Regular, area.width());
            let (middle, centre) = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
            self.text(root, &text, (middle - text.width / 2.0, centre), Turn::None, color)
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

#[cfg(test)]
mod tests;
