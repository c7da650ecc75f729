//! From a laid-out figure to pixels or SVG, through plotters.

mod axis;
mod beyond;
mod canvas;
mod heat;
mod layer;
mod marker;
mod panel;
mod pen;
mod png;
mod raster;
mod stamp;
mod surface;
mod svg;

use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters_backend::DrawingErrorKind;

pub use canvas::Canvas;
use pen::Pen;

use crate::{chart::Figure, error::Error, layout::FigureLayout};

/// Paints everything where the layout has put it.
pub(crate) fn paint(figure: &Figure, layout: &FigureLayout, canvas: &mut Canvas) -> Result<(), Error> {
    let pen = Pen { scale: figure.scale(), theme: figure.theme };
    let root = canvas.into_drawing_area();
    root.fill(&pen.filled(pen.theme.paper()).color)?;
    for (panel, placed) in figure.panels.iter().zip(&layout.panels) {
        pen.panel(panel, placed, &root)?;
    }
    layout.footnote.iter().try_for_each(|words| pen.words(words, &root))
}

/// plotters' errors hold ours: this takes them out.
impl<E: std::error::Error + Send + Sync + Into<Self>> From<DrawingAreaErrorKind<E>> for Error {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        match error {
            DrawingAreaErrorKind::BackendError(DrawingErrorKind::DrawingError(error)) => error.into(),
            other => Self::Draw(other.to_string()),
        }
    }
}
