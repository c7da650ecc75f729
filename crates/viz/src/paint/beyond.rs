//! What plotters cannot draw, and its replacements.
//!
//! - *Lines that leave the panel.* plotters moves every point outside its area to the area's edge, which bends lines
//!   there: [`Free`] and [`Own`] pass points on unchanged, and [`clip`] clips at the edge.
//! - *Dashes.* plotters' dashes end like whole lines, and its dots are circles: [`dashed`].
//! - *Markers.* plotters' have one colour, and 50,000 translucent ones are 50,000 elements that stop at grey:
//!   [`markers`].
//! - *Cells.* Rectangles of plotters leave seams, and are thousands: [`cells`] is a picture.
//! - *Minor ticks, and ticks of the bar of colours.* plotters has a tick only where it has a label, all of one length,
//!   and aligns labels on the right side by their widths: these ticks are lines and texts of the layout.
//! - *Titles, and labels of axes.* plotters centres a title over chart and labels, and both axes share one style: the
//!   layout places them, `draw_text` draws them.
//! - *Words.* A plotters text style has no literal text, no slant, and no clipped text that keeps its full text for
//!   screen readers: [`words`].
//! - *The legend.* plotters sizes its box with its own font code (0.46 em per byte without fonts), not with the
//!   backend; its rows are always 1.25 em apart; its corners are square. The layout places the frame ([`frame`]),
//!   samples and texts.

use plotters::{
    coord::CoordTranslate,
    drawing::Rect as Bounds,
    element::{CoordMapper, Drawable, PointCollection},
    style::ShapeStyle,
};
use plotters_backend::{BackendCoord, DrawingBackend, DrawingErrorKind};
use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke, StrokeDash};

use super::{
    canvas::{self, Canvas, UNITS},
    heat,
    layer::PixelRect,
    marker::MarkerPath,
    stamp::stamp,
    surface::Surface,
};
use crate::{
    chart::{HeatMap, Rgba},
    error::Error,
    layout::{Area, ROUNDNESS, Words},
};

/// Units to pixels.
pub(super) fn pixels((x, y): BackendCoord) -> (f32, f32) {
    (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
}

/// From data to units, wherever that is.
pub(super) struct Unclamped;

impl CoordMapper for Unclamped {
    type Output = BackendCoord;

    fn map<C: CoordTranslate>(coordinates: &C, point: &C::From, _: &Bounds) -> BackendCoord {
        coordinates.translate(point)
    }
}

/// An element of plotters' that may leave its area.
pub(super) struct Free<E>(pub(super) E);

impl<'a, E> PointCollection<'a, (f64, f64), Unclamped> for &'a Free<E>
where
    &'a E: PointCollection<'a, (f64, f64)>,
{
    type Point = <&'a E as PointCollection<'a, (f64, f64)>>::Point;
    type IntoIter = <&'a E as PointCollection<'a, (f64, f64)>>::IntoIter;

    fn point_iter(self) -> Self::IntoIter {
        self.0.point_iter()
    }
}

impl<B: DrawingBackend, E: Drawable<B>> Drawable<B, Unclamped> for Free<E> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        backend: &mut B,
        size: (u32, u32),
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        self.0.draw(points, backend, size)
    }
}

/// An element of our own: points, and a function that draws them on our surface when they are units.
pub(super) struct Own<C, F> {
    points: Vec<C>,
    draw: F,
}

impl<'a, C: 'a, F> PointCollection<'a, C, Unclamped> for &'a Own<C, F> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> &'a [C] {
        &self.points
    }
}

impl<C, F: Draw> Drawable<&mut Canvas, Unclamped> for Own<C, F> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        canvas: &mut &mut Canvas,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Error>> {
        (self.draw)(points.collect(), canvas.surface()).map_err(DrawingErrorKind::DrawingError)
    }
}

/// [`Own`]'s drawing of its points.
pub(super) trait Draw: Fn(Vec<BackendCoord>, &mut dyn Surface) -> Result<(), Error> {}

impl<F: Fn(Vec<BackendCoord>, &mut dyn Surface) -> Result<(), Error>> Draw for F {}

/// An element that does not depend on points.
pub(super) fn fixed(draw: impl Fn(&mut dyn Surface) -> Result<(), Error>) -> Own<BackendCoord, impl Draw> {
    Own { points: Vec::new(), draw: move |_: Vec<BackendCoord>, surface: &mut dyn Surface| draw(surface) }
}

/// Keeps what is drawn from now on within a rectangle, if there is one.
pub(super) fn clip(rect: Option<Rect>) -> Own<BackendCoord, impl Draw> {
    fixed(move |surface| {
        surface.clip(rect);
        Ok(())
    })
}

