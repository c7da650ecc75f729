//! Escapes text of unknown origin for display.
use std::borrow::Cow;

/// Makes a text safe for a terminal or a page: invisible characters with an effect are escaped as in Rust (`\n`,
/// `\u{1b}`), all others are unchanged.
///
/// Escaped are the control characters (NUL, newline, ESC and the others of C0, DEL, C1), the separators of lines and
/// paragraphs, those that change the direction of what follows (bidi controls), and those without any width that join
/// nothing (zero-width space, byte order mark, tags). The joiners of emoji and of Persian or Hindi words stay.
///
/// ```
/// use lab::printable;
///
/// assert_eq!(printable("naïve 👩‍🚀"), "naïve 👩‍🚀");
/// assert_eq!(printable("a\u{1b}[31mb\0"), r"a\u{1b}[31mb\u{0}");
/// assert_eq!(printable("pay \u{202e}001"), r"pay \u{202e}001");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(acts_unseen) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if acts_unseen(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

fn acts_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Line and paragraph separator.
            '\u{2028}' | '\u{2029}'
            // Bidi controls: Arabic letter mark; marks; embeddings and overrides; isolates.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Without width: space, word joiner and invisible operators, deprecated format characters, byte order
            // mark, annotation marks, tags.
            | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_acts_unseen_is_escaped_and_nothing_else() {
        for c in (0..=0x1f).chain(0x7f..=0x9f).filter_map(char::from_u32) {
            assert!(printable(&c.to_string()).starts_with('\\'), "{:x}", u32::from(c));
        }
        for c in ['\u{61c}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{2028}', '\u{feff}', '\u{e0041}'] {
            assert_eq!(printable(&format!("a{c}b")), format!("a\\u{{{:x}}}b", u32::from(c)));
        }
        assert_eq!(printable("tab\tand\nline"), r"tab\tand\nline");
        for text in ["", "plain", "\"quoted\" \\ back", "é e\u{301}", "日本語 ↑ – ’", "👩‍🚀 ❤\u{fe0f}", "Ġ \u{a0}"]
        {
            assert_eq!(printable(text), text);
        }
    }
}
