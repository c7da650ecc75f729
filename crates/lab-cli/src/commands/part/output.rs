use std::{collections::BTreeMap, path::Path};

use gpt2_runner::printable;
use lab::{
    Context, Error,
    run::{Run, Settings, Source},
    text::{self, Kind, Line},
};
use lab_page::page::{self, PageData};

use crate::terminal;

/// The run's files by their names: the pictures, the report as text and as JSON, and the page.
pub(super) fn files(run: &Run, data: Option<&PageData>) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let pictures =
        run.figures.iter().flat_map(|drawn| drawn.facts.files.iter().cloned().zip(drawn.files.iter().cloned()));
    let mut files: BTreeMap<String, Vec<u8>> = pictures.collect();
    files.insert("report.txt".to_owned(), text::plain(&text::report_lines(&run.report)).into_bytes());
    files.insert("report.json".to_owned(), run.report.to_json()?.into_bytes());
    files.insert("index.html".to_owned(), page::html(&run.report, &run.figures, data).into_bytes());
    Ok(files)
}

/// The report, and why the demo pair was selected. The reason is not part of the report, which is the same on every
/// machine.
pub(super) fn print(run: &Run, settings: &Settings, json: bool, context: &Context) -> Result<(), Error> {
    let stand_in = match &settings.source {
        Source::Models { pair, .. } => pair.fallback.as_deref().map(|because| (pair, because)),
        _ => None,
    };
    let first = stand_in.map(|(pair, because)| text::pair_line(pair.facts(), settings.has(3), Some(because)));
    if json {
        terminal::print_text(&run.report.to_json()?, &*context.progress)?;
        if let Some(first) = first {
            terminal::say(&format!("{first} {}", text::GET_GPT2));
        }
        return Ok(());
    }
    let mut lines = text::report_lines(&run.report);
    if let Some(first) = first {
        lines[0] = Line::new(Kind::Note, first);
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::GET_GPT2)]);
    }
    terminal::print_lines(&lines, &*context.progress)
}

/// Where the files are, and how to have the page before one's eyes.
pub(super) fn say_where(out: &Path, opened: bool) {
    let out = out.to_string_lossy();
    let how = if opened { "" } else { " (--open shows it in the browser)" };
    terminal::say(&format!("Figures, report.txt, report.json and index.html{how}: {}", printable(&out)));
}
