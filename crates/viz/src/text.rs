//! From strings to glyphs of the bundled fonts.

mod font;
mod line;
mod math;

pub(crate) use font::{Font, Weight};
pub(crate) use line::{Text, Turn};

#[cfg(test)]
pub(crate) use line::Glyph;
