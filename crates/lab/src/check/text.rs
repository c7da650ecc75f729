//! Compares printed text: words exactly, numbers within the tolerance between two machines.
//!
//! The models' logits depend in their last bits on the processor (the order of a sum in a matrix product). A report
//! from another machine is the same report if its words and whole numbers are equal, and its decimal numbers agree
//! within one unit of their last printed digit or within [`RELATIVE`]. Counts of zeros and of subnormal numbers, in a
//! row of float16 or under one of [`COUNTS`], may differ by [`AT_THE_EDGE`].

/// Relative difference of two decimal numbers that is attributed to the order of additions: a logit is off by 1e-5, and a
/// probability at temperature T by that over T. Seen between SSE4.1 and AVX-512: 1.5e-5.
const RELATIVE: f64 = 1e-4;

/// Keys of report.json whose numbers count the values on one side of an edge.
const COUNTS: [&str; 2] = ["\"zero\": ", "\"subnormal\": "];

/// How many of 50,257 values may cross the edge of their type's range. A logit around -100 that is off by 1e-5 rounds
/// to the next float16, 0.06 away, once in 5,000 logits, and may cross the edge there. Observed between SSE4.1, AVX-512
/// and Intel's MKL: 2.
const AT_THE_EDGE: u64 = 5;

/// How many decimal numbers differ in their last digits, or the first line in which anything else does.
pub(super) fn compare(reference: &str, fresh: &str) -> Result<usize, String> {
    let mut last_digits = 0;
    let (mut old, mut new) = (reference.lines(), fresh.lines());
    for line in 1.. {
        let (old, new) = match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) => (old.unwrap_or_default(), new.unwrap_or_default()),
        };
        let differs = || format!("line {line} was {:?} and is {:?}", clip(old), clip(new));
        last_digits += compare_lines(old, new).ok_or_else(differs)?;
    }
    Ok(last_digits)
}

/// The first 100 characters: a line of a report may hold a whole vector or picture.
fn clip(line: &str) -> String {
    line.chars().take(100).collect()
}

/// How many numbers differ in their last digits; `None` if anything else differs.
fn compare_lines(old: &str, new: &str) -> Option<usize> {
    let (old, new) = (without_pictures(old), without_pictures(new));
    let of_float16 = old.contains("float16") && new.contains("float16");
    let (mut old, mut new) = (tokens(&old), tokens(&new));
    let is_count = |before: &str| of_float16 || COUNTS.iter().any(|key| before.ends_with(key));
    let (mut last_digits, mut before) = (0, "");
    loop {
        match (old.next(), new.next()) {
            (None, None) => return Some(last_digits),
            (Some(a), Some(b)) if a == b => before = a,
            (Some(a), Some(b)) if is_close(a, b) || is_count(before) && is_near(a, b) => last_digits += 1,
            _ => return None,
        }
    }
}

/// The line without the bytes of embedded pictures, which are compared as pixels from their own files.
fn without_pictures(line: &str) -> String {
    let mut parts = line.split("data:image/png;base64,");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("data:image/png;base64,");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')));
    }
    out
}

/// Splits a line into numbers and the text between them.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let is_number = rest.chars().next()?.is_ascii_digit();
        let end = if is_number { number(rest) } else { rest.find(|c: char| c.is_ascii_digit()) };
        let (token, tail) = rest.split_at(end.unwrap_or(rest.len()));
        rest = tail;
        Some(token)
    })
}

/// Where the number at the start of `text` ends: `0.5`, `1.2e-7`, `19,624`; `None` if that is the end of the text.
fn number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    (1..bytes.len()).find(|&index| match bytes[index] {
        b'.' | b'e' | b'E' => false,
        b'-' | b'+' => !matches!(bytes[index - 1], b'e' | b'E'),
        b',' => !(index + 1..index + 4).all(is_digit) || is_digit(index + 4),
        byte => !byte.is_ascii_digit(),
    })
}

/// Whether two counts agree within the tolerance.
fn is_near(a: &str, b: &str) -> bool {
    // A whole number, with or without commas between the thousands.
    let count = |text: &str| text.replace(',', "").parse::<u64>().ok();
    count(a).zip(count(b)).is_some_and(|(a, b)| a.abs_diff(b) <= AT_THE_EDGE)
}

/// Whether two decimal numbers agree within the tolerance.
fn is_close(a: &str, b: &str) -> bool {
    let Some((x, unit_x)) = decimal(a) else { return false };
    let Some((y, unit_y)) = decimal(b) else { return false };
    let allowed = unit_x.max(unit_y).max(RELATIVE * x.abs().max(y.abs()));
    // Allow for the rounding of the subtraction.
    (x - y).abs() <= allowed * (1.0 + 1e-9)
}

/// The value of a decimal number and one unit of its last printed digit; `None` for whole numbers and other text.
fn decimal(text: &str) -> Option<(f64, f64)> {
    let value = text.parse().ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    if !text.contains(['.', 'e', 'E']) {
        return None;
    }
    let digits = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    Some((value, 10_f64.powi(exponent - i32::try_from(digits).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &str = r#"<img src="data:image/png;base64,AAA/+=" alt="x">"#;

    #[test]
    fn words_and_whole_numbers_are_compared_exactly() {
        for (a, b) in [
            ("a night", "a knight"),
            ("#1755", "#1756"),
            ("50,257 NaN", "50,255 NaN"),
            ("3,332,928 parameters", "3,332,929 parameters"),
            ("    17      49,913", "    18      49,913"),
            ("tensor([[1026, 373]])", "tensor([[1026, 374]])"),
            ("one line", "one line\nand another"),
            ("-1.5", "1.5"),
            ("(34.7%) is", "(34.9%) is"),
            ("\"kl\": 1.2345678901e-7", "\"kl\": 1.2355678901e-7"),
            ("0.5", "5e-1 "),
            ("float32: 50,257 of 50,257 are NaN", "float32: 50,256 of 50,257 are NaN"),
            ("float16  0  19,618  30,161", "float16  0  19,624  30,159"),
            ("\"zero\": 17,", "\"zero\": 23,"),
            ("\"token_id\": 17,", "\"token_id\": 18,"),
            (PICTURE, &PICTURE.replace('x', "y")),
        ] {
            assert!(compare(a, b).is_err(), "{a}");
        }
    }

    #[test]
    fn last_digits_counts_at_an_edge_and_embedded_pictures_may_differ() {
        for (a, b, numbers) in [
            ("a 1\n", "a 1\n", 0),
            ("(34.7%) is", "(34.8%) is", 1),
            ("-6450855.000", "-6450854.500", 1),
            ("\"kl\": 1.2345678901e-7", "\"kl\": 1.2345679999e-7", 1),
            ("float16  0  19,622  30,161", "float16  0  19,624  30,159", 2),
            // A comma parts two numbers unless just three digits come after it.
            ("[1.5,2.5]", "[1.5,2.6]", 1),
            ("[0.5,1234.5]", "[0.6,1234.6]", 2),
            ("\"zero\": 17,", "\"zero\": 22,", 1),
            (PICTURE, &PICTURE.replace("AAA/+=", "BB"), 0),
        ] {
            assert_eq!(compare(a, b), Ok(numbers));
        }
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        assert_eq!(compare("a\nb\nd", "a\nc\ne"), Err(r#"line 2 was "b" and is "c""#.to_owned()));
    }
}
