use plotters::style::{FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};
use plotters_backend::{BackendColor, BackendCoord};

use super::{
    canvas::{UNITS, snapped},
    layer::PixelRect,
    marker::MarkerPath,
};
use crate::{
    chart::{Bars, Color, Rgba, Series, Theme},
    layout::Area,
    text::Weight,
};

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

    /// The position at which a line along an axis, of this width in points, is crisp; in units.
    pub(super) fn crisp(&self, at: f64, width: f64) -> i32 {
        let pixels = self.units(at) as f32 / UNITS as f32;
        (snapped(pixels, (width * self.scale) as f32) * UNITS as f32) as i32
    }

    /// Left, top, right and bottom in units.
    pub(super) fn sides(&self, area: &Area) -> [i32; 4] {
        [area.left, area.top, area.right, area.bottom].map(|side| self.units(side))
    }

    /// The whole pixels of an area.
    pub(super) fn rect(&self, area: &Area) -> PixelRect {
        let [left, top, right, bottom] =
            [area.left, area.top, area.right, area.bottom].map(|v| (v * self.scale) as f32);
        PixelRect::between((left, top), (right, bottom))
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

    /// plotters' style for a text of this size in points.
    pub(super) fn lettered(&self, color: Rgba, size: f64, weight: Weight) -> TextStyle<'static> {
        let [r, g, b] = color.bytes();
        let style = if weight == Weight::Bold { FontStyle::Bold } else { FontStyle::Normal };
        let size = size * self.scale * f64::from(UNITS);
        let color = BackendColor { alpha: f64::from(color.alpha), rgb: (r, g, b) };
        TextStyle { color, ..TextStyle::from((FontFamily::SansSerif, size, style)) }
    }

    /// The series' marker; `color` is the series', or its default.
    pub(super) fn marker(&self, series: &Series, color: Color) -> Option<MarkerPath> {
        let marker = series.marker?;
        let face = self.faded(series.alpha, marker.face.unwrap_or(color));
        let edge = self.faded(series.alpha, marker.edge.unwrap_or(color));
        MarkerPath::new(&marker, face, edge, self.scale)
    }

    /// The inside of bars and, if they have one, their outline; `color` is theirs, or their default.
    pub(super) fn bar_styles(&self, bars: &Bars, color: Color) -> Vec<ShapeStyle> {
        let face = self.filled(self.faded(bars.alpha, color));
        let edge = bars.edge.map(|edge| self.stroked(self.faded(bars.alpha, edge), EDGE_WIDTH));
        [Some(face), edge].into_iter().flatten().collect()
    }

    /// A theme colour with another opacity.
    pub(super) fn faded(&self, alpha: Option<f32>, color: Color) -> Rgba {
        self.theme.resolve(alpha.map_or(color, |alpha| color.with_alpha(alpha)))
    }
}
