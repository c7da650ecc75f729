use tiny_skia::Rect;

use crate::chart::Rgba;

/// Whole pixels: a corner and a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PixelRect {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl PixelRect {
    /// The pixels nearest to the area between two corners.
    pub(crate) fn between((left, top): (f32, f32), (right, bottom): (f32, f32)) -> Self {
        let [x, y, right, bottom] = [left, top, right, bottom].map(|at| at.round() as i32);
        Self { x, y, width: (right - x).max(0) as usize, height: (bottom - y).max(0) as usize }
    }

    pub(crate) fn rect(self) -> Option<Rect> {
        Rect::from_xywh(self.x as f32, self.y as f32, self.width as f32, self.height as f32)
    }
}

/// An overlay of each pixel of a rectangle.
pub(crate) struct Layer {
    pub(crate) rect: PixelRect,
    pub(crate) colors: Colors,
}

/// Weights are in `0..=1`, row by row.
pub(crate) enum Colors {
    /// Markers of one colour.
    One { rgb: [f32; 3], weights: Vec<f32> },
    /// Face and edge. The weights add up to at most 1.
    Two { face: [f32; 3], face_weights: Vec<f32>, edge: [f32; 3], edge_weights: Vec<f32> },
    /// Rows of cells of one colour each, or without, and which row and which column of them each row and each column of
    /// pixels shows; there may be none of that number.
    Cells { cells: Vec<Vec<Option<Rgba>>>, rows: Vec<usize>, columns: Vec<usize> },
}

impl Layer {
    /// Premultiplied red, green, blue and opacity of the pixel at `index` in its rectangle.
    pub(crate) fn pixel(&self, index: usize) -> ([f32; 3], f32) {
        match &self.colors {
            Colors::One { rgb, weights } => (rgb.map(|c| c * weights[index]), weights[index]),
            Colors::Two { face, face_weights, edge, edge_weights } => {
                let (f, e) = (face_weights[index], edge_weights[index]);
                (std::array::from_fn(|i| face[i] * f + edge[i] * e), f + e)
            }
            Colors::Cells { cells, rows, columns } => {
                let (row, column) = (rows[index / columns.len()], columns[index % columns.len()]);
                let color = cells.get(row).and_then(|row| *row.get(column)?);
                color.map_or(([0.0; 3], 0.0), |color| (color.rgb, 1.0))
            }
        }
    }
}
