use lab::{Error, parts, text};

use super::Context;
use crate::{cli::SoftmaxArgs, terminal};

/// `lab softmax`
pub(super) fn run(args: &SoftmaxArgs, context: &Context) -> Result<(), Error> {
    let mut text = args.z.join(" ");
    if args.z.iter().any(|word| word == "-") {
        let stdin = terminal::read_stdin()?;
        text = args.z.iter().map(|word| if word == "-" { stdin.as_str() } else { word }).collect::<Vec<_>>().join(" ");
    }
    let z = numbers(&text)?;
    if z.is_empty() {
        return Err(Error::NoNumbers);
    }
    let report = parts::softmax(z, args.temperature)?;
    terminal::print_report(&report, &text::softmax_lines(&report), args.json, context)
}

/// Numbers with spaces or commas between them, in brackets or not, as Python prints a list or an array.
fn numbers(text: &str) -> Result<Vec<f64>, Error> {
    let inside = text.trim();
    let inside = inside.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(inside);
    let words = inside.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|_| Error::NotANumber { word: word.to_owned() })).collect()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_are_read_as_python_prints_them() {
        for text in ["1 2.5 -3e-4", "1,2.5,-3e-4", "[1, 2.5, -3e-4]", "[ 1.  2.5\n -3e-4 ]", "1, 2.5, -3e-4,"] {
            assert_eq!(numbers(text).unwrap(), [1.0, 2.5, -3e-4], "{text}");
        }
        assert_eq!(numbers("[1, x]").unwrap_err().to_string().split(':').next(), Some("\"x\" is not a number"));
        assert!(numbers("[1").is_err());
    }
}
