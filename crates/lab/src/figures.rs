//! A report in, [`viz::Figure`] out: the notebook's nine figures, and those of the questions beyond it.
//!
//! Only positions are computed here. Labels come from the plotted constants.

mod attention;
mod lens;
mod notebook;
mod score;
mod style;
mod token;

use viz::Color;

use crate::print::general;

pub use attention::attention;
pub use lens::lens;
pub use notebook::{View, exponents, part1, part2, part3, part4, part4_words, part5};
pub use score::score;
pub use style::{NOTEBOOK_DPI, NotebookFigure, Style, signed, stem};

/// The notebook's fills: pink, green, blue.
const PINK: Color = Color::rgb(0.9, 0.7, 0.7);
const GREEN: Color = Color::rgb(0.7, 0.9, 0.7);
const BLUE: Color = Color::rgb(0.7, 0.7, 0.9);

/// The notebook's upper limit of a token axis: nine beyond the vocabulary's size.
fn vocabulary_end(values: &[f32]) -> f64 {
    values.len() as f64 + 9.0
}

fn temperature_label(temperature: f64) -> String {
    format!("T = {}", general(temperature))
}
