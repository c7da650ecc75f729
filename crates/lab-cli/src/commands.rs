//! The subcommands: each turns arguments into inputs, calls a part, and prints or writes its report.

mod attention;
mod compare;
mod figure;
mod generate;
mod inputs;
mod lens;
mod models;
mod next;
mod part;
mod record;
mod score;
#[cfg(feature = "serve")]
mod serve;
mod softmax;
mod tokens;
mod verify;

use std::io;

use clap::CommandFactory;
use lab::{Context, Error};

use crate::{
    cli::{Cli, Command},
    terminal,
};

/// Runs a command, and prints its report to stdout.
///
/// # Errors
/// Any error of the command.
pub(crate) fn run(cli: Cli, context: &Context) -> Result<(), Error> {
    match cli.command {
        Command::Part(args) => part::run(&args, context),
        Command::Tokens(args) => tokens::run(&args, context),
        Command::Next(args) => next::run(&args, context),
        Command::Compare(args) => compare::run(&args, context),
        Command::Generate(args) => generate::run(&args, context),
        Command::Score(args) => score::run(&args, context),
        Command::Lens(args) => lens::run(&args, context),
        Command::Attention(args) => attention::run(&args, context),
        Command::Softmax(args) => softmax::run(&args, context),
        Command::Record(args) => record::run(&args, context),
        Command::Models(args) => models::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args, context),
        Command::Completions(args) => {
            let mut script = io::Cursor::new(Vec::new());
            clap_complete::generate(args.shell, &mut Cli::command(), "lab", &mut script);
            terminal::print_text(&String::from_utf8_lossy(&script.into_inner()), context)
        }
    }
}
