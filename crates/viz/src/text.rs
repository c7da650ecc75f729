//! Texts: from a string to placed glyphs.

use ttf_parser::GlyphId;

use crate::font::Font;

/// Regular or bold, outside of mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// A line of text laid out from the origin of its baseline. Lengths in points, y upwards.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) source: String,
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) width: f64,
    /// From the baseline to the top; at least the font's line height.
    pub(crate) ascent: f64,
    /// From the baseline to the bottom, positive.
    pub(crate) descent: f64,
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

/// Superscripts and subscripts: size and shifts of matplotlib's mathematics.
const SCRIPT_SIZE: f64 = 0.7;
const SUPERSCRIPT_SHIFT: f64 = 0.413;
const SUBSCRIPT_SHIFT: f64 = -0.15;
const SCRIPT_GAP: f64 = 0.0096;

impl Text {
    /// The text as it is drawn.
    pub(crate) fn new(source: &str, size: f64, weight: Weight) -> Self {
        Self::on_grid(source, size, weight, DRAWING_GRID)
    }

    /// The same text measured for the layout; its width differs by a hair from what is drawn.
    pub(crate) fn for_layout(source: &str, size: f64, weight: Weight) -> Self {
        Self::on_grid(source, size, weight, LAYOUT_GRID)
    }

    /// The text as it is drawn where no more than `width` is free: smaller, at last shortened.
    pub(crate) fn fitted(source: &str, size: f64, weight: Weight, width: f64) -> Self {
        let smaller = |percent: u32| Self::new(source, size * f64::from(percent) / 100.0, weight);
        if let Some(text) = (LEAST_PERCENT..=100).rev().step_by(5).map(smaller).find(|text| text.width <= width) {
            return text;
        }
        let size = size * f64::from(LEAST_PERCENT) / 100.0;
        let mut text = Self::new(source, size, weight);
        let mut rest = source;
        while text.width > width && !rest.is_empty() {
            rest = &rest[..rest.floor_char_boundary(rest.len() - 1)];
            text = Self::new(&format!("{}…", rest.trim_end()), size, weight);
        }
        // What it says in full.
        Self { source: source.to_owned(), ..text }
    }

    fn on_grid(source: &str, size: f64, weight: Weight, grid: f64) -> Self {
        let pieces = pieces(source, weight);
        let math = pieces.iter().any(|p| p.math);
        let mut glyphs = Vec::new();
        let (mut pen, mut top, mut bottom) = (0.0, 0.0f64, 0.0f64);
        let mut previous: Option<(Font, GlyphId)> = None;
        let mut script = Script::None;
        for Piece { character, font, script: piece_script, .. } in pieces {
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
            let y = shift * size;
            if let Some((high, low)) = font.ink(id) {
                top = top.max(high * unit + y);
                bottom = bottom.max(-(low * unit + y));
            }
            glyphs.push(Glyph { font, id, size: size * scale, x: pen, y });
            let advance = font.advance(id) * unit;
            // Hinting rounds advances to whole pixels, from 0.45 upwards; mathematics is not hinted.
            pen += if math { advance } else { (advance / grid + 0.05).round() * grid };
            previous = Some((font, id));
        }
        let round = |length: f64| {
            let pixels = length / grid;
            grid * if math { (pixels - 0.05).ceil() } else { pixels.round() }
        };
        let line_font = if weight == Weight::Bold { Font::Bold } else { Font::Regular };
        let (ascent, descent) = line_font.line();
        let unit = size / line_font.units();
        Self {
            source: source.to_owned(),
            glyphs,
            width: if math { (pen / grid).ceil() * grid } else { pen },
            ascent: round(top).max(ascent * unit),
            descent: round(bottom).max(descent * unit),
        }
    }

    pub(crate) fn height(&self) -> f64 {
        self.ascent + self.descent
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Script {
    None,
    Super,
    Sub,
}

impl Script {
    fn size_and_shift(self) -> (f64, f64) {
        match self {
            Script::None => (1.0, 0.0),
            Script::Super => (SCRIPT_SIZE, SUPERSCRIPT_SHIFT),
            Script::Sub => (SCRIPT_SIZE, SUBSCRIPT_SHIFT),
        }
    }
}

/// A character with its font and place.
struct Piece {
    character: char,
    font: Font,
    script: Script,
    math: bool,
}

/// Takes a string with `$…$` apart. An odd dollar sign, or one after a backslash, is a dollar sign.
fn pieces(source: &str, weight: Weight) -> Vec<Piece> {
    let font = if weight == Weight::Bold { Font::Bold } else { Font::Regular };
    let plain = |text: &str| {
        ligatures(&text.replace("\\$", "$"))
            .chars()
            .map(|character| Piece { character, font, script: Script::None, math: false })
            .collect::<Vec<_>>()
    };
    let parts = split_at_dollars(source);
    if parts.len().is_multiple_of(2) {
        return plain(source);
    }
    let mut pieces = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index % 2 == 0 {
            pieces.extend(plain(part));
        } else {
            math(part, &mut pieces);
        }
    }
    pieces
}

fn split_at_dollars(source: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in source.match_indices('$') {
        if !source[..at].ends_with('\\') {
            parts.push(&source[start..at]);
            start = at + 1;
        }
    }
    parts.push(&source[start..]);
    parts
}

fn math(source: &str, pieces: &mut Vec<Piece>) {
    let mut rest = source;
    let mut script = Script::None;
    let mut braces = 0;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        let (character, font) = match character {
            '^' => {
                script = Script::Super;
                continue;
            }
            '_' => {
                script = Script::Sub;
                continue;
            }
            '{' => {
                braces += 1;
                continue;
            }
            '}' => {
                braces -= 1;
                if braces <= 0 {
                    script = Script::None;
                }
                continue;
            }
            c if c.is_whitespace() => continue,
            '\\' => {
                let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                let name = &rest[..end];
                match symbol(name) {
                    Some('∑') => {
                        rest = &rest[end..];
                        ('∑', Font::Display)
                    }
                    Some(letter) => {
                        rest = &rest[end..];
                        let upright = letter.is_uppercase() || !letter.is_alphabetic();
                        (letter, if upright { Font::Regular } else { Font::Oblique })
                    }
                    // Unknown commands stay readable.
                    None => ('\\', Font::Regular),
                }
            }
            '-' => ('\u{2212}', Font::Regular),
            c if c.is_alphabetic() && Font::Oblique.has(c) => (c, Font::Oblique),
            c => (c, Font::Regular),
        };
        pieces.push(Piece { character, font, script, math: true });
        if braces <= 0 {
            script = Script::None;
        }
    }
}

