//! A report in, [`viz::Figure`] out: the notebook's nine figures, and those of the questions beyond it.
//!
//! Only positions are computed here. Labels come from the plotted constants.

mod attention;
mod exponents;
mod lens;
mod part1;
mod part2;
mod part3;
mod part4;
mod part5;
mod score;
mod sheet;
mod token;

use viz::Color;

use crate::print::general;

pub use attention::attention;
pub use exponents::exponents;
pub use lens::lens;
pub use part1::part1;
pub use part2::part2;
pub use part3::part3;
pub use part4::{part4, part4_words};
pub use part5::{View, part5};
pub use score::score;
pub use sheet::{NOTEBOOK_DPI, Sheet, Style, signed, stem};

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
