//! Standard input and output, and on a terminal bold headings, wrapped lines and a progress line.

mod progress;
mod tokens;

use std::io::{self, IsTerminal, Read, Write};

use console::Term;
use lab::{
    Context, Error,
    text::{Kind, Line, wrap},
};
use serde::Serialize;

pub(crate) use progress::ProgressLine;
pub(crate) use tokens::TokenPrinter;

/// Prints a report to stdout, as JSON or as its lines.
///
/// # Errors
/// [`Error::Stream`], [`Error::Json`].
pub(crate) fn print_report<T: Serialize + ?Sized>(
    report: &T,
    lines: &[Line],
    json: bool,
    context: &Context,
) -> Result<(), Error> {
    if json {
        print_text(&format!("{}\n", serde_json::to_string_pretty(report)?), context)
    } else {
        print_lines(lines, context)
    }
}

/// Prints lines to stdout; on a terminal with bold headings, unless `NO_COLOR` is set, and wrapped between words.
///
/// # Errors
/// [`Error::Stream`].
pub(crate) fn print_lines(lines: &[Line], context: &Context) -> Result<(), Error> {
    let stdout = io::stdout();
    let bold = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let width = width();
    let mut text = String::new();
    for line in lines {
        let shown = width.map_or_else(|| line.text(), |width| line.fitted(width));
        if bold && line.kind == Kind::Heading {
            text.push_str(&format!("\x1b[1m{shown}\x1b[0m\n"));
        } else {
            text.push_str(&shown);
            text.push('\n');
        }
    }
    print_text(&text, context)
}

/// How many columns stdout has, if it is a terminal.
fn width() -> Option<usize> {
    columns(&Term::stdout())
}

fn columns(terminal: &Term) -> Option<usize> {
    terminal.size_checked().map(|(_, columns)| usize::from(columns)).filter(|&columns| columns > 0)
}

/// Prints to stdout. The progress line is erased first.
///
/// # Errors
/// [`Error::Stream`].
pub(crate) fn print_text(text: &str, context: &Context) -> Result<(), Error> {
    context.progress.finish();
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|source| Error::Stream { stream: "standard output", source })
}

/// Prints a note on stderr; on a terminal, wrapped between words.
pub(crate) fn print_note(line: &str) {
    to_stderr(line, "");
}

/// Prints an error on stderr, in one line; on a terminal, continued lines are indented.
pub(crate) fn print_error(line: &str) {
    to_stderr(line, "  ");
}

fn to_stderr(line: &str, indent: &str) {
    let columns = columns(&Term::stderr());
    let shown = columns.map_or_else(|| line.to_owned(), |columns| wrap(line, columns, indent));
    // stderr may be closed.
    let _ = writeln!(io::stderr(), "{shown}");
}

/// A text from the command line, or from stdin for `-`, without its last newline there.
///
/// # Errors
/// [`Error::EmptyPrompt`], [`Error::StdinNotUtf8`], [`Error::Stream`].
pub(crate) fn text_or_stdin(argument: &str) -> Result<String, Error> {
    let text = if argument == "-" { read_stdin()? } else { argument.to_owned() };
    if text.is_empty() { Err(Error::EmptyPrompt) } else { Ok(text) }
}

/// A text without the byte order mark that some editors, and Windows, write before it: it belongs to the file.
pub(crate) fn without_mark(mut text: String) -> String {
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// All of stdin, without its last newline, and without a byte order mark at its start.
///
/// # Errors
/// [`Error::StdinNotUtf8`], [`Error::Stream`].
pub(crate) fn read_stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|source| Error::Stream { stream: "standard input", source })?;
    let mut text = String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Error::StdinNotUtf8 { byte: e.as_bytes()[offset], offset }
    })?;
    text = without_mark(text);
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