/// A line of dashes; the lengths, on and off, in pixels.
pub(super) fn dashed<C>(points: Vec<C>, pattern: [f32; 2], style: ShapeStyle) -> Own<C, impl Draw> {
    let (width, color) = (style.stroke_width as f32 / UNITS as f32, canvas::color(&style));
    let draw = move |points: Vec<BackendCoord>, surface: &mut dyn Surface| {
        let dash = StrokeDash::new(pattern.to_vec(), 0.0);
        let path = canvas::polygon(points.into_iter().map(pixels), false).and_then(|path| path.dash(&dash?, 1.0));
        let stroke = Stroke { width, line_cap: LineCap::Butt, line_join: LineJoin::Round, ..Stroke::default() };
        path.iter().for_each(|path| surface.stroke(path, &stroke, color));
        Ok(())
    };
    Own { points, draw }
}

/// A marker at each point; those that do not touch the rectangle are left out. More than `DENSE` are stamped into a
/// raster.
pub(super) fn markers<C>(points: Vec<C>, marker: MarkerPath, rect: PixelRect) -> Own<C, impl Draw> {
    /// The most markers that are drawn one by one.
    const DENSE: usize = 2000;
    let draw = move |places: Vec<BackendCoord>, surface: &mut dyn Surface| {
        if places.len() > DENSE {
            return surface.layer(&stamp(&marker, &places, UNITS, rect));
        }
        let reach = marker.reach();
        let near = |at: f32, start: i32, length: usize| {
            (start as f32 - reach..=start as f32 + length as f32 + reach).contains(&at)
        };
        let touches = |(x, y): &(f32, f32)| near(*x, rect.x, rect.width) && near(*y, rect.y, rect.height);
        let places: Vec<(f32, f32)> = places.into_iter().map(pixels).filter(touches).collect();
        surface.markers(&marker, &places);
        Ok(())
    };
    Own { points, draw }
}

/// The cells of a heat map inside the rectangle.
pub(super) fn cells(heat: &HeatMap, rect: PixelRect) -> Own<(f64, f64), impl Draw> {
    let corners = vec![(-0.5, -0.5), (heat.columns as f64 - 0.5, heat.rows as f64 - 0.5)];
    let draw = move |corners: Vec<BackendCoord>, surface: &mut dyn Surface| match *corners {
        [first, last] => surface.layer(&heat::cells(heat, rect, [first, last].map(pixels))),
        _ => Ok(()),
    };
    Own { points: corners, draw }
}

/// The frame of a legend with rounded corners, its face and its outline. `scale` is the length of a point in pixels.
pub(super) fn frame(
    area: &Area,
    scale: f64,
    face: Rgba,
    (stroke, edge): (Stroke, Rgba),
) -> Own<BackendCoord, impl Draw> {
    let path = rounded(area, scale);
    fixed(move |surface| {
        if let Some(path) = &path {
            surface.fill(path, face);
            surface.stroke(path, &stroke, edge);
        }
        Ok(())
    })
}

/// A rectangle with rounded corners, in pixels.
fn rounded(frame: &Area, scale: f64) -> Option<Path> {
    let [left, top, right, bottom] = [frame.left, frame.top, frame.right, frame.bottom].map(|v| (v * scale) as f32);
    let r = (ROUNDNESS * scale) as f32;
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.quad_to(right, top, right, top + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.quad_to(left, bottom, left, bottom - r);
    path.line_to(left, top + r);
    path.quad_to(left, top, left + r, top);
    path.close();
    path.finish()
}

/// Words as the layout has them, with the start of their baseline.
pub(super) fn words(words: &Words, start: BackendCoord, color: Rgba) -> Own<BackendCoord, impl Draw> {
    fixed(move |surface| {
        surface.text(&words.text, pixels(start), words.turn, color);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_a_legends_frame_are_round_alike() {
        let path = rounded(&Area { left: 10.0, top: 20.0, right: 60.0, bottom: 50.0 }, 2.0).unwrap();
        let mut points: Vec<(f32, f32)> = path.points().iter().map(|p| (p.x, p.y)).collect();
        // Two points of radius at two pixels a point, from each side of each corner, and the corner itself; one of them
        // is where the outline starts and ends.
        let mut expected = Vec::new();
        for (x, inwards) in [(20.0, 4.0), (120.0, -4.0)] {
            for (y, down) in [(40.0, 4.0), (100.0, -4.0)] {
                expected.extend([(x, y), (x + inwards, y), (x, y + down)]);
            }
        }
        expected.push((24.0, 40.0));
        points.sort_by(|a, b| a.partial_cmp(b).unwrap());
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(points, expected);
    }
}
