//! How a download shows that it goes on, always on stderr.
use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::disk::human;

/// How a download shows that it goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar on a terminal, else a line per 10 %.
    #[default]
    Auto,
    /// Nothing.
    Quiet,
}

/// The progress of one file.
pub(super) struct Meter {
    label: String,
    quiet: bool,
    /// On a terminal.
    bar: Option<ProgressBar>,
    total: Option<u64>,
    /// Tenths that have been reported.
    tenths: u64,
}

impl Meter {
    pub(super) fn new(progress: Progress, label: &str) -> Self {
        let quiet = progress == Progress::Quiet;
        let bar = (!quiet && stderr().is_terminal())
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(label.to_owned()));
        Self { label: label.to_owned(), quiet, bar, total: None, tenths: 0 }
    }

    /// An answer begins: `at` bytes are there, of `total`.
    pub(super) fn begin(&mut self, at: u64, total: Option<u64>) {
        self.total = total.filter(|total| *total > 0);
        self.tenths = self.total.map_or(0, |total| at * 10 / total);
        if let Some(bar) = &self.bar {
            let amount = match total {
                Some(_) => "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}, {eta} left",
                None => "{spinner} {decimal_bytes} {decimal_bytes_per_sec}",
            };
            let style = ProgressStyle::with_template(&format!("{{prefix}} {amount}"));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.update(|state| total.into_iter().for_each(|total| state.set_len(total)));
            bar.set_position(at);
            // The rate is this answer's: bytes that were there do not count.
            bar.reset_eta();
        } else if at > 0 {
            self.note(&format!("resuming at {}", human(at)));
        } else {
            self.note(&total.map_or("coming".to_owned(), |total| format!("{} to come", human(total))));
        }
    }

    pub(super) fn advance(&mut self, at: u64) {
        match (&self.bar, self.total) {
            (Some(bar), _) => bar.set_position(at),
            (None, Some(total)) if at * 10 / total > self.tenths => {
                self.tenths = at * 10 / total;
                self.note(&format!("{} % of {}", self.tenths * 10, human(total)));
            }
            _ => {}
        }
    }

    pub(super) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{}: {text}", self.label)),
            None if !self.quiet => eprintln!("{}: {text}", self.label),
            None => {}
        }
    }

    pub(super) fn end(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}
