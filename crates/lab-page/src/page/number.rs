//! Numbers as the page writes them, in its text and in its script alike.

/// A share: one decimal, or two digits of less than 0.05%: `34.7%`, `0.012%`, `1.2e−7%`.
pub(super) fn percent(share: f64) -> String {
    let hundred = 100.0 * share;
    if hundred == 0.0 || hundred >= 0.05 {
        format!("{hundred:.1}%")
    } else if hundred >= 1e-3 {
        let digits = format!("{hundred:.*}", (1.0 - hundred.log10().floor()) as usize);
        format!("{}%", digits.trim_end_matches('0'))
    } else {
        minus(&format!("{hundred:.1e}%"))
    }
}

/// A text with the sign U+2212 where a hyphen stands for minus: before a number, or between two terms. Words, names of
/// files and quoted tokens stay as they are.
pub(super) fn minus(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize, by: isize| i.checked_add_signed(by).and_then(|i| chars.get(i)).copied().unwrap_or(' ');
    let is_minus = |i: usize| {
        let (before, after) = (at(i, -1), at(i, 1));
        let exponent = before == 'e' && at(i, -2).is_ascii_digit();
        let between = before == ' ' && after == ' ' && at(i, -2) != '"';
        between || after.is_ascii_digit() && (exponent || !before.is_alphanumeric() && !"\"-./_".contains(before))
    };
    (0..chars.len()).map(|i| if chars[i] == '-' && is_minus(i) { '−' } else { chars[i] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected texts are what `percent` of the page's script gives in node.
    #[test]
    fn shares_are_written_as_the_script_writes_them() {
        let shown: Vec<String> = [1.0, 0.347, 0.0005, 0.0003, 0.000_123_4, 1.2e-9, 0.0].map(percent).into();
        assert_eq!(shown, ["100.0%", "34.7%", "0.1%", "0.03%", "0.012%", "1.2e−7%", "0.0%"]);
    }

    #[test]
    fn only_a_numbers_hyphen_becomes_a_minus() {
        let text = "-1.5, (-2) at 1e-7 of -0; GPT-2, top-10, 2026-11-29, --k -t, gpt2-9.npy, -k 3, x/-1, z - max(z), \"-1\", \" - \"";
        let shown = "−1.5, (−2) at 1e−7 of −0; GPT-2, top-10, 2026-11-29, --k -t, gpt2-9.npy, -k 3, x/-1, z − max(z), \"-1\", \" - \"";
        assert_eq!(minus(text), shown);
    }
}
