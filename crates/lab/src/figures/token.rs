use crate::{
    printable,
    token::{Word, hex},
};

/// A token on an axis or in a cell: its spaces marked, since " night" and "night" are two tokens; what is not printable
/// escaped; what the font lacks by its code points, and a part of a character by its bytes.
pub(super) fn label(word: &Word) -> String {
    match str::from_utf8(word.bytes()) {
        Ok(text) => printable(text).chars().map(sign).collect(),
        Err(_) => {
            let bytes = word.bytes();
            let (space, rest) = bytes.strip_prefix(b" ").map_or(("", bytes), |rest| ("␣", rest));
            format!("{space}<{}>", hex(rest))
        }
    }
}

fn sign(character: char) -> String {
    match character {
        ' ' => "␣".to_owned(),
        other if viz::draws(other.encode_utf8(&mut [0; 4])) => other.into(),
        other => format!("U+{:04X}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenNames;

    struct One(Vec<u8>);

    impl TokenNames for One {
        fn token(&self, _: u32) -> Option<Vec<u8>> {
            Some(self.0.clone())
        }

        fn vocab_size(&self) -> usize {
            1
        }
    }

    #[test]
    fn every_token_has_a_label_that_the_font_can_draw() {
        for (bytes, expected) in [
            (" night".as_bytes(), "␣night"),
            (b"\n\n", "\\n\\n"),
            (b"$x$", "$x$"),
            (b"\x1b[2J", "\\u{1b}[2J"),
            (b" \xe2\x80", "␣<e2 80>"),
            ("שלום".as_bytes(), "שלום"),
            ("漢字".as_bytes(), "U+6F22U+5B57"),
            (b"", ""),
        ] {
            let label = label(&Word::of(0, &One(bytes.to_vec())));
            assert_eq!(label, expected);
            assert!(viz::draws(&label), "{label}");
        }
    }
}
