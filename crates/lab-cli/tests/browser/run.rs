//! A run of the lab, and its page in a folder.

use std::{fs, path::PathBuf};

use lab::{
    Context,
    drawing::Format,
    figures::Style,
    logits::Logits,
    report::Report,
    run::{Settings, Source, run},
    source::{Models, PairArgs, resolve},
    timings::Timings,
};
use lab_page::page::{self, PageData};
use tempfile::TempDir;

pub(crate) struct Run {
    pub(crate) report: Report,
    pub(crate) page: PathBuf,
    _folder: TempDir,
}

impl Run {
    /// All parts, with the demo pair.
    pub(crate) fn demo() -> Self {
        let pair = PairArgs { models: Some(Models::Demo), ..PairArgs::default() };
        let pair = Box::new(resolve(&pair).expect("it is part of the lab"));
        Self::of([true; 5], Source::Models { pair, prompt: None })
    }

    pub(crate) fn of(parts: [bool; 5], source: Source) -> Self {
        Self::of_top(10, parts, source)
    }

    /// With this number of most probable tokens.
    pub(crate) fn of_top(k: usize, parts: [bool; 5], source: Source) -> Self {
        Self::with(parts, source, |settings| settings.k = k)
    }

    /// With other settings than the notebook's.
    pub(crate) fn with(parts: [bool; 5], source: Source, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            parts,
            source,
            k: 10,
            temperatures: Vec::new(),
            beyond: false,
            log_y: false,
            formats: vec![Format::Png],
            style: Style { dpi: 40, theme: viz::Theme::Light },
        };
        change(&mut settings);
        let context = Context { progress: Box::new(()), timings: Timings::start() };
        let page_data = |report: &Report, logits: Option<&Logits>| PageData::new(report, logits);
        let (run, data) = run(&settings, &context, page_data).expect("it runs");
        let folder = TempDir::new().expect("a folder");
        let page = folder.path().join("index.html");
        fs::write(&page, page::html(&run.report, &run.figures, Some(&data))).expect("the page is written");
        Self { report: run.report, page, _folder: folder }
    }
}
