use lab::{Error, text::Line};
use serde::Serialize;

use super::Context;
use crate::terminal;

/// Prints a report: as JSON, or its lines.
pub(super) fn answer<T: Serialize + ?Sized>(
    report: &T,
    lines: &[Line],
    json: bool,
    context: &Context,
) -> Result<(), Error> {
    if json {
        terminal::print_text(&format!("{}\n", serde_json::to_string_pretty(report)?), &*context.progress)
    } else {
        terminal::print_lines(lines, &*context.progress)
    }
}
