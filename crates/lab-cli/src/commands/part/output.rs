use std::{collections::BTreeMap, path::Path};

use lab::{
    Context, Error, printable,
    run::{Run, Settings, Source},
    text::{self, Kind, Line},
};
use lab_page::page::{self, PageData};

use crate::terminal;

/// The report's text, without the line that names the models. On standard output that line also states why the demo pair
/// was selected; in the files it does not, so they are the same on every machine.
pub(super) struct Output<'a> {
    run: &'a Run,
    lines: Vec<Line>,
}

impl<'a> Output<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        Self { run, lines: text::report_lines(&run.report) }
    }

    /// The text with its first line.
    fn text(&self, because: Option<&str>) -> Vec<Line> {
        text::first_line(&self.run.report, because).into_iter().chain(self.lines.iter().cloned()).collect()
    }

    /// The run's files by their names: the pictures, the report as text and as JSON, and the page.
    pub(super) fn files(&self, data: Option<&PageData>) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let Run { report, figures } = self.run;
        let pictures =
            figures.iter().flat_map(|drawn| drawn.facts.files.iter().cloned().zip(drawn.files.iter().cloned()));
        let mut files: BTreeMap<String, Vec<u8>> = pictures.collect();
        files.insert("report.txt".to_owned(), text::plain(&self.text(None)).into_bytes());
        files.insert("report.json".to_owned(), report.to_json()?.into_bytes());
        files.insert("index.html".to_owned(), page::html(report, figures, data).into_bytes());
        Ok(files)
    }

    /// Prints the report, and why the demo pair was selected.
    pub(super) fn print(&self, settings: &Settings, json: bool, context: &Context) -> Result<(), Error> {
        let because = match &settings.source {
            Source::Models { pair, .. } => pair.fallback.as_deref(),
            _ => None,
        };
        if json {
            terminal::print_text(&self.run.report.to_json()?, context)?;
            if let Some(first) = text::first_line(&self.run.report, because).filter(|_| because.is_some()) {
                terminal::print_note(&format!("{} {}", first.text(), text::get_gpt2()));
            }
            return Ok(());
        }
        let mut lines = self.text(because);
        if because.is_some() {
            lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::get_gpt2())]);
        }
        terminal::print_lines(&lines, context)
    }
}

/// Prints where the files are, and how to open the page.
pub(super) fn print_paths(out: &Path, opened: bool) {
    let out = out.to_string_lossy();
    let how = if opened { "" } else { " (--open shows it in the browser)" };
    terminal::print_note(&format!("Figures, report.txt, report.json and index.html{how}: {}", printable(&out)));
}
