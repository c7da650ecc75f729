//! plotters' drawing backend: its shapes and texts, drawn by tiny-skia or written as SVG.

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
    text_anchor::{HPos, VPos},
};
use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke};

use super::{
    heat::nearest,
    layer::{Colors, Layer, PixelRect},
    raster::Raster,
    surface::Surface,
    svg::Svg,
};
use crate::{
    chart::{Figure, Rgba},
    error::Error,
    text::{Text, Turn, Weight},
};

/// Units per pixel of a figure's canvas. plotters' coordinates are whole numbers: counting 64ths of a pixel in them is
/// what gives sub-pixel positions.
pub(super) const UNITS: i32 = 64;

/// Pixels from which a place is as good as infinitely far.
const FAR: f64 = (1 << 18) as f64;

/// A sheet for plotters to draw on, as PNG or SVG: antialiased, with matplotlib's fonts, mathematics and line ends.
///
/// `&mut Canvas` is a `DrawingBackend` of plotters 0.3. plotters counts positions, line widths and font sizes in whole
/// units, and you say how many of them are an inch: with 96 a unit is a CSS pixel; with ten times as many curves are
/// smooth. All text is DejaVu Sans, bold or not, whatever the requested family, with mathematics between dollar signs
/// as in a [`Panel`](crate::Panel). Lines along an axis and rectangles are moved to whole pixels, which keeps them
/// crisp.
///
/// plotters sizes the box of its series labels with other fonts than the backend's: leave a margin.
///
/// ```
/// use plotters::prelude::*;
/// # fn main() -> Result<(), viz::Error> {
/// let mut canvas = viz::Canvas::png((480, 320), 96, 192)?; // 5 inches wide, 960 pixels
/// {
///     let root = canvas.into_drawing_area();
///     root.fill(&WHITE)?;
///     let mut chart = ChartBuilder::on(&root)
///         .margin(12)
///         .caption("$x^2$", ("sans-serif", 18))
///         .set_left_and_bottom_label_area_size(36)
///         .build_cartesian_2d(-2.0..2.0, 0.0..4.0)?;
///     chart.configure_mesh().draw()?;
///     let squares = (-20..=20).map(|i| f64::from(i) / 10.0).map(|x| (x, x * x));
///     chart.draw_series(squares.map(|at| Circle::new(at, 3, BLUE.filled())))?;
/// }
/// let png = canvas.finish()?;
/// assert_eq!(&png[1..4], b"PNG");
/// # Ok(())
/// # }
/// ```
pub struct Canvas {
    surface: Box<dyn Surface>,
    /// Width and height in units.
    size: (u32, u32),
    /// Pixels per unit.
    pixel: f64,
    /// Pixels per point.
    scale: f64,
    name: String,
}

impl Canvas {
    /// Pixels, `dpi` of them an inch: a PNG of 8-bit RGB, `size` units wide and high.
    ///
    /// # Errors
    /// [`Error::Size`] and [`Error::TooLarge`], as for a [`Figure`].
    pub fn png(size: (u32, u32), units_per_inch: u32, dpi: u32) -> Result<Self, Error> {
        let canvas = Self::of_pixels(&of_units(size, units_per_inch).dpi(dpi))?;
        Ok(Self { size, pixel: f64::from(dpi) / f64::from(units_per_inch), ..canvas })
    }

    /// An SVG document, `size` units wide and high.
    ///
    /// # Errors
    /// [`Error::Size`] and [`Error::TooLarge`], as for a [`Figure`] of 96 pixels an inch.
    pub fn svg(size: (u32, u32), units_per_inch: u32) -> Result<Self, Error> {
        const DPI: u32 = 96;
        let canvas = Self::of_vectors(&of_units(size, units_per_inch).dpi(DPI))?;
        Ok(Self { size, pixel: f64::from(DPI) / f64::from(units_per_inch), ..canvas })
    }

