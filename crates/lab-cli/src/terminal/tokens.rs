//! Prints a generated text token by token; on a terminal, each token with its probability as a colour or a mark.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use console::measure_text_width;
use lab::{Error, Progress, printable};

use super::width;

/// Five grades of probability: the lower bound, the background among a terminal's 256 colours, and the mark without
/// colours.
///
/// The backgrounds are pale and the letters black, so that they are readable on dark and light terminals.
const GRADES: [(f64, u8, char); 5] =
    [(0.5, 157, ' '), (0.1, 193, '.'), (0.01, 229, '-'), (0.001, 223, '+'), (0.0, 217, '#')];

/// How tokens are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Plain text: not on a terminal.
    Plain,
    /// A background colour for each token, in lines of this width.
    Colours(usize),
    /// A line of marks below each line of text, in lines of this width.
    Marks(usize),
}

/// Prints a generated text.
#[derive(Debug)]
pub(crate) struct TokenPrinter<'a, W> {
    out: W,
    look: Look,
    progress: &'a dyn Progress,
    /// Bytes of an incomplete character, and the probability of the last token.
    unfinished: Vec<u8>,
    /// Below a line: its marks.
    marks: String,
    /// How many columns the line has.
    column: usize,
    legend_shown: bool,
}

impl<'a> TokenPrinter<'a, io::Stdout> {
    /// For stdout: colours on a terminal, marks if `NO_COLOR` is set, plain text otherwise.
    pub(crate) fn to_stdout(progress: &'a dyn Progress) -> Self {
        let out = io::stdout();
        let look = if !out.is_terminal() {
            Look::Plain
        } else if env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || env::var_os("TERM").is_some_and(|t| t == "dumb")
        {
            Look::Marks(width().unwrap_or(80))
        } else {
            Look::Colours(width().unwrap_or(80))
        };
        Self::new(out, look, progress)
    }
}

impl<'a, W: Write> TokenPrinter<'a, W> {
    fn new(out: W, look: Look, progress: &'a dyn Progress) -> Self {
        let (unfinished, marks) = (Vec::new(), String::new());
        Self { out, look, progress, unfinished, marks, column: 0, legend_shown: false }
    }

    /// Prints the prompt; before the first one, a legend if colours or marks are shown.
    pub(crate) fn begin(&mut self, prompt: &str) -> Result<(), Error> {
        self.progress.finish();
        if !self.legend_shown && self.look != Look::Plain {
            self.legend()?;
        }
        self.legend_shown = true;
        self.show(prompt, None)?;
        self.flush()
    }

    /// The next token.
    pub(crate) fn token(&mut self, bytes: &[u8], probability: f64) -> Result<(), Error> {
        self.unfinished.extend_from_slice(bytes);
        let whole = match str::from_utf8(&self.unfinished) {
            Ok(text) => text.len(),
            // A character whose other bytes may come with the next token.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.unfinished.len(),
        };
        let rest = self.unfinished.split_off(whole);
        let text = String::from_utf8_lossy(&self.unfinished).into_owned();
        self.unfinished = rest;
        self.show(&text, Some(probability))?;
        self.flush()
    }

