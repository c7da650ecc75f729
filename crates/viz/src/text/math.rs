//! Mathematics in texts: the small part of TeX that labels need, with matplotlib's fonts and sizes.

use super::font::{Font, Weight};

/// Superscripts and subscripts: size and shifts of matplotlib's mathematics.
const SCRIPT_SIZE: f64 = 0.7;
const SUPERSCRIPT_SHIFT: f64 = 0.413;
const SUBSCRIPT_SHIFT: f64 = -0.15;

/// Where a character stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Script {
    None,
    Super,
    Sub,
}

impl Script {
    pub(crate) fn size_and_shift(self) -> (f64, f64) {
        match self {
            Script::None => (1.0, 0.0),
            Script::Super => (SCRIPT_SIZE, SUPERSCRIPT_SHIFT),
            Script::Sub => (SCRIPT_SIZE, SUBSCRIPT_SHIFT),
        }
    }
}

/// A character with its font and place.
pub(crate) struct Piece {
    pub(crate) character: char,
    pub(crate) font: Font,
    pub(crate) script: Script,
    pub(crate) math: bool,
    /// Free space on both sides, as around an equals sign.
    pub(crate) spaced: bool,
}

/// Takes a string with `$…$` apart. An odd dollar sign, or one after a backslash, is a dollar sign.
pub(crate) fn pieces(source: &str, weight: Weight) -> Vec<Piece> {
    let plain = |text: &str| plain(&text.replace("\\$", "$"), weight);
    let parts = split_at_dollars(source);
    if parts.len() % 2 == 0 {
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

/// The characters one by one, with DejaVu's ligatures, as text shaping would choose them.
pub(crate) fn plain(source: &str, weight: Weight) -> Vec<Piece> {
    let font = if weight == Weight::Bold { Font::Bold } else { Font::Regular };
    let piece = |character| Piece { character, font, script: Script::None, math: false, spaced: false };
    ligatures(source).chars().map(piece).collect()
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
    // At the start and after an operator, a minus is a sign.
    let mut operand = false;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '^' => script = Script::Super,
            '_' => script = Script::Sub,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces <= 0 {
                    script = Script::None;
                }
            }
            c if c.is_whitespace() => {}
            _ => {
                let name = if first == '\\' { rest.split(|c: char| !c.is_ascii_alphabetic()).next() } else { None };
                let command = name.and_then(command);
                rest = &rest[command.and(name).map_or(0, str::len)..];
                let mut push = |character: char, font: Font| {
                    let operator = matches!(character, '=' | '+' | '\u{2212}' | '<' | '>' | '×');
                    let spaced = operator && operand && script == Script::None;
                    operand = !operator;
                    pieces.push(Piece { character, font, script, math: true, spaced });
                };
                match command {
                    Some(Command::Symbol('∑')) => push('∑', Font::Display),
                    Some(Command::Symbol(letter)) if letter.is_lowercase() => push(letter, Font::Oblique),
                    Some(Command::Symbol(letter)) => push(letter, Font::Regular),
                    Some(Command::Function(name)) => name.chars().for_each(|c| push(c, Font::Regular)),
                    None if first == '-' => push('\u{2212}', Font::Regular),
                    None if first.is_alphabetic() && Font::Oblique.has(first) => push(first, Font::Oblique),
                    // Unknown commands stay readable, with their backslash.
                    None => push(first, Font::Regular),
                }
                if braces <= 0 {
                    script = Script::None;
                }
            }
        }
    }
}

/// The meaning of a backslash and a name.
#[derive(Clone, Copy)]
enum Command {
    Symbol(char),
    /// A name that is written upright.
    Function(&'static str),
}

fn command(name: &str) -> Option<Command> {
    const FUNCTIONS: [&str; 8] = ["sin", "cos", "tan", "exp", "log", "ln", "max", "min"];
    let function = FUNCTIONS.into_iter().find(|known| *known == name).map(Command::Function);
    function.or_else(|| symbol(name).map(Command::Symbol))
}

fn symbol(name: &str) -> Option<char> {
    const SYMBOLS: &str = "alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν \
        xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π \
        Sigma Σ Phi Φ Psi Ψ Omega Ω sum ∑ times × infty ∞";
    let mut words = SYMBOLS.split(' ');
    words.find(|known| *known == name)?;
    words.next()?.chars().next()
}

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
    fn operators_are_spaced_and_signs_are_not() {
        let spaced = |source| -> String {
            let pieces = pieces(source, Weight::Regular);
            pieces
                .iter()
                .map(|p| if p.spaced { format!(" {} ", p.character) } else { p.character.to_string() })
                .collect()
        };
        assert_eq!(spaced("$a=-1$"), "a = −1");
        assert_eq!(spaced("$a - b+c$"), "a − b + c");
        assert_eq!(spaced("$3\\times10^{-4}$"), "3 × 10−4");
        assert_eq!(spaced("$\\log p$"), "logp");
    }
}
