//! A panel as a chart of plotters'.

use plotters::{
    chart::{ChartBuilder, ChartContext, LabelAreaPosition},
    coord::{Shift, cartesian::Cartesian2d},
    drawing::DrawingArea,
    element::{PathElement, Rectangle},
    series::LineSeries,
    style::{FontTransform, ShapeStyle},
};
use tiny_skia::Stroke;

use super::{
    axis::PlacedAxis,
    beyond::{self, Free},
    canvas::Canvas,
    heat,
    pen::Pen,
};
use crate::{
    chart::{Color, HeatMap, Panel, Series},
    error::Error,
    layout::{AXIS_WIDTH, Area, FRAME_WIDTH, Ink, LABEL_SIZE, Legend, Placed, Sample, TICK, Words},
    text::{Turn, Weight},
};

/// The opacity of the legend's face and frame.
const FRAME_ALPHA: f32 = 0.8;

pub(super) type Root<'c> = DrawingArea<&'c mut Canvas, Shift>;
type Chart<'c> = ChartContext<'c, &'c mut Canvas, Cartesian2d<PlacedAxis, PlacedAxis>>;

impl Pen {
    /// Cells, bars and series, the axes over them, and what is written.
    pub(super) fn panel(&self, panel: &Panel, placed: &Placed, root: &Root<'_>) -> Result<(), Error> {
        let mut chart = self.chart(placed, root)?;
        if let Some(heat) = &panel.heat {
            chart.draw_series([beyond::cells(heat, self.rect(&placed.area))])?;
            placed.color_bar.iter().try_for_each(|bar| self.color_bar(heat, bar, root))?;
        }
        self.data(panel, placed, root, &mut chart)?;

        // plotters draws y before x: one at a time, their labels are read in the usual order.
        for first in [true, false] {
            let mut mesh = chart.configure_mesh();
            if first {
                mesh.disable_y_axis()
            } else {
                mesh.disable_x_axis()
            };
            mesh.disable_mesh().axis_style(self.stroked(self.theme.ink(), AXIS_WIDTH));
            mesh.label_style(self.lettered(self.theme.ink(), LABEL_SIZE, Weight::Regular));
            mesh.set_all_tick_mark_size(self.units(TICK)).draw()?;
        }
        for mark in &placed.marks {
            let ((x, y), (dx, dy)) = (self.place(mark.at), self.place(mark.reach));
            root.draw(&PathElement::new([(x, y), (x + dx, y + dy)], self.stroked(self.theme.ink(), mark.width)))?;
        }
        placed.words.iter().try_for_each(|words| self.words(words, root))?;
        placed.legend.iter().try_for_each(|legend| self.legend(panel, legend, root))
    }

