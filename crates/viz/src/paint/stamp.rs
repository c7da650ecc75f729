//! Dense layers: thousands of equal markers stamped into one raster.
//!
//! A marker has at most two colours, so what a pixel shows is a mixture of three: the face's weight, the edge's
//! weight and, for the rest, whatever lies below. The weights are kept as floats while the markers are laid over each
//! other, and become colours once at the end: no number of translucent markers stops short of its colour.

use tiny_skia::{FillRule, Mask, Path, Transform};

use super::{
    layer::{Colors, Layer, PixelRect},
    marker::MarkerPath,
};
use crate::chart::Rgba;

/// A marker is drawn once for each of `PHASES` × `PHASES` places within a pixel, and stamped from the nearest.
const PHASES: i32 = 4;

/// Stamps the marker at every place, in order. Places are in units of 1/`units` pixel.
pub(super) fn stamp(marker: &MarkerPath, places: &[(i32, i32)], units: i32, rect: PixelRect) -> Layer {
    let size = 2 * (marker.reach().ceil() as usize + 1) + 1;
    let face = marker.face.map(|color| color.rgb);
    let edge = marker.edge.as_ref().map(|(_, color)| color.rgb);
    let stamps: Vec<Stamp> = (0..PHASES * PHASES).map(|phase| Stamp::new(marker, size, phase)).collect();
    let places = Places { places, units, size, rect };
    let colors = match (face, edge) {
        (Some(face), Some(edge)) if face != edge => {
            let (mut face_layer, mut edge_layer) = (places.coverage(), places.coverage());
            places.each(|phase, at| {
                face_layer.lay(&stamps[phase].keep, &stamps[phase].face, at);
                edge_layer.lay(&stamps[phase].keep, &stamps[phase].edge, at);
            });
            Colors::Two { face, face_weights: face_layer.trim(), edge, edge_weights: edge_layer.trim() }
        }
        (rgb, other) => {
            let mut layer = places.coverage();
            places.each(|phase, at| layer.lay(&stamps[phase].keep, &stamps[phase].both, at));
            Colors::One { rgb: rgb.or(other).unwrap_or_default(), weights: layer.trim() }
        }
    };
    Layer { rect, colors }
}

/// One marker at one place within a pixel: what it leaves of a pixel below and what it adds.
struct Stamp {
    keep: Vec<f32>,
    face: Vec<f32>,
    edge: Vec<f32>,
    both: Vec<f32>,
}

impl Stamp {
    fn new(marker: &MarkerPath, size: usize, phase: i32) -> Self {
        let centre = (size / 2) as f32;
        let step = |phase: i32| phase as f32 / PHASES as f32;
        let place = (centre + step(phase % PHASES), centre + step(phase / PHASES));
        let face = opacity(marker.face.map(|color| (marker.path.clone(), color)), size, place);
        let edge = opacity(marker.edge_path(), size, place);
        let keep: Vec<f32> = face.iter().zip(&edge).map(|(f, e)| (1.0 - f) * (1.0 - e)).collect();
        Self {
            both: keep.iter().map(|k| 1.0 - k).collect(),
            face: face.iter().zip(&edge).map(|(f, e)| f * (1.0 - e)).collect(),
            edge,
            keep,
        }
    }
}

/// Opacity of each pixel of a square when the shape is filled. An error here repeats in every marker: the coverage is
/// averaged over a drawing `FINE` times as large.
fn opacity(shape: Option<(Path, Rgba)>, size: usize, (x, y): (f32, f32)) -> Vec<f32> {
    const FINE: usize = 4;
    let mask = shape.and_then(|(path, color)| {
        let mut mask = Mask::new((size * FINE) as u32, (size * FINE) as u32)?;
        let place = Transform::from_translate(x, y).post_scale(FINE as f32, FINE as f32);
        mask.fill_path(&path, FillRule::Winding, true, place);
        let mut sums = vec![0u32; size * size];
        for (index, coverage) in mask.data().iter().enumerate() {
            let (row, column) = (index / (size * FINE), index % (size * FINE));
            sums[row / FINE * size + column / FINE] += u32::from(*coverage);
        }
        let full = (255 * FINE * FINE) as f32;
        Some(sums.into_iter().map(|sum| sum as f32 / full * color.alpha).collect())
    });
    mask.unwrap_or_else(|| vec![0.0; size * size])
}

