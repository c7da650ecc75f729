//! A command's figure: checked before anything is computed, written before anything is printed.

use lab::{
    Error,
    figures::{NOTEBOOK_DPI, Style, signed},
    printable,
    source::ModelFacts,
};
use viz::Figure;

use super::Context;
use crate::{
    cli::{FigureArgs, FigureFile},
    terminal, write,
};

/// Refuses a file that cannot be written, and figure options without `--figure`. (clap's `requires` would name `--figure`
/// alone, and not the option that needs it.)
pub(super) fn check(args: &FigureArgs) -> Result<(), Error> {
    let idle = [("--dpi", args.dpi.is_some()), ("--theme", args.theme.is_some())];
    match (&args.figure, idle.into_iter().find(|(_, given)| *given)) {
        (None, Some((option, _))) => Err(Error::no_effect(option, "without --figure")),
        (None, None) => Ok(()),
        (Some(FigureFile { path, .. }), _) => write::check_file(path, "--figure"),
    }
}

/// Draws the figure if requested. `name` is its title for screen readers, `models` the models that it shows.
pub(super) fn write(
    args: &FigureArgs,
    name: &str,
    models: &[&ModelFacts],
    figure: impl FnOnce() -> Figure,
    context: &Context,
) -> Result<(), Error> {
    let Some(FigureFile { path, format }) = &args.figure else { return Ok(()) };
    context.progress.step("drawing");
    let style = Style { dpi: args.dpi.unwrap_or(NOTEBOOK_DPI), theme: args.theme.unwrap_or_default().into() };
    let figure = signed(figure(), format!("Softmax lab: {name}"), models, style);
    let bytes = context.timings.time("figure", || format.draw(&figure))?;
    write::file(path, &bytes)
}

/// Prints the figure's path, as the last line.
pub(super) fn print_path(args: &FigureArgs) {
    if let Some(FigureFile { path, .. }) = &args.figure {
        terminal::print_note(&format!("Figure: {}", printable(&path.to_string_lossy())));
    }
}