fn symbol(name: &str) -> Option<char> {
    const SYMBOLS: [(&str, char); 36] = [
        ("alpha", 'α'),
        ("beta", 'β'),
        ("gamma", 'γ'),
        ("delta", 'δ'),
        ("epsilon", 'ε'),
        ("zeta", 'ζ'),
        ("eta", 'η'),
        ("theta", 'θ'),
        ("iota", 'ι'),
        ("kappa", 'κ'),
        ("lambda", 'λ'),
        ("mu", 'μ'),
        ("nu", 'ν'),
        ("xi", 'ξ'),
        ("pi", 'π'),
        ("rho", 'ρ'),
        ("sigma", 'σ'),
        ("tau", 'τ'),
        ("upsilon", 'υ'),
        ("phi", 'φ'),
        ("chi", 'χ'),
        ("psi", 'ψ'),
        ("omega", 'ω'),
        ("Gamma", 'Γ'),
        ("Delta", 'Δ'),
        ("Theta", 'Θ'),
        ("Lambda", 'Λ'),
        ("Xi", 'Ξ'),
        ("Pi", 'Π'),
        ("Sigma", 'Σ'),
        ("Phi", 'Φ'),
        ("Psi", 'Ψ'),
        ("Omega", 'Ω'),
        ("sum", '∑'),
        ("times", '×'),
        ("infty", '∞'),
    ];
    SYMBOLS.iter().find(|(known, _)| *known == name).map(|(_, symbol)| *symbol)
}

/// DejaVu's ligatures, as text shaping would choose them.
fn ligatures(text: &str) -> String {
    text.replace("ffi", "\u{fb03}")
        .replace("ffl", "\u{fb04}")
        .replace("ff", "\u{fb00}")
        .replace("fi", "\u{fb01}")
        .replace("fl", "\u{fb02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Width and height in points that matplotlib 3.11.2 lays out with at 100 dpi (`Text.get_window_extent`).
    #[test]
    fn layout_measures_are_matplotlibs() {
        let near = |text: Text, width: f64, height: f64| {
            let (w, h) = (text.width, text.height());
            assert!((w - width).abs() < 0.02 && (h - height).abs() < 0.02, "{}: {w} x {h}", text.source);
        };
        let regular = |source| Text::for_layout(source, 10.0, Weight::Regular);
        near(regular("0.1"), 15.84, 10.0);
        near(regular("−10000"), 41.04, 10.0);
        near(regular("T = 0.3"), 36.72, 10.0);
        near(regular("Manual"), 37.44, 10.32);
        near(regular("$10^{-4}$"), 23.76, 11.76);
        let title = Text::for_layout("$\\sum\\sigma (z)$ = 1", 12.0, Weight::Bold);
        near(title, 61.92, 15.84);
    }

    fn characters(source: &str) -> Vec<(char, Font, f64)> {
        pieces(source, Weight::Bold).iter().map(|p| (p.character, p.font, p.script.size_and_shift().0)).collect()
    }

    #[test]
    fn mathematics_is_slanted_and_scripts_are_small() {
        let expected = [('p', Font::Bold, 1.0), ('σ', Font::Oblique, 1.0), ('(', Font::Regular, 1.0)];
        assert_eq!(characters("p$\\sigma ($"), expected);
        let expected = [('1', Font::Regular, 1.0), ('0', Font::Regular, 1.0), ('−', Font::Regular, 0.7)];
        assert_eq!(characters("$10^{-}$"), expected);
        let expected = [('x', Font::Oblique, 1.0), ('2', Font::Regular, 0.7), ('y', Font::Oblique, 1.0)];
        assert_eq!(characters("$x_2y$"), expected);
        assert_eq!(characters("$\\sum$"), [('∑', Font::Display, 1.0)]);
    }

    #[test]
    fn dollars_alone_or_escaped_are_dollars() {
        let text = |source| characters(source).iter().map(|c| c.0).collect::<String>();
        assert_eq!(text("5 $"), "5 $");
        assert_eq!(text("\\$5 and \\$6"), "$5 and $6");
        assert_eq!(text("$\\unknown$"), "\\unknown");
    }

    #[test]
    fn a_text_that_does_not_fit_shrinks_and_is_then_cut() {
        let fits = Text::fitted("Title", 12.0, Weight::Bold, 100.0);
        assert_eq!(fits.glyphs[0].size, 12.0);
        let width = fits.width * 0.8;
        let smaller = Text::fitted("Title", 12.0, Weight::Bold, width);
        assert!(smaller.width <= width && smaller.glyphs.len() == 5);
        let cut = Text::fitted(&"Title ".repeat(50), 12.0, Weight::Bold, 100.0);
        assert!(cut.width <= 100.0 && cut.width > 80.0, "{}", cut.width);
        assert!(Text::fitted("Title", 12.0, Weight::Bold, 0.0).width >= 0.0);
    }
}
