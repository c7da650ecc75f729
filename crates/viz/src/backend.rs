use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
    text_anchor::{HPos, VPos},
};
use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke};

use crate::{
    color::Rgba,
    error::Error,
    surface::{Surface, Turn},
    text::{Text, Weight},
};

/// Backend units per pixel. plotters' coordinates are whole numbers: counting 64ths of a pixel in them is what gives
/// sub-pixel positions.
pub(crate) const UNITS: i32 = 64;

/// A plotters backend over one of our surfaces, so that charts, drawing areas and elements of plotters draw on it.
pub(crate) struct Backend<'a, S> {
    pub(crate) surface: &'a mut S,
    /// Pixels per point.
    pub(crate) scale: f64,
}

type Drawn = Result<(), DrawingErrorKind<Error>>;

/// Units to pixels.
pub(crate) fn pixels((x, y): BackendCoord) -> (f32, f32) {
    (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
}

impl<S: Surface> Backend<'_, S> {
    fn stroke_path<T: BackendStyle>(&mut self, path: Option<Path>, style: &T) -> Drawn {
        let width = style.stroke_width() as f32 / UNITS as f32;
        let stroke = Stroke { width, line_cap: LineCap::Butt, line_join: LineJoin::Miter, ..Stroke::default() };
        if let Some(path) = path.filter(|_| width > 0.0) {
            self.surface.stroke(&path, &stroke, rgba(style.color()));
        }
        Ok(())
    }

    fn fill_path(&mut self, path: Option<Path>, color: BackendColor) -> Drawn {
        if let Some(path) = path {
            self.surface.fill(&path, rgba(color));
        }
        Ok(())
    }
}

fn rgba(BackendColor { alpha, rgb: (r, g, b) }: BackendColor) -> Rgba {
    Rgba { rgb: [r, g, b].map(|c| f32::from(c) / 255.0), alpha: alpha as f32 }
}

/// A path through the points, closed where it ends at its start.
pub(crate) fn polyline(points: impl IntoIterator<Item = BackendCoord>) -> Option<Path> {
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

fn rectangle(upper_left: BackendCoord, bottom_right: BackendCoord) -> Option<Path> {
    let ((left, top), (right, bottom)) = (pixels(upper_left), pixels(bottom_right));
    Rect::from_ltrb(left.min(right), top.min(bottom), left.max(right), top.max(bottom)).map(PathBuilder::from_rect)
}

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

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.fill_path(rectangle((x, y), (x + 1, y + 1)), color)
    }

    fn draw_line<T: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &T) -> Drawn {
        self.stroke_path(polyline([from, to]), style)
    }

    fn draw_rect<T: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &T,
        fill: bool,
    ) -> Drawn {
        let path = rectangle(upper_left, bottom_right);
        if fill { self.fill_path(path, style.color()) } else { self.stroke_path(path, style) }
    }

    fn draw_path<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &T) -> Drawn {
        self.stroke_path(polyline(path), style)
    }

    fn draw_circle<T: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &T, fill: bool) -> Drawn {
        let (x, y) = pixels(center);
        let path = PathBuilder::from_circle(x, y, radius as f32 / UNITS as f32);
        if fill { self.fill_path(path, style.color()) } else { self.stroke_path(path, style) }
    }

    fn fill_polygon<T: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &T) -> Drawn {
        self.fill_path(polyline(corners), style.color())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, position: BackendCoord) -> Drawn {
        let text = self.shape(text, style);
        let anchor = style.anchor();
        let right = match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Center => -text.width / 2.0,
            HPos::Right => -text.width,
        };
        let down = match anchor.v_pos {
            VPos::Top => text.ascent,
            VPos::Center => (text.ascent - text.descent) / 2.0,
            VPos::Bottom => -text.descent,
        };
        let (right, down) = ((right * self.scale) as f32, (down * self.scale) as f32);
        let (x, y) = pixels(position);
        let (at, turn) = match style.transform() {
            FontTransform::None => ((x + right, y + down), Turn::None),
            FontTransform::Rotate270 => ((x + down, y - right), Turn::Left),
            FontTransform::Rotate90 | FontTransform::Rotate180 => {
                let why = Error::Draw("texts run from left to right or from bottom to top".to_owned());
                return Err(DrawingErrorKind::DrawingError(why));
            }
        };
        self.surface.text(&text, at, turn, rgba(style.color()));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Error>> {
        let text = self.shape(text, style);
        let units = |points: f64| (points * self.scale * f64::from(UNITS)).ceil() as u32;
        Ok((units(text.width), units(text.height())))
    }
}

impl<S> Backend<'_, S> {
    /// plotters gives the size of a text in units.
    fn shape<T: BackendTextStyle>(&self, text: &str, style: &T) -> Text {
        let weight = if matches!(style.style(), FontStyle::Bold) { Weight::Bold } else { Weight::Regular };
        Text::new(text, style.size() / f64::from(UNITS) / self.scale, weight)
    }
}
