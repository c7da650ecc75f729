//! The cells of a heat map and the bar of its colours, pixel by pixel as matplotlib's `imshow` shows them.

use super::layer::{Colors, Layer, PixelRect};
use crate::chart::HeatMap;

pub(super) fn cells(heat: &HeatMap, rect: PixelRect) -> Layer {
    let row = |row| (0..heat.columns).map(|column| heat.color(row, column)).collect();
    let cells = (0..heat.rows).map(row).collect();
    let (rows, columns) = (nearest(rect.height, heat.rows), nearest(rect.width, heat.columns));
    Layer { rect, colors: Colors::Cells { cells, rows, columns } }
}

/// As many steps as matplotlib's colour maps have colours, the last one on top.
pub(super) fn shades(heat: &HeatMap, rect: PixelRect) -> Layer {
    const STEPS: usize = 256;
    let cells = (0..STEPS).rev().map(|step| vec![Some(heat.shade(step as f64 / STEPS as f64))]).collect();
    let (rows, columns) = (nearest(rect.height, STEPS), nearest(rect.width, 1));
    Layer { rect, colors: Colors::Cells { cells, rows, columns } }
}

/// The cell that the middle of each pixel lies in.
fn nearest(pixels: usize, cells: usize) -> Vec<usize> {
    (0..pixels).map(|pixel| (2 * pixel + 1) * cells / (2 * pixels)).collect()
}
