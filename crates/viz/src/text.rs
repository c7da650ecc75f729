//! From strings to glyphs of the bundled fonts.

mod font;
mod line;
mod math;

pub(crate) use font::{Font, Weight};
pub(crate) use line::{Text, Turn};

#[cfg(test)]
pub(crate) use line::Glyph;

/// Whether the bundled font has every character of a text. A missing one is drawn as an empty box; the caller can
/// replace it first.
///
/// ```
/// assert!(viz::draws("naïve σ(z)") && !viz::draws("漢"));
/// ```
#[must_use]
pub fn draws(text: &str) -> bool {
    text.chars().all(|character| Font::Regular.has(character))
}
