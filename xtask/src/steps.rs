//! What a first run shows: numbered steps, and below each, while it works, one line that moves.
use std::{cell::Cell, time::Duration};

use console::style;
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
        match self.of {
            1 => eprintln!("{what}"),
            of => eprintln!("{} {what}", style(format!("[{}/{of}]", self.begun.get())).bold().for_stderr()),
        }
    }
}

/// A line that shows how far a step is, and for how long it has been at it; no line at all where stderr is no terminal.
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("  {{elapsed_precise}} {template}"))
        .expect("the template is one of ours");
    let bar = ProgressBar::new(length).with_style(style.progress_chars("━━╌"));
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}
