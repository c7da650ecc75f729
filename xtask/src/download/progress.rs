use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::disk::human;

/// How a download shows that it goes on, always on stderr.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar on a terminal, else lines.
    #[default]
    Auto,
    /// A line per 10 %.
    Lines,
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
            Progress::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                Show::Bar(bar.with_prefix(label.to_owned()))
            }
            Progress::Auto | Progress::Lines => Show::Lines,
        };
        Self { label: label.to_owned(), show, total: None, tenths: 0 }
    }

    /// An answer begins: `at` bytes are there, of `total`.
    pub(super) fn begin(&mut self, at: u64, total: Option<u64>) {
        self.total = total;
        self.tenths = total.filter(|total| *total > 0).map_or(0, |total| at * 10 / total);
        match &self.show {
            Show::Bar(bar) => {
                let template = match total {
                    Some(_) => {
                        "{prefix} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}, {eta} left"
                    }
                    None => "{prefix} {spinner} {decimal_bytes} {decimal_bytes_per_sec}",
                };
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style);
                }
                bar.update(|state| {
                    if let Some(total) = total {
                        state.set_len(total);
                    }
                });
                bar.set_position(at);
                // The rate is this answer's: bytes that were there do not count.
                bar.reset_eta();
            }
            Show::Lines if at > 0 => eprintln!("{}: resuming at {}", self.label, human(at)),
            Show::Lines => match total {
                Some(total) => eprintln!("{}: {} to come", self.label, human(total)),
                None => eprintln!("{}: coming", self.label),
            },
            Show::Nothing => {}
        }
    }

    pub(super) fn advance(&mut self, at: u64) {
        match (&self.show, self.total) {
            (Show::Bar(bar), _) => bar.set_position(at),
            (Show::Lines, Some(total)) if total > 0 => {
                let tenths = at * 10 / total;
                if tenths > self.tenths {
                    self.tenths = tenths;
                    eprintln!("{}: {} % of {}", self.label, tenths * 10, human(total));
                }
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
