use std::{io::Write, path::PathBuf, thread};

use gpt2_runner::Gpt2Tokenizer;
use softmax_core::Temperature;

use super::{
    Context, inputs,
    painter::{Drawn, Painter},
    write,
};
use crate::{
    Error, Prompt,
    cli::{Format, PartArgs, PartName, ThemeName},
    drawing::{self, Style},
    figures::Part5,
    page,
    parts::{self, Library, ModelVectors},
    report::Report,
    source::{ModelFacts, Pair, Recorded},
    terminal,
    text::{self, Kind, Line},
};

/// `lab part`: everything is computed and drawn before the first file is written, and written before the first line
/// is printed.
pub(super) fn command(args: &PartArgs, context: &Context) -> Result<(), Error> {
    let settings = PartSettings::new(args)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("figures").join(settings.source.label()));
    write::check_folder(&out)?;
    let run = run_parts(&settings, context)?;
    let lines = text::report_lines(&run.report);
    let json = run.report.to_json()?;
    context.timings.time("write", || {
        for drawn in &run.figures {
            for (name, bytes) in drawn.facts.files.iter().zip(&drawn.files) {
                write::file(&out.join(name), bytes)?;
            }
        }
        write::file(&out.join("report.txt"), text::plain(&lines).as_bytes())?;
        write::file(&out.join("report.json"), json.as_bytes())?;
        write::file(&out.join("index.html"), page::html(&run.report, &run.figures).as_bytes())
    })?;
    // Not part of the report, which is the same wherever it is written: why the demo pair stands in, and where the
    // files are. Nobody may be listening.
    let stand_in = settings.source.pair().filter(|_| settings.needs_model()).and_then(inputs::fallback_lines);
    let mut stderr = std::io::stderr();
    if args.json {
        terminal::print_text(&json, &context.progress)?;
        if let Some((_, last)) = stand_in {
            let _ = writeln!(stderr, "{last}");
        }
    } else {
        let mut lines = lines;
        if let Some((first, last)) = stand_in {
            lines[0] = Line::new(Kind::Note, first);
            lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, last)]);
        }
        terminal::print_lines(&lines, &context.progress)?;
    }
    let _ = writeln!(stderr, "Figures, report.txt, report.json and index.html: {}", out.display());
    Ok(())
}

/// What is to be run, checked as far as can be without running it.
#[derive(Debug)]
pub struct PartSettings {
    parts: [bool; 5],
    source: Source,
    k: usize,
    /// The notebook's, if there are none.
    temperatures: Vec<Temperature>,
    log_y: bool,
    formats: Vec<Format>,
    style: Style,
}

/// Where the logits of parts 3 to 5 come from.
#[derive(Debug)]
enum Source {
    Models { pair: Box<Pair>, device: String, prompt: Option<String> },
    Recorded { recorded: Recorded, prompt: Option<String> },
}

impl Source {
    fn label(&self) -> String {
        match self {
            Self::Models { pair, .. } => pair.label.clone(),
            Self::Recorded { recorded, .. } => recorded.label(),
        }
    }

    fn pair(&self) -> Option<&Pair> {
        match self {
            Self::Models { pair, .. } => Some(pair),
            Self::Recorded { .. } => None,
        }
    }
}

/// A report and its figures, in memory.
#[derive(Debug)]
pub struct Run {
    /// The report.
    pub report: Report,
    /// The figures.
    pub figures: Vec<Drawn>,
}

impl PartSettings {
    /// Reads the arguments, and stdin if they say so.
    ///
    /// # Errors
    /// For models that cannot be found or loaded, files that are no recorded logits, and an empty prompt.
    pub fn new(args: &PartArgs) -> Result<Self, Error> {
        let asked = |part| args.parts.contains(&part) || args.parts.contains(&PartName::All);
        let parts = [PartName::One, PartName::Two, PartName::Three, PartName::Four, PartName::Five].map(asked);
        let prompt = args.prompt.as_deref().map(terminal::text_or_stdin).transpose()?;
        let source = if args.logits.is_empty() {
            let pair = Box::new(inputs::pair(&args.models)?);
            Source::Models { pair, device: args.models.device.clone(), prompt }
        } else {
            Source::Recorded { recorded: Recorded::read(&args.logits, VOCAB_SIZE)?, prompt }
        };
        let mut formats = args.formats.clone();
        formats.dedup();
        let theme = match args.theme {
            ThemeName::Light => viz::Theme::Light,
            ThemeName::Dark => viz::Theme::Dark,
        };
        Ok(Self {
            parts,
            source,
            k: args.k.k as usize,
            temperatures: args.temperatures.clone(),
            log_y: args.log_y,
            formats,
            style: Style { dpi: args.dpi, theme },
        })
    }

