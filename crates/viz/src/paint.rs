//! From a laid-out figure to pixels or SVG.

mod heat;
mod layer;
mod marker;
mod panel;
mod pen;
mod plot;
mod png;
mod raster;
mod stamp;
mod surface;
mod svg;

use pen::Pen;
use surface::Surface;

pub(crate) use png::picture as png;
pub(crate) use raster::Raster;
pub(crate) use svg::Svg;

use crate::{chart::Figure, error::Error, layout::Sheet};

/// Paints everything where the layout has put it.
pub(crate) fn paint<S: Surface>(figure: &Figure, sheet: &Sheet, surface: &mut S) -> Result<(), Error> {
    let pen = Pen { scale: figure.scale(), theme: figure.theme };
    pen.paper(surface)?;
    for (panel, placed) in figure.panels.iter().zip(&sheet.panels) {
        pen.panel(panel, placed, surface)?;
    }
    sheet.footnote.iter().for_each(|words| pen.words(words, surface));
    Ok(())
}
