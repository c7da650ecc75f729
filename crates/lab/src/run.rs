//! A run of the notebook: the selected parts, computed and drawn in memory.

use std::{panic::resume_unwind, path::PathBuf, sync::Arc, thread};

use softmax_core::Temperature;

use crate::{
    Context, Error, TokenNames,
    drawing::{Drawn, Format, Painter},
    figures::{self, NotebookFigure, Style, View},
    logits::{Logits, Question},
    parts::{self, Library, ModelReport, ModelVectors},
    report::Report,
    source::{ModelFacts, Pair, Recorded, RecordedLibrary},
};

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
/// numbers are computed, `meanwhile` gets them, with their source if there is any. It runs while the last figures are
/// drawn.
///
/// # Errors
/// Errors of computing or drawing a part, and those of `meanwhile`.
pub fn run<T>(
    settings: &Settings,
    context: &Context,
    meanwhile: impl FnOnce(&Report, Option<&Logits>) -> Result<T, Error>,
) -> Result<(Run, T), Error> {
    thread::scope(|scope| {
        let painter = Painter::start(scope, &settings.formats, &context.timings);
        let mut session = Session { settings, painter: &painter, context, report: Report::new() };
        let source = match &settings.source {
            Source::Nothing => None,
            Source::Models { pair, prompt } => Some((Logits::of_pair((**pair).clone(), context)?, prompt)),
            Source::Recorded { recorded, prompt, tokenizer } => {
                Some((Logits::of_files(Arc::clone(recorded), tokenizer.as_deref(), context)?, prompt))
            }
        };
        match &source {
            None => session.parts12(None)?,
            Some((logits, prompt)) => session.all(logits, prompt.as_deref())?,
        }
        let logits = source.map(|(logits, _)| logits);
        let mut report = session.report;
        context.progress.step("drawing");
        if let Some(logits) = &logits {
            report.models = logits.hashed(context)?;
        }
        let other = meanwhile(&report, logits.as_ref())?;
        let figures = painter.finish()?;
        report.figures = figures.iter().map(|drawn| drawn.facts.clone()).collect();
        Ok((Run { report, figures }, other))
    })
}

/// The parts of a run. Each figure is sent to be drawn once its numbers are computed.
struct Session<'a, 'scope> {
    settings: &'a Settings,
    painter: &'a Painter<'scope>,
    context: &'a Context,
    report: Report,
}

impl Session<'_, '_> {
    /// Parts 1 and 2, which need no model.
    fn parts12(&mut self, recorded: Option<&RecordedLibrary>) -> Result<(), Error> {
        let settings = self.settings;
        if settings.has(1) {
            let z = parts::NOTEBOOK_Z;
            // The library that was recorded, or else the lab's own.
            let library = match recorded.cloned() {
                Some(RecordedLibrary { name, probabilities, .. }) => Library { name: name.into(), probabilities },
                None => Library::of_build(&z.map(|z| z as f32))?,
            };
            let part = parts::part1(&z, library)?;
            self.draw(1, "1", &[], figures::part1(&part));
            self.report.part1 = Some(part);
        }
        if settings.has(2) {
            let temperatures = settings.temperatures(&parts::NOTEBOOK_TEMPERATURES)?;
            let part = parts::part2(&temperatures, settings.log_y)?;
            // With a logarithmic axis the file gets another name than the notebook's.
            self.draw(2, if part.log_y { "2_log_y" } else { "2" }, &[], figures::part2(&part));
            self.report.part2 = Some(part);
        }
        Ok(())
    }

    /// All parts.
    fn all(&mut self, logits: &Logits, prompt: Option<&str>) -> Result<(), Error> {
        let Self { settings, context, .. } = *self;
        let first = logits.prompt(prompt, parts::NOTEBOOK_PROMPT)?;
        let first5 = logits.prompt(prompt, parts::NOTEBOOK_PROMPT_5)?;
        if let Some(library) = logits.library() {
            self.report.libtorch = library.libtorch.clone().map(Into::into);
        }
        self.report.models = logits.facts();
        self.parts12(logits.library())?;

        let questions: &[&Question<'_>] = if first == first5 { &[&first] } else { &[&first, &first5] };
        let small = logits.load(0, context)?;
        let mut of_small = small.last(questions, context)?;
        self.parts34(&first, &of_small[0], logits.names())?;
        if settings.has(5) {
            let title = |model: usize| self.report.models[model].title.as_str();
            let of_small = of_small.pop().unwrap_or_default();
            // The small model's numbers are computed while the large model is loaded.
            let (one, other, _large) = thread::scope(|scope| {
                let one = scope.spawn(|| {
                    let vectors = ModelVectors::new(title(0), of_small)?;
                    context.timings.time("part 5, small", || ModelReport::new(vectors))
                });
                let two = logits.has_second(&first5)?;
                let large = two.then(|| logits.load(1, context)).transpose()?;
                let of_large = large.as_ref().map(|large| large.last(&[&first5], context)).transpose()?;
                let other = of_large.map(|mut z| ModelVectors::new(title(1), z.remove(0))).transpose()?;
                let one = one.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                Ok::<_, Error>((one, other, large))
            })?;
            // The models are dropped at the end of this, while the figures are being drawn.
            self.draw5(&[Some(&one.vectors), other.as_ref()].into_iter().flatten().collect::<Vec<_>>());
            let other = other.map(ModelReport::new).transpose()?;
            let models = [one].into_iter().chain(other).collect();
            let part = || parts::part5(&first5.prompt, models, settings.k, logits.names());
            self.report.part5 = Some(context.timings.time("part 5", part)?);
        }
        Ok(())
    }

    fn parts34(&mut self, question: &Question<'_>, logits: &[f32], names: &dyn TokenNames) -> Result<(), Error> {
        let Question { prompt, n_tokens, .. } = question;
        let settings = self.settings;
        if settings.has(3) {
            let part = parts::part3(&self.report.models, prompt, *n_tokens, logits, settings.k, names)?;
            self.draw(3, "3", &[&self.report.models[0]], figures::part3(&part));
            self.report.part3 = Some(part);
        }
        if settings.has(4) {
            let temperatures = settings.temperatures(&parts::NOTEBOOK_TOP_TEMPERATURES)?;
            let part = parts::part4(prompt, logits, settings.k, &temperatures, names)?;
            self.draw(4, "4", &[&self.report.models[0]], figures::part4(&part));
            if settings.beyond {
                self.draw(4, "4_words", &[&self.report.models[0]], figures::part4_words(&part));
            }
            self.report.part4 = Some(part);
        }
        Ok(())
    }

    /// Part 5's figures need only its vectors, so they are drawn while its tables are computed.
    fn draw5(&self, vectors: &[&ModelVectors]) {
        let models: Vec<&ModelFacts> = self.report.models.iter().take(vectors.len()).collect();
        for view in View::ALL {
            self.draw(5, view.part(), &models, figures::part5(view, vectors));
        }
        if self.settings.beyond {
            self.draw(5, "5_exponents", &models, figures::exponents(vectors));
        }
    }

    fn draw(&self, part: u8, figure_part: &str, models: &[&ModelFacts], figure: viz::Figure) {
        self.painter.draw(NotebookFigure::new(part, figure_part, models, figure, self.settings.style));
    }
}