    fn has(&self, part: usize) -> bool {
        self.parts[part - 1]
    }

    fn needs_model(&self) -> bool {
        self.has(3) || self.has(4) || self.has(5)
    }

    fn temperatures(&self, notebook: &[f64]) -> Result<Vec<Temperature>, Error> {
        if self.temperatures.is_empty() {
            Ok(notebook.iter().map(|&t| Temperature::new(t)).collect::<Result<_, _>>()?)
        } else {
            Ok(self.temperatures.clone())
        }
    }
}

/// GPT-2's vocabulary, over which logits were recorded.
const VOCAB_SIZE: usize = gpt2_runner::Gpt2Config::SMALL.vocab_size;

/// Computes the parts and draws their figures. The figures of one part are drawn while the next is computed.
///
/// # Errors
/// Whatever keeps a part from being computed or drawn.
pub fn run_parts(settings: &PartSettings, context: &Context) -> Result<Run, Error> {
    let timings = &context.timings;
    thread::scope(|scope| {
        let painter = Painter::start(scope, &settings.formats, timings);
        let mut report = Report::new();
        if settings.needs_model() {
            match &settings.source {
                Source::Models { pair, device, prompt } => {
                    let hashes = scope.spawn(|| [pair.small.hash(), pair.large.hash()]);
                    let session = Session { settings, painter: &painter, context };
                    session.models(pair, device, prompt.as_deref(), &mut report)?;
                    let hashes = hashes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                    for (model, files) in report.models.iter_mut().zip(hashes) {
                        model.files = files?;
                    }
                }
                Source::Recorded { recorded, prompt } => {
                    let session = Session { settings, painter: &painter, context };
                    session.recorded(recorded, prompt.as_deref(), &mut report)?;
                }
            }
        } else {
            Session { settings, painter: &painter, context }.plain(&mut report)?;
        }
        context.progress.step("drawing");
        let figures = painter.finish()?;
        report.figures = figures.iter().map(|drawn| drawn.facts.clone()).collect();
        Ok(Run { report, figures })
    })
}

/// A run that is going on.
struct Session<'a, 'scope> {
    settings: &'a PartSettings,
    painter: &'a Painter<'scope>,
    context: &'a Context,
}

impl Session<'_, '_> {
    /// Parts 1 and 2, which need no model.
    fn plain(&self, report: &mut Report) -> Result<(), Error> {
        let Self { settings, painter, .. } = self;
        if settings.has(1) {
            let z = parts::NOTEBOOK_Z;
            let part = parts::part1(&z, library(&z.map(|z| z as f32))?)?;
            painter.draw(drawing::sheet1(&part, settings.style));
            report.part1 = Some(part);
        }
        if settings.has(2) {
            let temperatures = settings.temperatures(&parts::NOTEBOOK_TEMPERATURES)?;
            let part = parts::part2(&temperatures, settings.log_y)?;
            painter.draw(drawing::sheet2(&part, settings.style));
            report.part2 = Some(part);
        }
        Ok(())
    }

