//! Text in messages.

/// The longest value of a file in a message, in characters.
const LONGEST: usize = 300;

/// A text of unknown origin with its control characters escaped: one line, harmless in a terminal.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// The same, cut after 300 characters: a damaged file's name or value may be megabytes long.
pub(crate) fn brief(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => escaped(text),
        Some((end, _)) => escaped(&text[..end]) + "…",
    }
}

/// A whole number with its digits in groups: 1,048,576.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_048_576, "1,048,576")] {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(brief(&"é".repeat(300)), "é".repeat(300));
        assert_eq!(brief(&"é".repeat(301)), "é".repeat(300) + "…");
    }
}
