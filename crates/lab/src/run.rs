//! A run of the notebook: the selected parts, computed and drawn in memory.

mod session;

use std::{path::PathBuf, sync::Arc, thread};

use softmax_core::Temperature;

use crate::{
    Context, Error, TokenNames,
    drawing::{Drawn, Format, Painter},
    figures::Style,
    logits::Logits,
    report::Report,
    source::{Pair, Recorded},
};
use session::Session;

/// A run's settings, checked as far as possible before running.
#[derive(Debug)]
pub struct Settings {
    /// Which of the five parts.
    pub parts: [bool; 5],
    /// The source of logits for parts 3 to 5; not accessed if none of these is selected.
    pub source: Source,
    /// How many of the most probable tokens.
    pub k: usize,
    /// Temperatures for parts 2 and 4; the notebook's, if there are none.
    pub temperatures: Vec<Temperature>,
    /// Whether figures beyond the notebook's are drawn as well.
    pub beyond: bool,
    /// Whether part 2's y axis is logarithmic.
    pub log_y: bool,
    /// The figures' file formats.
    pub formats: Vec<Format>,
    /// How figures are drawn.
    pub style: Style,
}

/// Where the logits of parts 3 to 5 come from, and the prompt: without one, the notebook's two.
#[derive(Debug)]
pub enum Source {
    /// Parts 1 and 2 need none.
    Nothing,
    /// Models, run.
    Models {
        /// The models.
        pair: Box<Pair>,
        /// The prompt.
        prompt: Option<String>,
    },
    /// Logits that were computed before.
    Recorded {
        /// The logits.
        recorded: Arc<Recorded>,
        /// A recorded prompt, or its number.
        prompt: Option<String>,
        /// The `tokenizer.json` that names the tokens, if they are not GPT-2's.
        tokenizer: Option<PathBuf>,
    },
}

/// A report and its figures.
#[derive(Debug)]
pub struct Run {
    /// The report.
    pub report: Report,
    /// The figures.
    pub figures: Vec<Drawn>,
}

impl Settings {
    /// Whether a part, 1 to 5, is selected.
    pub fn has(&self, part: usize) -> bool {
        self.parts[part - 1]
    }

    fn temperatures(&self, notebook: &[f64]) -> Result<Vec<Temperature>, Error> {
        if self.temperatures.is_empty() {
            Ok(notebook.iter().map(|&t| Temperature::new(t)).collect::<Result<_, _>>()?)
        } else {
            Ok(self.temperatures.clone())
        }
    }
}

/// Computes the parts and draws their figures. The figures of one part are drawn while the next is computed. Once all
/// numbers are computed, `meanwhile` gets them, with the token names if there are any. It runs while the last figures are
/// drawn.
///
/// # Errors
/// Errors of computing or drawing a part, and those of `meanwhile`.
pub fn run<T>(
    settings: &Settings,
    context: &Context,
    meanwhile: impl FnOnce(&Report, Option<&dyn TokenNames>) -> Result<T, Error>,
) -> Result<(Run, T), Error> {
    thread::scope(|scope| {
        let painter = Painter::start(scope, &settings.formats, &context.timings);
        let mut session = Session { settings, painter: &painter, context, report: Report::new() };
        let logits = session.run()?;
        let mut report = session.report;
        context.progress.step("drawing");
        if let Some(logits) = &logits {
            report.models = logits.hashed(context)?;
        }
        let other = meanwhile(&report, logits.as_ref().map(Logits::names))?;
        let figures = painter.finish()?;
        report.figures = figures.iter().map(|drawn| drawn.facts.clone()).collect();
        Ok((Run { report, figures }, other))
    })
}