    /// The title in the SVG, for screen readers.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Encode`].
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.surface.finish(&self.name, "")
    }

    /// A figure's, with its name and description.
    pub(crate) fn finish_figure(self, figure: &Figure) -> Result<Vec<u8>, Error> {
        self.surface.finish(&figure.title(), &figure.description())
    }

    /// A figure's pixels, in units of a 64th of a pixel.
    pub(crate) fn of_pixels(figure: &Figure) -> Result<Self, Error> {
        let size = figure.pixel_size()?;
        let pixels = u64::from(size.0) * u64::from(size.1);
        let raster = Raster::new(size, figure.scale()).ok_or(Error::TooLarge { pixels, max: Figure::MAX_PIXELS })?;
        Ok(Self::over(Box::new(raster), size, figure.scale()))
    }

    /// A figure's SVG, in units of a 64th of a pixel.
    pub(crate) fn of_vectors(figure: &Figure) -> Result<Self, Error> {
        let size = figure.pixel_size()?;
        Ok(Self::over(Box::new(Svg::new(size, figure.scale())), size, figure.scale()))
    }

    fn over(surface: Box<dyn Surface>, (width, height): (u32, u32), scale: f64) -> Self {
        let size = (width * UNITS as u32, height * UNITS as u32);
        Self { surface, size, pixel: 1.0 / f64::from(UNITS), scale, name: String::new() }
    }

    /// Drawing that plotters has no method for.
    pub(super) fn surface(&mut self) -> &mut dyn Surface {
        self.surface.as_mut()
    }

    /// Units to pixels.
    fn pixels(&self, (x, y): BackendCoord) -> (f32, f32) {
        let pixels = |units: i32| (f64::from(units) * self.pixel).clamp(-FAR, FAR) as f32;
        (pixels(x), pixels(y))
    }

    fn width(&self, style: &impl BackendStyle) -> f32 {
        (f64::from(style.stroke_width()) * self.pixel) as f32
    }

    /// Fills a shape, or draws its outline with these joins and ends.
    fn draw(&mut self, path: Option<Path>, style: &impl BackendStyle, fill: bool, stroke: Stroke) -> Drawn {
        let stroke = Stroke { width: self.width(style), ..stroke };
        match path {
            Some(path) if fill => self.surface.fill(&path, color(style)),
            Some(path) if stroke.width > 0.0 => self.surface.stroke(&path, &stroke, color(style)),
            _ => {}
        }
        Ok(())
    }

    fn text(&self, text: &str, style: &impl BackendTextStyle) -> Text {
        let weight = if matches!(style.style(), FontStyle::Bold) { Weight::Bold } else { Weight::Regular };
        // A millionth of a point less or more is the rounding of the conversion.
        let points = (style.size() * self.pixel / self.scale * 1e6).round() / 1e6;
        Text::new(text, points, weight)
    }
}

/// A figure of this size.
fn of_units((width, height): (u32, u32), units_per_inch: u32) -> Figure {
    let inches = |units: u32| f64::from(units) / f64::from(units_per_inch);
    Figure::new(inches(width), inches(height))
}

/// matplotlib's snapping of what runs along an axis: to the middle of a pixel if it is an odd number of pixels wide,
/// else to its edge.
pub(super) fn snapped(at: f32, width: f32) -> f32 {
    if width.round().max(1.0) % 2.0 == 1.0 { at.floor() + 0.5 } else { at.round() }
}

pub(super) fn color(style: &impl BackendStyle) -> Rgba {
    let BackendColor { alpha, rgb: (r, g, b) } = style.color();
    Rgba { rgb: [r, g, b].map(|c| f32::from(c) / 255.0), alpha: alpha.clamp(0.0, 1.0) as f32 }
}

