use tiny_skia::{Path, Rect, Stroke};

use super::{layer::Layer, marker::MarkerPath};
use crate::{
    chart::Rgba,
    error::Error,
    text::{Text, Turn},
};

/// The target of a drawing: pixels or SVG. Lengths in pixels of the figure's resolution, y downwards.
pub(super) trait Surface {
    fn fill(&mut self, path: &Path, color: Rgba);

    fn stroke(&mut self, path: &Path, stroke: &Stroke, color: Rgba);

    /// A text whose baseline starts at `at`.
    fn text(&mut self, text: &Text, at: (f32, f32), turn: Turn, color: Rgba);

    /// The marker once at each place.
    fn markers(&mut self, marker: &MarkerPath, places: &[(f32, f32)]);

    /// Pixels that are settled: stamped markers, cells of a heat map.
    fn layer(&mut self, layer: &Layer) -> Result<(), Error>;

    /// Keeps everything within the rectangle; without one, what was kept so far is over.
    fn clip(&mut self, rect: Option<Rect>);

    /// The bytes of a file with this title and description.
    fn finish(self: Box<Self>, title: &str, description: &str) -> Result<Vec<u8>, Error>;
}