    /// The end of the text.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        let rest = std::mem::take(&mut self.unfinished);
        self.show(&String::from_utf8_lossy(&rest), None)?;
        self.end_line()?;
        self.flush()
    }

    fn legend(&mut self) -> Result<(), Error> {
        let names = ["50% and more", "10%", "1%", "0.1%", "less"];
        let mut text = "How probable each token was:".to_owned();
        let mut column = text.len();
        for (&(_, colour, mark), name) in GRADES.iter().zip(names) {
            let shown = match self.look {
                Look::Colours(_) => format!("\x1b[30;48;5;{colour}m {name} \x1b[0m"),
                _ if mark == ' ' => format!("unmarked {name}"),
                _ => format!("{mark} {name}"),
            };
            let width = measure_text_width(&shown);
            let fits = self.columns().is_none_or(|columns| column + 1 + width <= columns);
            column = if fits { column + 1 + width } else { width };
            text.push(if fits { ' ' } else { '\n' });
            text.push_str(&shown);
        }
        self.write(&format!("{text}\n\n"))
    }

    /// The line width, if lines are wrapped.
    fn columns(&self) -> Option<usize> {
        match self.look {
            Look::Plain => None,
            Look::Colours(columns) | Look::Marks(columns) => Some(columns),
        }
    }

    /// A piece of text: line breaks break the line, what is not printable is escaped.
    fn show(&mut self, text: &str, probability: Option<f64>) -> Result<(), Error> {
        for (n, piece) in text.split('\n').enumerate() {
            if n > 0 {
                self.end_line()?;
            }
            if !piece.is_empty() {
                self.piece(&printable(piece), probability)?;
            }
        }
        Ok(())
    }

    fn piece(&mut self, text: &str, probability: Option<f64>) -> Result<(), Error> {
        let grade = probability.map(|p| GRADES.iter().find(|(from, ..)| p >= *from).unwrap_or(&GRADES[4]));
        let Some(columns) = self.columns() else { return self.write(text) };
        // A word with the spaces before it.
        let mut rest = text;
        while !rest.is_empty() {
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            let end = rest[spaces..].find(' ').map_or(rest.len(), |end| spaces + end);
            let (mut word, after) = rest.split_at(end);
            rest = after;
            if self.column > 0 && spaces > 0 && self.column + measure_text_width(word) > columns {
                self.end_line()?;
                word = word.trim_start_matches(' ');
            }
            self.word(word, grade, columns)?;
        }
        Ok(())
    }

    /// A piece of a line; only a word that is longer than the rest of the line, and began before, is broken at its end.
    fn word(&mut self, word: &str, grade: Option<&(f64, u8, char)>, columns: usize) -> Result<(), Error> {
        let mut line = String::new();
        for c in word.chars() {
            let width = measure_text_width(c.encode_utf8(&mut [0; 4]));
            if self.column + width > columns {
                self.coloured(&std::mem::take(&mut line), grade)?;
                self.end_line()?;
            }
            line.push(c);
            self.column += width;
            let mark = grade.map_or(' ', |(_, _, mark)| *mark);
            self.marks.extend(std::iter::repeat_n(mark, width));
        }
        self.coloured(&line, grade)
    }

    fn coloured(&mut self, text: &str, grade: Option<&(f64, u8, char)>) -> Result<(), Error> {
        match (self.look, grade) {
            _ if text.is_empty() => Ok(()),
            (Look::Colours(_), Some((_, colour, _))) => self.write(&format!("\x1b[30;48;5;{colour}m{text}\x1b[0m")),
            _ => self.write(text),
        }
    }

    fn end_line(&mut self) -> Result<(), Error> {
        let marks = std::mem::take(&mut self.marks);
        self.column = 0;
        let marks = if matches!(self.look, Look::Marks(_)) { marks.trim_end() } else { "" };
        self.write(&if marks.is_empty() { "\n".to_owned() } else { format!("\n{marks}\n") })
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        self.out.write_all(text.as_bytes()).map_err(stream)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(stream)
    }
}

fn stream(source: io::Error) -> Error {
    Error::Stream { stream: "standard output", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(look: Look, prompt: &str, tokens: &[(&[u8], f64)]) -> String {
        let progress = ();
        let mut printer = TokenPrinter::new(Vec::new(), look, &progress);
        printer.legend_shown = true;
        printer.begin(prompt).unwrap();
        tokens.iter().for_each(|&(bytes, p)| printer.token(bytes, p).unwrap());
        printer.end().unwrap();
        String::from_utf8(printer.out).unwrap()
    }

    #[test]
    fn a_character_in_two_tokens_is_shown_once_it_is_whole() {
        let tokens: [(&[u8], f64); 3] = [(b" \xe2\x80", 0.6), (b"\x9cHi", 0.2), (b"\xe2", 0.1)];
        assert_eq!(printed(Look::Plain, "so", &tokens), "so \u{201c}Hi\u{fffd}\n");
    }

    #[test]
    fn each_token_has_the_background_of_its_probability() {
        let shown = printed(Look::Colours(80), "so", &[(b" it", 0.5), (b" is", 0.0001)]);
        assert_eq!(shown, "so\x1b[30;48;5;157m it\x1b[0m\x1b[30;48;5;217m is\x1b[0m\n");
    }

    #[test]
    fn without_colours_marks_stand_under_the_words_and_lines_are_broken_with_them() {
        let tokens: [(&[u8], f64); 3] = [(b" it", 0.2), (b" is\n", 0.0001), (b"so", 0.9)];
        assert_eq!(printed(Look::Marks(8), "so", &tokens), "so it is\n  ...###\nso\n");
        assert_eq!(printed(Look::Marks(4), "so", &[(b" it", 0.02)]), "so\nit\n--\n");
        // The beginning of a word that spans tokens is already on screen.
        assert_eq!(printed(Look::Marks(8), "so", &[(b" storm", 0.02), (b"y", 0.9)]), "so storm\n  ------\ny\n");
        assert_eq!(printed(Look::Marks(4), "a stormy", &[("日".as_bytes(), 0.02)]), "a\nstor\nmy日\n  --\n");
    }

    #[test]
    fn lines_end_between_words_in_colours_too() {
        let tokens: [(&[u8], f64); 2] = [(b" it", 0.5), (b" was", 0.5)];
        let shown = "so\x1b[30;48;5;157m it\x1b[0m\n\x1b[30;48;5;157mwas\x1b[0m\n";
        assert_eq!(printed(Look::Colours(6), "so", &tokens), shown);
        assert_eq!(printed(Look::Colours(6), "so it was", &[]), "so it\nwas\n");
    }

    #[test]
    fn what_is_not_printable_is_escaped() {
        let shown = printed(Look::Plain, "a\x1b[2J", &[(b"\x07b\r\n", 0.5)]);
        assert!(
            shown.starts_with('a')
                && shown.ends_with('\n')
                && !shown[..shown.len() - 1].contains(['\x1b', '\x07', '\r'])
        );
    }
}