/// A path through the points, in pixels.
pub(super) fn polygon(points: impl IntoIterator<Item = (f32, f32)>, closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (x, y) in points {
        if path.is_empty() { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if closed {
        path.close();
    }
    path.finish()
}

type Drawn = Result<(), DrawingErrorKind<Error>>;

impl DrawingBackend for &mut Canvas {
    type ErrorType = Error;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        self.fill_polygon(corners, &color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let width = self.width(style);
        let crisp = |at: f32| if fill { at.round() } else { snapped(at, width) };
        let ((left, top), (right, bottom)) = (self.pixels(from), self.pixels(to));
        let rect = Rect::from_ltrb(crisp(left), crisp(top), crisp(right), crisp(bottom));
        self.draw(rect.map(PathBuilder::from_rect), style, fill, Stroke::default())
    }

    /// A horizontal or vertical line of two points is an axis, a tick or a mesh line: crisp, with exact length. Other
    /// lines have matplotlib's round joins and projecting caps.
    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let mut points: Vec<(f32, f32)> = path.into_iter().map(|point| self.pixels(point)).collect();
        let mut stroke = Stroke { line_cap: LineCap::Square, line_join: LineJoin::Round, ..Stroke::default() };
        if let [from, to] = points.as_mut_slice() {
            let (upright, level) = (from.0 == to.0, from.1 == to.1);
            let crisp = |at: f32| snapped(at, self.width(style));
            if upright {
                (from.0, to.0) = (crisp(from.0), crisp(to.0));
            }
            if level {
                (from.1, to.1) = (crisp(from.1), crisp(to.1));
            }
            if upright || level {
                stroke.line_cap = LineCap::Butt;
            }
        }
        let closed = points.len() > 2 && points.first() == points.last();
        self.draw(polygon(points, closed), style, false, stroke)
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        let (x, y) = self.pixels(centre);
        let radius = (f64::from(radius) * self.pixel).min(FAR) as f32;
        self.draw(PathBuilder::from_circle(x, y, radius), style, fill, Stroke::default())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        let corners = corners.into_iter().map(|corner| self.pixels(corner));
        self.draw(polygon(corners, true), style, true, Stroke::default())
    }

    /// The anchor's vertical centre is half the height of the text above its baseline, as of matplotlib's tick labels.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let text = self.text(text, style);
        if text.glyphs.is_empty() {
            return Ok(());
        }
        let turn = Turn(match style.transform() {
            FontTransform::None => 0.0,
            FontTransform::Rotate90 => -90.0,
            FontTransform::Rotate180 => 180.0,
            FontTransform::Rotate270 => 90.0,
        });
        let anchor = style.anchor();
        let along = match anchor.h_pos {
            HPos::Left => 0.0,
            HPos::Center => -text.drawn.width / 2.0,
            HPos::Right => -text.drawn.width,
        };
        let down = match anchor.v_pos {
            VPos::Top => text.drawn.ascent,
            VPos::Center => text.drawn.ascent / 2.0,
            VPos::Bottom => -text.drawn.descent,
        };
        let (sin, cos) = turn.sin_cos();
        let (dx, dy) = (along * cos + down * sin, down * cos - along * sin);
        let start = |at: i32, by: f64| (f64::from(at) + by * self.scale / self.pixel).round() as i32;
        let start = self.pixels((start(at.0, dx), start(at.1, dy)));
        self.surface.text(&text, start, turn, color(&style.color()));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Error>> {
        let drawn = self.text(text, style).drawn;
        let units = |points: f64| (points * self.scale / self.pixel).round() as u32;
        Ok((units(drawn.width), units(drawn.height())))
    }

    fn blit_bitmap(&mut self, at: BackendCoord, (columns, rows): (u32, u32), rgb: &[u8]) -> Drawn {
        let (columns, rows) = (columns as usize, rows as usize);
        let end = (at.0.saturating_add(columns as i32), at.1.saturating_add(rows as i32));
        let ((left, top), (right, bottom)) = (self.pixels(at), self.pixels(end));
        let rect = PixelRect::between((left, top), (right, bottom));
        let color = |p: &[u8]| Some(Rgba { rgb: [p[0], p[1], p[2]].map(|c| f32::from(c) / 255.0), alpha: 1.0 });
        let cells = rgb.chunks_exact(3 * columns.max(1)).map(|row| row.chunks_exact(3).map(color).collect()).collect();
        let rows = nearest(rect.y, rect.height, (top, bottom), rows);
        let columns = nearest(rect.x, rect.width, (left, right), columns);
        let layer = Layer { rect, colors: Colors::Cells { cells, rows, columns } };
        self.surface.layer(&layer).map_err(DrawingErrorKind::DrawingError)
    }
}
