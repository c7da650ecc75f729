//! What each subcommand does: from arguments to a typed answer and its lines.

mod compare;
mod inputs;
#[cfg(feature = "torch")]
mod logits;
mod model;
mod models;
mod next;
mod painter;
mod part;
mod softmax;
mod tokens;
#[cfg(feature = "torch")]
mod verify;
mod write;

use std::io;

use clap::CommandFactory;
use serde::Serialize;

use crate::{
    Error,
    cli::{Cli, Command},
    terminal::{self, Progress},
    text::Line,
    timings::Timings,
};

pub use painter::Drawn;
pub use part::{PartSettings, Run, run_parts};

/// What accompanies a run.
#[derive(Debug)]
pub struct Context {
    /// Says what is being done.
    pub progress: Progress,
    /// Notes how long it takes.
    pub timings: Timings,
}

/// Carries out a command line, and prints its answer to stdout.
///
/// # Errors
/// Whatever keeps it from answering.
pub fn run(cli: Cli, context: &Context) -> Result<(), Error> {
    match cli.command {
        Command::Part(args) => part::command(&args, context),
        Command::Tokens(args) => {
            let answer = tokens::run(&args)?;
            print(&answer, &answer.lines(), args.json, context)
        }
        Command::Next(args) => {
            let answer = next::run(&args, context)?;
            print(&answer, &answer.lines(), args.json, context)
        }
        Command::Compare(args) => {
            let answer = compare::run(&args, context)?;
            print(&answer, &answer.lines(), args.json, context)
        }
        Command::Softmax(args) => {
            let answer = softmax::run(&args)?;
            print(&answer, &answer.lines(), args.json, context)
        }
        #[cfg(feature = "torch")]
        Command::Logits(args) => terminal::print_lines(&logits::run(&args, context)?, &context.progress),
        #[cfg(not(feature = "torch"))]
        Command::Logits(_) => Err(Error::NoTorch),
        Command::Models(args) => {
            let answer = models::run(&args);
            print(&answer, &answer.lines(), args.json, context)
        }
        #[cfg(feature = "torch")]
        Command::Verify(args) => {
            let answer = verify::run(&args, context)?;
            print(&answer, &answer.lines(), args.json, context)?;
            answer.verdict()
        }
        #[cfg(not(feature = "torch"))]
        Command::Verify(_) => Err(Error::NoTorch),
        Command::Completions(args) => {
            let mut script = io::Cursor::new(Vec::new());
            clap_complete::generate(args.shell, &mut Cli::command(), "lab", &mut script);
            terminal::print_text(&String::from_utf8_lossy(&script.into_inner()), &context.progress)
        }
    }
}

fn print<T: Serialize>(answer: &T, lines: &[Line], json: bool, context: &Context) -> Result<(), Error> {
    if json {
        terminal::print_text(&format!("{}\n", serde_json::to_string_pretty(answer)?), &context.progress)
    } else {
        terminal::print_lines(lines, &context.progress)
    }
}
