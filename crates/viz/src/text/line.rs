//! Texts: from a string to placed glyphs.

use ttf_parser::GlyphId;

use super::{
    font::{Font, Weight},
    math::{self, Piece, Script},
};

/// A line of text laid out from the origin of its baseline. Lengths in points, y upwards.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) source: String,
    /// The size and the weight with which [`Text::new`] gives the same from the source; `None` for a text word for word
    /// and for one that is cut.
    pub(crate) style: Option<(f64, Weight)>,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) drawn: Extent,
    /// The width for the layout; it differs slightly from the drawn width.
    pub(crate) measured: Extent,
}

/// How far a text reaches from the origin of its baseline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) width: f64,
    /// To the top; at least the font's.
    pub(crate) ascent: f64,
    /// To the bottom, positive; at least the font's.
    pub(crate) descent: f64,
}

impl Extent {
    pub(crate) fn height(&self) -> f64 {
        self.ascent + self.descent
    }
}

/// A text's direction: degrees counterclockwise from left-to-right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turn(pub(crate) f64);

impl Turn {
    pub(crate) const NONE: Self = Self(0.0);
    /// From bottom to top.
    pub(crate) const UP: Self = Self(90.0);

    /// Sine and cosine, exact where the text runs along an axis.
    pub(crate) fn sin_cos(self) -> (f64, f64) {
        match self {
            Self::NONE => (0.0, 1.0),
            Self::UP => (1.0, 0.0),
            Self(degrees) => degrees.to_radians().sin_cos(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    pub(crate) font: Font,
    pub(crate) id: GlyphId,
    pub(crate) size: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// matplotlib lays figures out at 100 dpi with hinted text, whose advances and heights are whole pixels, whatever
/// resolution it saves with. Measuring on the same grid puts the axes where it puts them.
const LAYOUT_GRID: f64 = 72.0 / 100.0;

/// The grid of the notebook's pictures, 300 dpi: hinted advances are whole pixels there too.
const DRAWING_GRID: f64 = 72.0 / 300.0;

/// How small a text may become before it is shortened.
const LEAST_PERCENT: u32 = 60;

/// Free space before and after a script, and on both sides of an operator, in font sizes.
const SCRIPT_GAP: f64 = 0.0096;
const OPERATOR_SPACE: f64 = 0.2;

impl Text {
    /// With mathematics between dollar signs.
    pub(crate) fn new(source: &str, size: f64, weight: Weight) -> Self {
        let text = Self::of(source, &math::pieces(source, weight), size, weight);
        Self { style: Some((size, weight)), ..text }
    }

    /// Literal: no character is special.
    pub(crate) fn literal(source: &str, size: f64) -> Self {
        Self::of(source, &math::plain(source, Weight::Regular), size, Weight::Regular)
    }

    fn of(source: &str, pieces: &[Piece], size: f64, weight: Weight) -> Self {
        let (glyphs, drawn) = line(pieces, size, weight, DRAWING_GRID);
        let (_, measured) = line(pieces, size, weight, LAYOUT_GRID);
        Self { source: source.to_owned(), style: None, glyphs, drawn, measured }
    }

    /// The text where no more than `width` is free: smaller, at last shortened.
    pub(crate) fn fitted(source: &str, size: f64, weight: Weight, width: f64) -> Self {
        let smaller = |percent: u32| Self::new(source, size * f64::from(percent) / 100.0, weight);
        if let Some(text) = (LEAST_PERCENT..=100).rev().step_by(5).map(smaller).find(|text| text.drawn.width <= width) {
            return text;
        }
        let size = size * f64::from(LEAST_PERCENT) / 100.0;
        cut(source, width, |source| Self::new(source, size, weight))
    }

    /// The text word for word, shortened where no more than `width` is free.
    pub(crate) fn cut(source: &str, size: f64, width: f64) -> Self {
        cut(source, width, |source| Self::literal(source, size))
    }
}

/// The text with as many of its first characters as fit, and an ellipsis where these are not all.
fn cut(source: &str, width: f64, text: impl Fn(&str) -> Text) -> Text {
    let mut cut = text(source);
    if cut.drawn.width <= width {
        return cut;
    }
    let mut rest = source;
    while cut.drawn.width > width && !rest.is_empty() {
        rest = rest.char_indices().next_back().map_or("", |(last, _)| &rest[..last]);
        cut = text(&format!("{}…", rest.trim_end()));
    }
    // Its full text.
    Text { source: source.to_owned(), style: None, ..cut }
}

/// Glyphs in their places and what they take up, measured in multiples of `grid`.
fn line(pieces: &[Piece], size: f64, weight: Weight, grid: f64) -> (Vec<Glyph>, Extent) {
    let math = pieces.iter().any(|p| p.math);
    let mut glyphs = Vec::new();
    let (mut pen, mut top, mut bottom) = (0.0, 0.0f64, 0.0f64);
    let mut previous: Option<(Font, GlyphId)> = None;
    let mut script = Script::None;
    for &Piece { character, font, script: piece_script, spaced, .. } in pieces {
        let (scale, shift) = piece_script.size_and_shift();
        let unit = size * scale / font.units();
        if piece_script != script {
            pen += SCRIPT_GAP * size;
            previous = None;
            script = piece_script;
        }
        let id = font.glyph(character);
        if let Some((_, left)) = previous.filter(|(last, _)| *last == font) {
            pen += font.kerning(left, id) * unit;
        }
        let space = if spaced { OPERATOR_SPACE * size } else { 0.0 };
        pen += space;
        let y = shift * size;
        if let Some((high, low)) = font.ink(id) {
            top = top.max(high * unit + y);
            bottom = bottom.max(-(low * unit + y));
        }
        glyphs.push(Glyph { font, id, size: size * scale, x: pen, y });
        let advance = font.advance(id) * unit;
        // Hinting rounds advances to whole pixels, from 0.45 upwards; mathematics is not hinted.
        pen += if math { advance } else { (advance / grid + 0.05).round() * grid };
        pen += space;
        previous = Some((font, id));
    }
    let round = |length: f64| {
        let pixels = length / grid;
        grid * if math { (pixels - 0.05).ceil() } else { pixels.round() }
    };
    let line_font = if weight == Weight::Bold { Font::Bold } else { Font::Regular };
    let (ascent, descent) = line_font.line();
    let unit = size / line_font.units();
    let extent = Extent {
        width: if math { (pen / grid).ceil() * grid } else { pen },
        ascent: round(top).max(ascent * unit),
        descent: round(bottom).max(descent * unit),
    };
    (glyphs, extent)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height in points that matplotlib 3.11.2 lays out with at 100 dpi (`Text.get_window_extent`).
    #[test]
    fn layout_measures_are_matplotlibs() {
        let near = |text: Text, width: f64, height: f64| {
            let (w, h) = (text.measured.width, text.measured.height());
            assert!((w - width).abs() < 0.02 && (h - height).abs() < 0.02, "{}: {w} x {h}", text.source);
        };
        let regular = |source| Text::new(source, 10.0, Weight::Regular);
        near(regular("0.1"), 15.84, 10.0);
        near(regular("−10000"), 41.04, 10.0);
        near(regular("T = 0.3"), 36.72, 10.0);
        near(regular("Manual"), 37.44, 10.32);
        near(regular("$10^{-4}$"), 23.76, 11.76);
        let title = Text::new("$\\sum\\sigma (z)$ = 1", 12.0, Weight::Bold);
        near(title, 61.92, 15.84);
    }

    #[test]
    fn a_text_that_does_not_fit_shrinks_and_is_then_cut() {
        let fits = Text::fitted("Title", 12.0, Weight::Bold, 100.0);
        assert_eq!(fits.glyphs[0].size, 12.0);
        let width = fits.drawn.width * 0.8;
        let smaller = Text::fitted("Title", 12.0, Weight::Bold, width);
        assert!(smaller.drawn.width <= width && smaller.glyphs.len() == 5);
        let cut = Text::fitted(&"Title ".repeat(50), 12.0, Weight::Bold, 100.0);
        assert!(cut.drawn.width <= 100.0 && cut.drawn.width > 80.0, "{}", cut.drawn.width);
        assert!(Text::fitted("Title", 12.0, Weight::Bold, 0.0).drawn.width >= 0.0);
    }
}
