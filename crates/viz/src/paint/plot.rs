//! plotters' part: its drawing area and elements draw all that is straight, on a backend of our own.
//!
//! Its chart context is left out: it moves data points that lie outside of the chart to the chart's rim, so that a line
//! that leaves the panel would bend there; it has no minor ticks; and it places labels and legends by rules of its own.

use plotters::{
    coord::{CoordTranslate, Shift},
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend, DrawingErrorKind};
use tiny_skia::{Path, PathBuilder, Rect, Stroke};

use super::{
    pen::{Pen, UNITS, pixels},
    surface::Surface,
};
use crate::{
    chart::{Axis, Rgba},
    error::Error,
    layout::Placed,
};

/// A whole surface for plotters to draw on.
pub(super) fn area<S: Surface>(surface: &mut S) -> DrawingArea<Backend<'_, S>, Shift> {
    Backend { surface }.into_drawing_area()
}

/// From data to backend units.
pub(super) struct Coordinates {
    x: (Axis, i32, i32),
    y: (Axis, i32, i32),
}

/// Backend units from which a coordinate is as good as infinitely far.
const FAR: f64 = (1 << 24) as f64;

impl Coordinates {
    pub(super) fn new(pen: &Pen, placed: &Placed) -> Self {
        let [left, top, right, bottom] = pen.sides(&placed.area);
        Self { x: (placed.x, left, right), y: (placed.y, bottom, top) }
    }
}

impl CoordTranslate for Coordinates {
    type From = (f64, f64);

    fn translate(&self, (x, y): &(f64, f64)) -> BackendCoord {
        let unit = |(axis, start, end): (Axis, i32, i32), value: f64| {
            let place = f64::from(start) + axis.fraction(value) * f64::from(end - start);
            // Far outside, what is drawn does not depend on how far; within, the cast is exact.
            place.round().clamp(-FAR, FAR) as i32
        };
        (unit(self.x, *x), unit(self.y, *y))
    }
}

/// A plotters backend over one of our surfaces.
pub(super) struct Backend<'a, S> {
    surface: &'a mut S,
}

type Drawn = Result<(), DrawingErrorKind<Error>>;

impl<S: Surface> DrawingBackend for Backend<'_, S> {
    type ErrorType = Error;

    /// In units.
    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.surface.size();
        (width * UNITS as u32, height * UNITS as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    /// plotters asks every backend for this; none of our elements needs it.
    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_rect<T: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &T, fill: bool) -> Drawn {
        let ((left, top), (right, bottom)) = (pixels(from), pixels(to));
        if let Some(path) = Rect::from_ltrb(left, top, right, bottom).map(PathBuilder::from_rect) {
            self.draw(&path, style, fill);
        }
        Ok(())
    }

    fn draw_path<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn {
        if let Some(path) = polyline(path) {
            self.draw(&path, style, false);
        }
        Ok(())
    }
}

impl<S: Surface> Backend<'_, S> {
    fn draw<T: BackendStyle>(&mut self, path: &Path, style: &T, fill: bool) {
        let BackendColor { alpha, rgb: (r, g, b) } = style.color();
        let color = Rgba { rgb: [r, g, b].map(|c| f32::from(c) / 255.0), alpha: alpha as f32 };
        let width = style.stroke_width() as f32 / UNITS as f32;
        if fill {
            self.surface.fill(path, color);
        } else if width > 0.0 {
            self.surface.stroke(path, &Stroke { width, ..Stroke::default() }, color);
        }
    }
}

/// A path through the points, closed where it ends at its start.
pub(super) fn polyline(points: impl IntoIterator<Item = BackendCoord>) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (mut first, mut last) = (None, None);
    for point in points {
        let (x, y) = pixels(point);
        if first.is_none() {
            path.move_to(x, y);
            first = Some(point);
        } else {
            path.line_to(x, y);
            last = Some(point);
        }
    }
    if first == last {
        path.close();
    }
    path.finish()
}

impl<E: std::error::Error + Send + Sync + Into<Self>> From<DrawingAreaErrorKind<E>> for Error {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        match error {
            DrawingAreaErrorKind::BackendError(DrawingErrorKind::DrawingError(error)) => error.into(),
            other => Self::Draw(other.to_string()),
        }
    }
}