/// The places of a layer's markers relative to its rectangle.
struct Places<'a> {
    places: &'a [(i32, i32)],
    units: i32,
    size: usize,
    rect: PixelRect,
}

impl Places<'_> {
    /// A buffer for the rectangle, with a border for stamps that cross its edge.
    fn coverage(&self) -> Coverage {
        let (width, height) = (self.rect.width + 2 * self.size, self.rect.height + 2 * self.size);
        Coverage { weights: vec![0.0; width * height], width, size: self.size, rect: self.rect }
    }

    /// Calls `lay(phase, index of the stamp's corner)` for every marker that touches the rectangle.
    fn each(&self, mut lay: impl FnMut(usize, usize)) {
        let size = self.size as i32;
        let width = self.rect.width + 2 * self.size;
        let height = self.rect.height + 2 * self.size;
        let step = self.units / PHASES;
        for (x, y) in self.places {
            // To the nearest phase.
            let (x, y) = ((x + step / 2).div_euclid(step), (y + step / 2).div_euclid(step));
            let phase = x.rem_euclid(PHASES) + PHASES * y.rem_euclid(PHASES);
            let left = x.div_euclid(PHASES) - size / 2 - self.rect.x + size;
            let top = y.div_euclid(PHASES) - size / 2 - self.rect.y + size;
            if left >= 0 && top >= 0 && left as usize + self.size <= width && top as usize + self.size <= height {
                lay(phase as usize, top as usize * width + left as usize);
            }
        }
    }
}

/// The coverage of a rectangle by one colour, pixel by pixel.
struct Coverage {
    weights: Vec<f32>,
    width: usize,
    size: usize,
    rect: PixelRect,
}

impl Coverage {
    fn lay(&mut self, keep: &[f32], add: &[f32], at: usize) {
        let rows = self.weights[at..].chunks_mut(self.width);
        for ((row, keep), add) in rows.zip(keep.chunks_exact(self.size)).zip(add.chunks_exact(self.size)) {
            for ((weight, keep), add) in row.iter_mut().zip(keep).zip(add) {
                *weight = *weight * keep + add;
            }
        }
    }

    /// The rectangle without the border.
    fn trim(self) -> Vec<f32> {
        let PixelRect { width, height, .. } = self.rect;
        let rows = self.weights.chunks_exact(self.width).skip(self.size).take(height);
        rows.flat_map(|row| &row[self.size..self.size + width]).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each quarter of a pixel, from an eighth before it to an eighth behind.
    #[test]
    fn a_marker_is_stamped_from_the_nearest_phase() {
        let rect = PixelRect { x: 100, y: 200, width: 20, height: 10 };
        // In 64ths of a pixel from the rectangle's corner: within it, and a row and a column of pixels outside.
        for (x, y) in (-64..20 * 64).step_by(7).zip((-64..10 * 64).step_by(5).cycle()) {
            let place = (100 * 64 + x, 200 * 64 + y);
            let places = Places { places: &[place], units: 64, size: 5, rect };
            let mut stamped = Vec::new();
            places.each(|phase, at| stamped.push((phase as i32, at as i32)));
            let [(phase, at)] = stamped[..] else { panic!("{stamped:?} at {x}, {y}") };
            // The stamp's middle is two pixels right of and below its corner; a border of five is around the rectangle.
            let (column, row) = (at % 30 + 2 - 5, at / 30 + 2 - 5);
            let (from_x, from_y) = (column * 64 + phase % 4 * 16 - x, row * 64 + phase / 4 * 16 - y);
            assert!((-8..=8).contains(&from_x) && (-8..=8).contains(&from_y), "{from_x}, {from_y} at {x}, {y}");
        }
        // Too far outside to be seen.
        for place in [(94, 205), (126, 205), (110, 194), (110, 216)] {
            let places = Places { places: &[(place.0 * 64, place.1 * 64)], units: 64, size: 5, rect };
            places.each(|_, at| panic!("{place:?} is stamped at {at}"));
        }
    }
}
