use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke};

use crate::chart::{Marker, Rgba, Shape};

/// The width of the outline of a marker, in points.
const EDGE_WIDTH: f64 = 1.0;

/// A marker ready to draw: pixels around its place.
#[derive(Clone, Debug)]
pub(crate) struct MarkerPath {
    pub(crate) path: Path,
    pub(crate) face: Option<Rgba>,
    pub(crate) edge: Option<(Stroke, Rgba)>,
}

impl MarkerPath {
    /// `None` if nothing is visible. `pixels` is the length of a point.
    pub(crate) fn new(marker: &Marker, face: Rgba, edge: Rgba, pixels: f64) -> Option<Self> {
        let path = outline(marker.shape, (marker.size * pixels) as f32)?;
        let has_face = marker.shape != Shape::Cross;
        let width = (EDGE_WIDTH * pixels) as f32;
        let stroke = Stroke { width, line_join: LineJoin::Miter, line_cap: LineCap::Butt, ..Stroke::default() };
        let face = (has_face && face.alpha > 0.0).then_some(face);
        let edge = (edge.alpha > 0.0).then_some((stroke, edge));
        (face.is_some() || edge.is_some()).then_some(Self { path, face, edge })
    }

    /// The edge as a shape to fill.
    pub(crate) fn edge_path(&self) -> Option<(Path, Rgba)> {
        let (stroke, color) = self.edge.as_ref()?;
        // Finer than the pixel: stamps are drawn enlarged.
        Some((self.path.stroke(stroke, 4.0)?, *color))
    }

    /// How far the marker reaches from its place, in pixels.
    pub(crate) fn reach(&self) -> f32 {
        let edge = self.edge_path().map(|(path, _)| path.bounds());
        let sides = |bounds: Rect| [bounds.left(), bounds.right(), bounds.top(), bounds.bottom()];
        let sides = edge.into_iter().chain([self.path.bounds()]).flat_map(sides);
        sides.map(f32::abs).fold(0.0, f32::max)
    }
}

fn outline(shape: Shape, size: f32) -> Option<Path> {
    let half = size / 2.0;
    let polygon = |corners: &[(f32, f32)]| {
        let mut path = PathBuilder::new();
        path.move_to(corners[0].0, corners[0].1);
        corners[1..].iter().for_each(|(x, y)| path.line_to(*x, *y));
        path.close();
        path.finish()
    };
    match shape {
        Shape::Square => polygon(&[(-half, half), (half, half), (half, -half), (-half, -half)]),
        Shape::Circle => PathBuilder::from_circle(0.0, 0.0, half),
        Shape::Point => PathBuilder::from_circle(0.0, 0.0, half / 2.0),
        Shape::Triangle => polygon(&[(0.0, -half), (-half, half), (half, half)]),
        Shape::Hexagon => {
            let (near, far) = (half / 2.0, half * 0.75f32.sqrt());
            polygon(&[(0.0, -half), (far, -near), (far, near), (0.0, half), (-far, near), (-far, -near)])
        }
        Shape::Cross => {
            let mut path = PathBuilder::new();
            path.move_to(-half, -half);
            path.line_to(half, half);
            path.move_to(-half, half);
            path.line_to(half, -half);
            path.finish()
        }
    }
}
