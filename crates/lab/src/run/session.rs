use std::{panic::resume_unwind, sync::Arc, thread};

use super::{Settings, Source};
use crate::{
    Context, Error, Prompt, TokenNames,
    drawing::Painter,
    figures::{self, Sheet, View},
    logits::{Logits, Question},
    parts::{self, Library, ModelReport, ModelVectors},
    report::Report,
    source::{ModelFacts, RecordedLibrary},
};

/// A run that is going on.
pub(super) struct Session<'a, 'scope> {
    pub(super) settings: &'a Settings,
    pub(super) painter: &'a Painter<'scope>,
    pub(super) context: &'a Context,
    pub(super) report: Report,
}

impl Session<'_, '_> {
    /// Computes the selected parts, and sends each figure to be drawn once its numbers are computed. Returns where the
    /// logits came from, unless no part needs any.
    pub(super) fn run(&mut self) -> Result<Option<Logits>, Error> {
        let (logits, prompt) = match &self.settings.source {
            Source::Nothing => return self.plain(None).map(|()| None),
            Source::Models { pair, prompt } => (Logits::of_pair((**pair).clone(), self.context)?, prompt),
            Source::Recorded { recorded, prompt, tokenizer } => {
                (Logits::of_files(Arc::clone(recorded), tokenizer.as_deref(), self.context)?, prompt)
            }
        };
        self.all(&logits, prompt.as_deref())?;
        Ok(Some(logits))
    }

    /// Parts 1 and 2, which need no model.
    fn plain(&mut self, recorded: Option<&RecordedLibrary>) -> Result<(), Error> {
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
        self.plain(logits.library())?;

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
            self.part5(&first5.prompt, [one].into_iter().chain(other).collect(), logits.names())?;
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

    fn part5(&mut self, prompt: &Prompt, models: Vec<ModelReport>, names: &dyn TokenNames) -> Result<(), Error> {
        let Self { settings, context, .. } = *self;
        let part = context.timings.time("part 5", || parts::part5(prompt, models, settings.k, names))?;
        self.report.part5 = Some(part);
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
        self.painter.draw(Sheet::new(part, figure_part, models, figure, self.settings.style));
    }
}
