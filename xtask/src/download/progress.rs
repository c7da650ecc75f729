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
    show: Show,
    total: Option<u64>,
    /// Tenths that have been reported.
    tenths: u64,
}

enum Show {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Meter {
    pub(super) fn new(progress: Progress, label: &str) -> Self {
        let show = match progress {
            Progress::Quiet => Show::Nothing,
            Progress::Auto if stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                Show::Bar(bar.with_prefix(label.to_owned()))
            }
            Progress::Auto => Show::Lines,
        };
        Self { label: label.to_owned(), show, total: None, tenths: 0 }
    }

    /// An answer begins: `at` bytes are there, of `total`.
    pub(super) fn begin(&mut self, at: u64, total: Option<u64>) {
        self.total = total.filter(|total| *total > 0);
        self.tenths = self.total.map_or(0, |total| at * 10 / total);
        match &self.show {
            Show::Bar(bar) => {
                let amount = match total {
                    Some(_) => "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}, {eta} left",
                    None => "{spinner} {decimal_bytes} {decimal_bytes_per_sec}",
                };
                if let Ok(style) = ProgressStyle::with_template(&format!("{{prefix}} {amount}")) {
                    bar.set_style(style);
                }
                bar.update(|state| total.into_iter().for_each(|total| state.set_len(total)));
                bar.set_position(at);
                // The rate is this answer's: bytes that were there do not count.
                bar.reset_eta();
            }
            Show::Lines if at > 0 => self.note(&format!("resuming at {}", human(at))),
            Show::Lines => self.note(&total.map_or("coming".to_owned(), |total| format!("{} to come", human(total)))),
            Show::Nothing => {}
        }
    }

    pub(super) fn advance(&mut self, at: u64) {
        match (&self.show, self.total) {
            (Show::Bar(bar), _) => bar.set_position(at),
            (Show::Lines, Some(total)) if at * 10 / total > self.tenths => {
                self.tenths = at * 10 / total;
                self.note(&format!("{} % of {}", self.tenths * 10, human(total)));
            }
            _ => {}
        }
    }

    pub(super) fn note(&self, text: &str) {
        match &self.show {
            Show::Bar(bar) => bar.suspend(|| eprintln!("{}: {text}", self.label)),
            Show::Lines => eprintln!("{}: {text}", self.label),
            Show::Nothing => {}
        }
    }

    pub(super) fn end(&self) {
        if let Show::Bar(bar) = &self.show {
            bar.finish_and_clear();
        }
    }
}
