use std::{
    io::{self, Write},
    path::Path,
};

use crate::{
    Context, Error, page, printable,
    run::{Run, Settings, Source},
    terminal,
    text::{self, Kind, Line},
    write,
};

/// The pictures, the report as text and as JSON, and the page.
pub(super) fn write(run: &Run, out: &Path, context: &Context) -> Result<(), Error> {
    context.timings.time("write", || {
        for drawn in &run.figures {
            for (name, bytes) in drawn.facts.files.iter().zip(&drawn.files) {
                write::file(&out.join(name), bytes)?;
            }
        }
        write::file(&out.join("report.txt"), text::plain(&text::report_lines(&run.report)).as_bytes())?;
        write::file(&out.join("report.json"), run.report.to_json()?.as_bytes())?;
        write::file(&out.join("index.html"), page::html(&run.report, &run.figures, run.data.as_ref()).as_bytes())
    })
}

/// The report, with what is no part of it, since it is the same wherever it is written: why the demo pair stands in.
pub(super) fn print(run: &Run, settings: &Settings, json: bool, context: &Context) -> Result<(), Error> {
    let stand_in = match &settings.source {
        Source::Models { pair, .. } => pair.fallback.as_deref().map(|because| (pair, because)),
        _ => None,
    };
    let first = stand_in.map(|(pair, because)| text::pair_line(pair.facts(), settings.has(3), Some(because)));
    if json {
        terminal::print_text(&run.report.to_json()?, &context.progress)?;
        if let Some(first) = first {
            // Nobody may be listening.
            let _ = writeln!(io::stderr(), "{first} {}", text::GET_GPT2);
        }
        return Ok(());
    }
    let mut lines = text::report_lines(&run.report);
    if let Some(first) = first {
        lines[0] = Line::new(Kind::Note, first);
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::GET_GPT2)]);
    }
    terminal::print_lines(&lines, &context.progress)
}

/// Where the files are, and how to have the page before one's eyes.
pub(super) fn say_where(out: &Path, opened: bool) {
    let out = out.to_string_lossy();
    let how = if opened { "" } else { " (--open shows it in the browser)" };
    // Nobody may be listening.
    let _ = writeln!(io::stderr(), "Figures, report.txt, report.json and index.html{how}: {}", printable(&out));
}
