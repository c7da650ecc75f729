//! Progress of a run: numbered steps, and below the current one a progress line.
use std::{cell::Cell, time::Duration};

use console::{Term, style};
use indicatif::{ProgressBar, ProgressStyle};
use textwrap::{Options, fill};

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

    /// Prints the number and the name of the step that begins.
    pub fn begin(&self, what: &str) {
        self.begun.set(self.begun.get() + 1);
        let number = match self.of {
            1 => String::new(),
            of => format!("[{}/{of}] ", self.begun.get()),
        };
        let width = Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| columns.into());
        let indent = " ".repeat(number.len());
        let wrapped = fill(what, Options::new(width).initial_indent(&indent).subsequent_indent(&indent));
        eprintln!("{}{}", style(&number).bold().for_stderr(), wrapped.trim_start());
    }
}

/// A line with a step's progress and elapsed time; hidden if stderr is not a terminal.
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("  {{elapsed_precise}} {template}"))
        .expect("the template is one of ours");
    let bar = ProgressBar::new(length).with_style(style.progress_chars("━━╌"));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
