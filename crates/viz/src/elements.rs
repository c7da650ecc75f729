//! The elements that plotters draws on our backend.

use std::slice;

use plotters::element::{Drawable, PointCollection};
use plotters_backend::{BackendCoord, DrawingErrorKind};
use tiny_skia::{LineCap, LineJoin, Path, Rect, Stroke, StrokeDash};

use crate::{
    backend::{Backend, UNITS, pixels, polyline},
    color::Rgba,
    error::Error,
    marker::MarkerPath,
    series::Dash,
    stamp::{Layer, PixelRect},
    surface::{Surface, Turn},
    text::Text,
};

type Drawn = Result<(), DrawingErrorKind<Error>>;

/// A line through data points.
pub(crate) struct Line<'a> {
    pub(crate) points: &'a [(f64, f64)],
    pub(crate) style: LineStyle,
    pub(crate) clip: PixelRect,
}

/// Markers at data points.
pub(crate) struct Markers<'a> {
    pub(crate) points: &'a [(f64, f64)],
    pub(crate) marker: MarkerPath,
    pub(crate) clip: PixelRect,
}

/// A line's looks; lengths in pixels.
#[derive(Clone, Copy)]
pub(crate) struct LineStyle {
    pub(crate) width: f32,
    pub(crate) dash: Dash,
    pub(crate) color: Rgba,
}

/// A text whose baseline starts at a place of the figure.
pub(crate) struct Label<'a> {
    pub(crate) text: &'a Text,
    pub(crate) at: BackendCoord,
    pub(crate) turn: Turn,
    pub(crate) color: Rgba,
}

/// A shape with an inside and an outline, in pixels of the figure.
pub(crate) struct Frame {
    pub(crate) path: Path,
    pub(crate) face: Rgba,
    pub(crate) edge: Rgba,
    pub(crate) width: f32,
}

/// Markers beyond this number are stamped into a raster.
pub(crate) const DENSE: usize = 2000;

impl PixelRect {
    fn rect(self) -> Option<Rect> {
        Rect::from_xywh(self.x as f32, self.y as f32, self.width as f32, self.height as f32)
    }
}

impl LineStyle {
    pub(crate) fn draw<S: Surface>(&self, path: Option<Path>, surface: &mut S) {
        let Some(path) = path.filter(|_| self.width > 0.0) else { return };
        let pattern = self.dash.pattern().map(|p| p.map(|length| length as f32 * self.width));
        let dashed = pattern.and_then(|p| path.dash(&StrokeDash::new(p.to_vec(), 0.0)?, 1.0));
        let line_cap = if dashed.is_some() { LineCap::Butt } else { LineCap::Square };
        let stroke = Stroke { width: self.width, line_cap, line_join: LineJoin::Round, ..Stroke::default() };
        surface.stroke(&dashed.unwrap_or(path), &stroke, self.color);
    }
}

impl<'a> PointCollection<'a, (f64, f64)> for &'a Line<'_> {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl<S: Surface> Drawable<Backend<'_, S>> for Line<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, points: I, backend: &mut Backend<'_, S>, _: (u32, u32)) -> Drawn {
        let Some(clip) = self.clip.rect() else { return Ok(()) };
        backend.surface.clip(clip);
        self.style.draw(polyline(points), backend.surface);
        backend.surface.unclip();
        Ok(())
    }
}

impl<'a> PointCollection<'a, (f64, f64)> for &'a Markers<'_> {
    type Point = &'a (f64, f64);
    type IntoIter = slice::Iter<'a, (f64, f64)>;

    fn point_iter(self) -> Self::IntoIter {
        self.points.iter()
    }
}

impl<S: Surface> Drawable<Backend<'_, S>> for Markers<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, points: I, backend: &mut Backend<'_, S>, _: (u32, u32)) -> Drawn {
        let Some(clip) = self.clip.rect() else { return Ok(()) };
        if self.points.len() > DENSE {
            let places: Vec<BackendCoord> = points.collect();
            let layer = Layer::stamp(&self.marker, &places, UNITS, self.clip);
            return backend.surface.layer(&layer).map_err(DrawingErrorKind::DrawingError);
        }
        let reach = self.marker.reach();
        let touches = |(x, y): &(f32, f32)| {
            (clip.left() - reach..=clip.right() + reach).contains(x)
                && (clip.top() - reach..=clip.bottom() + reach).contains(y)
        };
        let places: Vec<(f32, f32)> = points.map(pixels).filter(touches).collect();
        backend.surface.clip(clip);
        backend.surface.markers(&self.marker, &places);
        backend.surface.unclip();
        Ok(())
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Label<'_> {
    type Point = &'a BackendCoord;
    type IntoIter = std::iter::Once<&'a BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<S: Surface> Drawable<Backend<'_, S>> for Label<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        backend: &mut Backend<'_, S>,
        _: (u32, u32),
    ) -> Drawn {
        if let Some(at) = points.next() {
            backend.surface.text(self.text, pixels(at), self.turn, self.color);
        }
        Ok(())
    }
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Frame {
    type Point = BackendCoord;
    type IntoIter = std::iter::Empty<BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl<S: Surface> Drawable<Backend<'_, S>> for Frame {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, _: I, backend: &mut Backend<'_, S>, _: (u32, u32)) -> Drawn {
        backend.surface.fill(&self.path, self.face);
        let stroke = Stroke { width: self.width, ..Stroke::default() };
        backend.surface.stroke(&self.path, &stroke, self.edge);
        Ok(())
    }
}

/// A sample of a series in the legend.
pub(crate) struct Handle {
    pub(crate) ends: [BackendCoord; 2],
    pub(crate) line: Option<LineStyle>,
    pub(crate) marker: Option<MarkerPath>,
}

impl<'a> PointCollection<'a, BackendCoord> for &'a Handle {
    type Point = &'a BackendCoord;
    type IntoIter = slice::Iter<'a, BackendCoord>;

    fn point_iter(self) -> Self::IntoIter {
        self.ends.iter()
    }
}

impl<S: Surface> Drawable<Backend<'_, S>> for Handle {
    fn draw<I: Iterator<Item = BackendCoord>>(&self, points: I, backend: &mut Backend<'_, S>, _: (u32, u32)) -> Drawn {
        let ends: Vec<BackendCoord> = points.collect();
        if let Some(line) = self.line {
            line.draw(polyline(ends.iter().copied()), backend.surface);
        }
        if let (Some(marker), [(x0, y), (x1, _)]) = (&self.marker, ends.as_slice()) {
            backend.surface.markers(marker, &[pixels(((x0 + x1) / 2, *y))]);
        }
        Ok(())
    }
}
