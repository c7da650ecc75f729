use std::{panic::resume_unwind, path::Path, thread};

use super::{Settings, Source};
use crate::{
    Context, Error, Prompt, TokenNames,
    drawing::Painter,
    figures::{self, Sheet, View},
    model,
    parts::{self, Library, ModelReport, ModelVectors},
    report::Report,
    source::{self, ModelFacts, Names, Pair, Recorded, RecordedLibrary},
    text,
};

/// A run that is going on.
pub(super) struct Session<'a, 'scope> {
    pub(super) settings: &'a Settings,
    pub(super) painter: &'a Painter<'scope>,
    pub(super) context: &'a Context,
    pub(super) report: Report,
    /// The token names of the models or of recorded logits, once read.
    pub(super) names: Option<Box<dyn TokenNames>>,
}

impl Session<'_, '_> {
    /// Computes the selected parts, and sends each figure to be drawn once its numbers are computed.
    pub(super) fn run(&mut self) -> Result<(), Error> {
        match &self.settings.source {
            Source::Nothing => self.plain(),
            Source::Models { pair, prompt } => self.models(pair, prompt.as_deref()),
            Source::Recorded { recorded, prompt, tokenizer } => {
                self.recorded(recorded, prompt.as_deref(), tokenizer.as_deref())
            }
        }
    }

    /// The library that part 1 compares the formula with: the one that was recorded, or else the lab's own.
    fn library(&self, z: &[f32]) -> Result<Library, Error> {
        match &self.settings.source {
            Source::Recorded { recorded: Recorded { library: Some(library), .. }, .. } => {
                let RecordedLibrary { name, probabilities, .. } = library.clone();
                Ok(Library { name: name.into(), probabilities })
            }
            _ => model::library(z),
        }
    }

    /// Parts 1 and 2, which need no model.
    fn plain(&mut self) -> Result<(), Error> {
        let settings = self.settings;
        if settings.has(1) {
            let z = parts::NOTEBOOK_Z;
            let part = parts::part1(&z, self.library(&z.map(|z| z as f32))?)?;
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

    /// All parts from a pair of models.
    fn models(&mut self, pair: &Pair, prompt: Option<&str>) -> Result<(), Error> {
        let Self { settings, context, .. } = *self;
        let models = [&pair.small, &pair.large];
        let tokenizer = context.timings.time("tokenizer", || source::tokenizer(&models))?;
        let prompt34 = source::prompt(prompt.unwrap_or(parts::NOTEBOOK_PROMPT), &tokenizer, &models)?;
        let prompt5 = source::prompt(prompt.unwrap_or(parts::NOTEBOOK_PROMPT_5), &tokenizer, &models)?;
        self.report.first_line = Some(text::pair_line(pair.facts(), settings.has(3), None));
        self.report.models = vec![pair.small.facts.clone(), pair.large.facts.clone()];
        self.plain()?;

        let prompts: &[&[u32]] = if prompt34 == prompt5 { &[&prompt34.ids] } else { &[&prompt34.ids, &prompt5.ids] };
        let mut small = model::answer(&pair.small, prompts, context)?;
        self.parts34(&prompt34, prompt34.ids.len(), &small.logits[0], &tokenizer)?;
        if settings.has(5) {
            let logits = small.logits.pop().unwrap_or_default();
            // The small model's numbers are computed while the large model is loaded.
            let (first, second, _large) = thread::scope(|scope| {
                let first = scope.spawn(|| {
                    let vectors = ModelVectors::new(&pair.small.facts.title, logits)?;
                    context.timings.time("part 5, small", || ModelReport::new(vectors))
                });
                let mut large = model::answer(&pair.large, &[&prompt5.ids], context)?;
                let second = ModelVectors::new(&pair.large.facts.title, large.logits.remove(0))?;
                let first = first.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                Ok::<_, Error>((first, second, large))
            })?;
            // The models are dropped at the end of this, while the figures are being drawn.
            self.draw5(&[&first.vectors, &second]);
            self.part5(&prompt5, vec![first, ModelReport::new(second)?], &tokenizer)?;
        }
        self.names = Some(Box::new(tokenizer));
        Ok(())
    }

    /// All parts from recorded logits.
    fn recorded(&mut self, recorded: &Recorded, asked: Option<&str>, tokenizer: Option<&Path>) -> Result<(), Error> {
        let names = self.context.timings.time("tokenizer", || Names::of(recorded, tokenizer))?;
        if let Some(library) = &recorded.library {
            self.report.libtorch = library.libtorch.clone().map(Into::into);
        }
        self.report.models = recorded.models.iter().map(|model| model.facts.clone()).collect();
        self.report.first_line = Some(text::recorded_line(&self.report.models, self.settings.has(3)));
        let first = recorded.prompt(asked, parts::NOTEBOOK_PROMPT)?;
        let first5 = recorded.prompt(asked, parts::NOTEBOOK_PROMPT_5)?;
        self.plain()?;
        let prompt = names.prompt(first)?;
        // A single vector does not state its prompt's length; assume 1, the minimum.
        let n_tokens = if prompt.ids.is_empty() { first.n_tokens().unwrap_or(1) } else { prompt.ids.len() };
        self.parts34(&prompt, n_tokens, &first.logits, &names)?;
        if self.settings.has(5) {
            let title = |index: usize| self.report.models[index].title.as_str();
            let mut vectors = vec![ModelVectors::new(title(0), first5.logits.clone())?];
            if let Some(second) = recorded.second(first5)? {
                vectors.push(ModelVectors::new(title(1), second.logits.clone())?);
            }
            self.draw5(&vectors.iter().collect::<Vec<_>>());
            let models = vectors.into_iter().map(ModelReport::new).collect::<Result<_, _>>()?;
            self.part5(&names.prompt(first5)?, models, &names)?;
        }
        self.names = Some(Box::new(names));
        Ok(())
    }

    fn parts34(
        &mut self,
        prompt: &Prompt,
        n_tokens: usize,
        logits: &[f32],
        names: &dyn TokenNames,
    ) -> Result<(), Error> {
        let settings = self.settings;
        if settings.has(3) {
            let part = parts::part3(&self.report.models, prompt, n_tokens, logits, settings.k, names)?;
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