    /// The chart lies on the whole sheet: its label areas reach from the spines to the sheet's edges, so that what the
    /// layout has placed is where it says.
    fn chart<'c>(&self, placed: &Placed, root: &Root<'c>) -> Result<Chart<'c>, Error> {
        let [left, top, right, bottom] = self.sides(&placed.area);
        let (_, height) = root.dim_in_pixel();
        let [x_ticks, y_ticks] = placed.ticks.clone();
        // The spines have projecting caps: they end half their width beyond the area, and overlap where they meet.
        let beyond = self.units(AXIS_WIDTH / 2.0);
        let (corner_x, corner_y) =
            (self.crisp(placed.area.left, AXIS_WIDTH), self.crisp(placed.area.bottom, AXIS_WIDTH));
        let spine = corner_x - beyond..right + beyond;
        let x = PlacedAxis { axis: placed.x, panel: (left, right), spine, ticks: x_ticks };
        let spine = top - beyond..corner_y + beyond;
        let y = PlacedAxis { axis: placed.y, panel: (bottom, top), spine, ticks: y_ticks };
        // Negative sizes are those of areas that lie over the chart.
        let mut builder = ChartBuilder::on(root);
        builder.set_label_area_size(LabelAreaPosition::Left, -left);
        builder.set_label_area_size(LabelAreaPosition::Bottom, bottom - height as i32);
        Ok(builder.build_cartesian_2d(x, y)?)
    }

    fn data<'c>(&self, panel: &Panel, placed: &Placed, root: &Root<'c>, chart: &mut Chart<'c>) -> Result<(), Error> {
        let rect = self.rect(&placed.area);
        root.draw(&beyond::clip(rect.rect()))?;
        for (bars, color) in panel.bars.iter().zip(panel.bar_colors()) {
            let styles = self.bar_styles(bars, color);
            let bars = panel.shown(bars, (&placed.x, &placed.y)).map(|bar| [(bar.x.0, bar.y.0), (bar.x.1, bar.y.1)]);
            let shapes = bars.flat_map(|bar| styles.iter().map(move |style| Free(Rectangle::new(bar, *style))));
            chart.draw_series(shapes)?;
        }
        for (series, color) in panel.series.iter().zip(panel.series_colors()) {
            let curve = panel.curve(series, (&placed.x, &placed.y));
            for run in curve.split(|p| !panel.drawable(*p)).filter(|run| run.len() > 1) {
                match self.line(series, color) {
                    Some((style, None)) => chart.draw_series(LineSeries::new(run.iter().copied(), style).map(Free))?,
                    Some((style, Some(dash))) => chart.draw_series([beyond::dashed(run.to_vec(), dash, style)])?,
                    None => break,
                };
            }
            if let Some(marker) = self.marker(series, color) {
                let points = curve.iter().copied().filter(|p| panel.drawable(*p)).collect();
                chart.draw_series([beyond::markers(points, marker, rect)])?;
            }
        }
        Ok(root.draw(&beyond::clip(None))?)
    }

    /// How plotters draws the series' line, and its dashes in pixels; `color` is the series', or its default.
    fn line(&self, series: &Series, color: Color) -> Option<(ShapeStyle, Option<[f32; 2]>)> {
        let (width, dash) = series.line.filter(|(width, _)| *width > 0.0)?;
        let dash = dash.pattern().map(|lengths| lengths.map(|length| (length * width * self.scale) as f32));
        Some((self.stroked(self.faded(series.alpha, color), width), dash))
    }

    fn color_bar(&self, heat: &HeatMap, bar: &Area, root: &Root<'_>) -> Result<(), Error> {
        let rect = self.rect(bar);
        root.draw(&beyond::fixed(|surface| surface.layer(&heat::shades(heat, rect))))?;
        let [left, top, right, bottom] = self.sides(bar);
        Ok(root.draw(&Rectangle::new([(left, top), (right, bottom)], self.stroked(self.theme.ink(), AXIS_WIDTH)))?)
    }

    pub(super) fn words(&self, words: &Words, root: &Root<'_>) -> Result<(), Error> {
        let color = match words.ink {
            Ink::Text => self.theme.ink(),
            Ink::Faint => self.theme.faint(),
            Ink::Own(color) => color,
        };
        let (x, y) = self.place(words.start());
        // The anchor of the style is the upper left corner.
        let up = self.units(words.text.drawn.ascent);
        let (transform, corner) = match words.turn {
            Turn::NONE => (FontTransform::None, (x, y - up)),
            Turn::UP => (FontTransform::Rotate270, (x - up, y)),
            _ => return Ok(root.draw(&beyond::words(words, (x, y), color))?),
        };
        let Some((size, weight)) = words.text.style else {
            return Ok(root.draw(&beyond::words(words, (x, y), color))?);
        };
        let style = self.lettered(color, size, weight).transform(transform);
        Ok(root.draw_text(&words.text.source, &style, corner)?)
    }

    fn legend(&self, panel: &Panel, legend: &Legend, root: &Root<'_>) -> Result<(), Error> {
        let stroke = Stroke { width: (FRAME_WIDTH * self.scale) as f32, ..Stroke::default() };
        let [face, edge] = [self.theme.paper(), self.theme.frame()].map(|color| color.with_alpha(FRAME_ALPHA));
        root.draw(&beyond::frame(&legend.frame, self.scale, face, (stroke, edge)))?;
        for sample in &legend.samples {
            match *sample {
                Sample::Series { index, left, right, y } => {
                    let (series, color) = (&panel.series[index], panel.series_colors()[index]);
                    let middle = self.place(((left + right) / 2.0, y));
                    let ends = [left, right].map(|x| self.place((x, y)));
                    let points = vec![ends[0], middle, ends[1]];
                    match self.line(series, color) {
                        Some((style, None)) => root.draw(&PathElement::new(points, style))?,
                        Some((style, Some(dash))) => root.draw(&beyond::dashed(points, dash, style))?,
                        None => {}
                    }
                    if let Some(marker) = self.marker(series, color) {
                        root.draw(&beyond::markers(vec![middle], marker, self.rect(&legend.frame)))?;
                    }
                }
                Sample::Bars { index, area } => {
                    let [left, top, right, bottom] = self.sides(&area);
                    for style in self.bar_styles(&panel.bars[index], panel.bar_colors()[index]) {
                        root.draw(&Rectangle::new([(left, top), (right, bottom)], style))?;
                    }
                }
            }
        }
        legend.words.iter().try_for_each(|words| self.words(words, root))
    }
}
