//! What a first run shows: numbered steps, and below each, while it works, one line that moves.
use std::{cell::Cell, time::Duration};

use console::{Term, measure_text_width, style};
use indicatif::{ProgressBar, ProgressStyle};

/// The steps of a command, on stderr.
pub struct Steps {
    of: usize,
    begun: Cell<usize>,
}

impl Steps {
    /// A command of this many steps.
    pub fn new(of: usize) -> Self {
        Self { of, begun: Cell::new(0) }
    }

    /// Says which step begins, and what it is.
    pub fn begin(&self, what: &str) {
        self.begun.set(self.begun.get() + 1);
        let number = match self.of {
            1 => String::new(),
            of => format!("[{}/{of}] ", self.begun.get()),
        };
        let width = Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| columns.into());
        eprintln!("{}{}", style(&number).bold().for_stderr(), wrap(what, number.len(), width));
    }
}

/// Breaks `text` between its words, so that no line with `indent` columns before it is wider than `width`.
fn wrap(text: &str, indent: usize, width: usize) -> String {
    let (mut out, mut column) = (String::new(), indent);
    for word in text.split(' ') {
        let length = measure_text_width(word);
        if column > indent && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// A line that shows how far a step is, and for how long it has been at it; no line at all where stderr is no terminal.
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("  {{elapsed_precise}} {template}"))
        .expect("the template is one of ours");
    let bar = ProgressBar::new(length).with_style(style.progress_chars("━━╌"));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_breaks_between_words() {
        assert_eq!(wrap("libtorch 2.13.0 for the CPU", 6, 22), "libtorch 2.13.0\n      for the CPU");
        assert_eq!(wrap("libtorch 2.13.0 for the CPU", 6, usize::MAX), "libtorch 2.13.0 for the CPU");
        assert_eq!(wrap("aWordThatIsTooLong here", 2, 8), "aWordThatIsTooLong\n  here");
    }
}
