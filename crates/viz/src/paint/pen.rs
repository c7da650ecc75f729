use plotters::style::{RGBAColor, ShapeStyle};
use plotters_backend::BackendCoord;
use tiny_skia::{LineCap, LineJoin, Path, Stroke, StrokeDash};

use super::{layer::PixelRect, marker::MarkerPath, surface::Surface};
use crate::{
    chart::{Bars, Color, Dash, Rgba, Series, Theme},
    layout::Area,
};

/// Units per pixel. plotters' coordinates are whole numbers: counting 64ths of a pixel in them is what gives sub-pixel
/// positions.
pub(super) const UNITS: i32 = 64;

/// Pixels from which a place is as good as infinitely far.
const FAR: f64 = (1 << 18) as f64;

/// Units to pixels.
pub(super) fn pixels((x, y): BackendCoord) -> (f32, f32) {
    (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
}

/// The width of the outline of bars, in points.
const EDGE_WIDTH: f64 = 1.0;

/// Points to units, and the theme's colours.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    /// Pixels per point.
    pub(super) scale: f64,
    pub(super) theme: Theme,
}

impl Pen {
    pub(super) fn units(&self, points: f64) -> i32 {
        (points * self.scale * f64::from(UNITS)).round() as i32
    }

    pub(super) fn place(&self, (x, y): (f64, f64)) -> BackendCoord {
        (self.units(x), self.units(y))
    }

    /// The middle of the pixel that the place lies in: where a thin straight line is crisp.
    pub(super) fn crisp(&self, at: (f64, f64)) -> BackendCoord {
        let crisp = |units: i32| units.div_euclid(UNITS) * UNITS + UNITS / 2;
        let (x, y) = self.place(at);
        (crisp(x), crisp(y))
    }

    /// Left, top, right and bottom in units.
    pub(super) fn sides(&self, area: &Area) -> [i32; 4] {
        [area.left, area.top, area.right, area.bottom].map(|side| self.units(side))
    }

    /// Two opposite corners between pixels, where an inside has crisp sides.
    pub(super) fn corners(&self, area: &Area) -> [BackendCoord; 2] {
        let whole = |points: f64| (points * self.scale).clamp(-FAR, FAR).round() as i32 * UNITS;
        [(whole(area.left), whole(area.top)), (whole(area.right), whole(area.bottom))]
    }

    /// The whole pixels of an area.
    pub(super) fn rect(&self, area: &Area) -> PixelRect {
        let [left, top, right, bottom] =
            [area.left, area.top, area.right, area.bottom].map(|v| (v * self.scale).round() as i32);
        PixelRect { x: left, y: top, width: (right - left).max(0) as usize, height: (bottom - top).max(0) as usize }
    }

    /// plotters' style for a shape.
    pub(super) fn filled(&self, color: Rgba) -> ShapeStyle {
        self.stroked(color, 0.0).filled()
    }

    /// plotters' style for a line of this width in points.
    pub(super) fn stroked(&self, color: Rgba, width: f64) -> ShapeStyle {
        let [r, g, b] = color.bytes();
        let color = RGBAColor(r, g, b, f64::from(color.alpha));
        ShapeStyle { color, filled: false, stroke_width: self.units(width).max(0) as u32 }
    }

    /// How the series' line is drawn; `color` is the series', or its default.
    pub(super) fn line(&self, series: &Series, color: Color) -> Option<Line> {
        let (width, dash) = series.line?;
        Some(Line { width: (width * self.scale) as f32, dash, color: self.faded(series.alpha, color) })
    }

    /// The series' marker; `color` is the series', or its default.
    pub(super) fn marker(&self, series: &Series, color: Color) -> Option<MarkerPath> {
        let marker = series.marker?;
        let face = self.faded(series.alpha, marker.face.unwrap_or(color));
        let edge = self.faded(series.alpha, marker.edge.unwrap_or(color));
        MarkerPath::new(&marker, face, edge, self.scale)
    }

    /// The inside and the outline of bars; `color` is theirs, or their default.
    pub(super) fn bars_style(&self, bars: &Bars, color: Color) -> (ShapeStyle, Option<ShapeStyle>) {
        let face = self.filled(self.faded(bars.alpha, color));
        (face, bars.edge.map(|edge| self.stroked(self.faded(bars.alpha, edge), EDGE_WIDTH)))
    }

    fn faded(&self, alpha: Option<f32>, color: Color) -> Rgba {
        self.theme.resolve(alpha.map_or(color, |alpha| color.with_alpha(alpha)))
    }
}

/// A line's looks; lengths in pixels.
#[derive(Clone, Copy)]
pub(super) struct Line {
    width: f32,
    dash: Dash,
    color: Rgba,
}

impl Line {
    pub(super) fn draw<S: Surface>(&self, path: Option<Path>, surface: &mut S) {
        let Some(path) = path.filter(|_| self.width > 0.0) else { return };
        let pattern = self.dash.pattern().map(|p| p.map(|length| length as f32 * self.width));
        let dashed = pattern.and_then(|p| path.dash(&StrokeDash::new(p.to_vec(), 0.0)?, 1.0));
        let line_cap = if dashed.is_some() { LineCap::Butt } else { LineCap::Square };
        let stroke = Stroke { width: self.width, line_cap, line_join: LineJoin::Round, ..Stroke::default() };
        surface.stroke(&dashed.unwrap_or(path), &stroke, self.color);
    }
}