    /// All parts from a pair of models: one is in memory at a time.
    fn models(&self, pair: &Pair, device: &str, prompt: Option<&str>, report: &mut Report) -> Result<(), Error> {
        let Self { settings, context, .. } = self;
        let models = [&pair.small, &pair.large];
        let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&models))?;
        let prompt34 = inputs::prompt(prompt.unwrap_or(parts::NOTEBOOK_PROMPT), &tokenizer, &models)?;
        let prompt5 = inputs::prompt(prompt.unwrap_or(parts::NOTEBOOK_PROMPT_5), &tokenizer, &models)?;
        report.first_line = Some(inputs::pair_line(pair));
        report.models = vec![pair.small.facts.clone(), pair.large.facts.clone()];
        self.plain(report)?;

        let logits = |source, prompts: &[&[u32]]| super::model::next_token_logits(source, device, prompts, context);
        let prompts: &[&[u32]] = if prompt34 == prompt5 { &[&prompt34.ids] } else { &[&prompt34.ids, &prompt5.ids] };
        let mut small = logits(&pair.small, prompts)?;
        self.parts34(&prompt34, &small[0], &tokenizer, report)?;
        if settings.has(5) {
            let small = small.pop().unwrap_or_default();
            let facts = &report.models;
            // The small model's numbers are computed while the large model is loaded.
            let vectors = thread::scope(|scope| {
                let first =
                    scope.spawn(|| context.timings.time("part 5, small", || ModelVectors::new(&facts[0], small)));
                let second = ModelVectors::new(&facts[1], logits(&pair.large, &[&prompt5.ids])?.remove(0))?;
                let first = first.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
                Ok::<_, Error>(vec![first, second])
            })?;
            self.part5(&prompt5, vectors, &tokenizer, report)?;
        }
        Ok(())
    }

    /// All parts from recorded logits.
    fn recorded(&self, recorded: &Recorded, asked: Option<&str>, report: &mut Report) -> Result<(), Error> {
        let tokenizer = self.context.timings.time("tokenizer", Gpt2Tokenizer::published)?;
        let prompt = |recorded: &gpt2_runner::RecordedPrompt| match &recorded.token_ids {
            Some(ids) => Ok(Prompt::from_ids(&recorded.text, ids.clone(), &tokenizer)),
            None => Prompt::new(&recorded.text, &tokenizer),
        };
        report.models = recorded.models.iter().map(|model| model.facts.clone()).collect();
        let described: Vec<String> = report.models.iter().map(inputs::described).collect();
        report.first_line = Some(format!("Models: none is run; {}.", described.join(" and ")));
        let first = recorded.prompt(asked, parts::NOTEBOOK_PROMPT)?;
        let first5 = recorded.prompt(asked, parts::NOTEBOOK_PROMPT_5)?;
        self.plain(report)?;
        self.parts34(&prompt(first)?, &first.logits, &tokenizer, report)?;
        if self.settings.has(5) {
            let mut vectors = vec![ModelVectors::new(&report.models[0], first5.logits.clone())?];
            if let Some(second) = recorded.second(&first5.text) {
                vectors.push(ModelVectors::new(&report.models[1], second.logits.clone())?);
            }
            self.part5(&prompt(first5)?, vectors, &tokenizer, report)?;
        }
        Ok(())
    }

    fn parts34(
        &self,
        prompt: &Prompt,
        logits: &[f32],
        tokenizer: &Gpt2Tokenizer,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Self { settings, painter, .. } = self;
        if settings.has(3) {
            let part = parts::part3(&report.models, prompt, logits, settings.k, tokenizer)?;
            painter.draw(drawing::sheet3(&part, &report.models[0], settings.style));
            report.part3 = Some(part);
        }
        if settings.has(4) {
            let temperatures = settings.temperatures(&parts::NOTEBOOK_TOP_TEMPERATURES)?;
            let part = parts::part4(prompt, logits, settings.k, &temperatures, tokenizer)?;
            painter.draw(drawing::sheet4(&part, &report.models[0], settings.style));
            report.part4 = Some(part);
        }
        Ok(())
    }

    fn part5(
        &self,
        prompt: &Prompt,
        vectors: Vec<ModelVectors>,
        tokenizer: &Gpt2Tokenizer,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Self { settings, painter, context } = self;
        let part = context.timings.time("part 5", || parts::part5(prompt, vectors, settings.k, tokenizer))?;
        let models: Vec<&ModelFacts> = report.models.iter().take(part.models.len()).collect();
        for figure in Part5::ALL {
            painter.draw(drawing::sheet5(figure, &part, &models, settings.style));
        }
        report.part5 = Some(part);
        Ok(())
    }
}

/// The library that part 1 compares the formula with: PyTorch's libtorch where the lab has it.
#[cfg(feature = "torch")]
fn library(z: &[f32]) -> Result<Library, Error> {
    Ok(Library { name: "PyTorch", probabilities: gpt2_runner::torch_softmax(z)? })
}

/// The library that part 1 compares the formula with.
#[cfg(not(feature = "torch"))]
fn library(z: &[f32]) -> Result<Library, Error> {
    Ok(Library { name: "softmax-core", probabilities: softmax_core::softmax(z)? })
}
