//! The cells of a heat map and the bar of its colours, pixel by pixel as matplotlib's `imshow` shows them.

use super::layer::{Colors, Layer, PixelRect};
use crate::chart::HeatMap;

/// Draws the cells between two corners, in pixels, inside a rectangle.
pub(super) fn cells(heat: &HeatMap, rect: PixelRect, [start, end]: [(f32, f32); 2]) -> Layer {
    let row = |row| (0..heat.columns).map(|column| heat.color(row, column)).collect();
    let cells = (0..heat.rows).map(row).collect();
    let rows = nearest(rect.y, rect.height, (start.1, end.1), heat.rows);
    let columns = nearest(rect.x, rect.width, (start.0, end.0), heat.columns);
    Layer { rect, colors: Colors::Cells { cells, rows, columns } }
}

/// As many steps as matplotlib's colour maps have colours, the last one on top.
pub(super) fn shades(heat: &HeatMap, rect: PixelRect) -> Layer {
    const STEPS: usize = 256;
    let cells = (0..STEPS).rev().map(|step| vec![Some(heat.shade(step as f64 / STEPS as f64))]).collect();
    let rows = nearest(rect.y, rect.height, (rect.y as f32, (rect.y + rect.height as i32) as f32), STEPS);
    Layer { rect, colors: Colors::Cells { cells, rows, columns: vec![0; rect.width] } }
}

/// The cell at the middle of each pixel, for evenly spaced cells between two positions; none outside.
pub(super) fn nearest(first: i32, pixels: usize, (start, end): (f32, f32), cells: usize) -> Vec<usize> {
    let [first, start, end] = [i64::from(first), start.round() as i64, end.round() as i64];
    let cell = |pixel: i64| (2 * (pixel - start) + 1) * cells as i64;
    let within = |cell: i64| usize::try_from(cell.div_euclid(2 * (end - start).max(1))).unwrap_or(usize::MAX);
    (first..first + pixels as i64).map(|pixel| within(cell(pixel))).collect()
}
