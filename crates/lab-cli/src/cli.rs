//! The command line, as it is typed.

mod figure;
mod generate;
mod help;
mod hyphens;
mod model;
mod parsers;
mod part;
mod questions;
mod reading;
mod recorded;
mod tips;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};

use hyphens::Line;

pub(crate) use figure::{FigureArgs, FigureFile, FormatName};
pub(crate) use generate::GenerateArgs;
pub(crate) use model::{DeviceArgs, ModelArgs, Models, OneModelArgs, PairArgs};
#[cfg(feature = "serve")]
pub(crate) use part::ServeArgs;
pub(crate) use part::{PartArgs, PartName, ThemeName};
pub(crate) use questions::{
    CompareArgs, CompletionsArgs, ModelsArgs, NextArgs, SoftmaxArgs, TokensArgs, TopK, VerifyArgs,
};
pub(crate) use reading::{AttentionArgs, LensArgs, ScoreArgs};
pub(crate) use recorded::{RecordArgs, RecordedArgs};

/// What `lab --help` ends with.
fn below() -> String {
    format!("{EXAMPLES}\n\n{}\n\n{EXIT_CODES}", hyphens::RULE)
}

const EXAMPLES: &str = "\
Examples:
  lab part all                          all of it; figures in figures/runs
  lab part 4 --prompt 'Call me' -k 5    one part, with your own prompt
  lab next 'It was a dark and stormy'   the ten most probable next tokens
  lab compare 'Call me'                 where the two models differ
  lab generate 'It was a dark' -t 0.8   let the model continue a text
  lab score 'It was a dark night'       how probable a text is, token by token
  lab softmax 1 2 3 -t 0.5              softmax of plain numbers
  lab serve --open                      the page, with your own prompts
  lab models                            the models on this machine";

const EXIT_CODES: &str =
    "Exit codes: 0 success, 1 failure, 2 wrong command line, 3 changed figures (`lab part --check`).";

/// The commands' help on their text.
const TEXT: &str = "\
The text, or `-` to read it from standard input, without its last newline. Put -- before a text that looks like an option, \
such as --help";
const TEXT_OR_RECORDED: &str = "\
The text, or `-` to read it from standard input, without its last newline. Put -- before a text that looks like an option, \
such as --help. With --logits it can be left out, or is a recorded prompt or its number";

/// Softmax, temperature and numerical instability in GPT-2's 50,257 logits.
#[derive(Debug, Parser)]
#[command(name = "lab", version, about, after_help = below())]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print to stderr where the time goes
    #[arg(long, global = true, hide = true)]
    pub(crate) timings: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run parts of the notebook: print the results, draw the figures, write the reports
    Part(Box<PartArgs>),
    /// Show a text's tokens and their ids
    Tokens(TokensArgs),
    /// List the most probable next tokens
    Next(NextArgs),
    /// Compare the two models' predictions for a text
    Compare(CompareArgs),
    /// Generate text from a prompt
    Generate(Box<GenerateArgs>),
    /// Show how probable each token of a text is
    Score(Box<ScoreArgs>),
    /// Show what the model would predict after each of its blocks (the logit lens)
    Lens(LensArgs),
    /// Show attention: the scores, and their softmax
    Attention(AttentionArgs),
    /// Softmax of plain numbers
    Softmax(SoftmaxArgs),
    /// Record logits in a file, to run the parts without the models
    #[command(visible_alias = "logits")]
    Record(Box<RecordArgs>),
    /// List the models on this machine and how to get the others
    Models(ModelsArgs),
    /// Compare a model's predictions with published ones
    Verify(VerifyArgs),
    /// Serve the page on this machine, for prompts of your own
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
}

/// Reads the process' arguments.
///
/// # Errors
/// clap's: for help and version, which it prints, and for a wrong command line.
pub(crate) fn read() -> Result<Cli, clap::Error> {
    read_from(std::env::args_os())
}

fn read_from(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let columns = help::columns();
    let mut command = help::fitted(Cli::command(), columns);
    let Line { arguments, apart } = Line::read(&command, arguments.into_iter().collect());
    let matches = command
        .try_get_matches_from_mut(&arguments)
        .map_err(|error| tips::add(error, &command, &arguments, columns))?;
    if let (Some("softmax"), Some(number)) = (matches.subcommand_name(), apart) {
        // It was meant for the option, as in `-t 0.1 0.5`.
        let problem = format!("{number:?} stands apart from the other numbers: -t takes one temperature\n");
        return Err(clap::Error::raw(ErrorKind::ValueValidation, problem));
    }
    Cli::from_arg_matches(&matches)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::read_from;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn a_second_temperature_is_no_number() {
        let read = |line: &str| read_from(line.split(' ').map(Into::into));
        for line in ["lab softmax 1 2 3 -t 0.5", "lab softmax -t 0.5 1 2 3", "lab softmax 1 2 --json"] {
            assert!(read(line).is_ok(), "{line}");
        }
        for line in ["lab softmax 1 2 3 -t 0.1 0.5", "lab softmax 1 --json 0.5"] {
            let message = read(line).unwrap_err().to_string();
            assert!(message.contains("\"0.5\" stands apart from the other numbers: -t takes one"), "{message}");
        }
    }
}
