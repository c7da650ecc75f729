//! The command line, as it is typed.

mod figure;
mod generate;
mod model;
mod parsers;
mod part;
mod questions;
mod reading;
mod recorded;
#[cfg(feature = "serve")]
mod serve;

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};

pub use figure::{FigureArgs, FigureFile};
pub use generate::{GenerateArgs, StageArgs};
pub use model::{DeviceArgs, ModelArgs, OneModelArgs};
pub use part::{PartArgs, PartName, ThemeName};
pub use questions::{
    CompareArgs, CompletionsArgs, LogitsArgs, ModelsArgs, NextArgs, SoftmaxArgs, TokensArgs, TopK, VerifyArgs,
};
pub use reading::{AttentionArgs, LensArgs, ScoreArgs};
pub use recorded::{RecordArgs, RecordedArgs};
#[cfg(feature = "serve")]
pub use serve::ServeArgs;

const EXAMPLES: &str = "\
Examples:
  lab part all                          the notebook, with figures in figures/runs
  lab part 4 --prompt 'Call me' -k 5    one part, with a prompt of your own
  lab next 'It was a dark and stormy'   the ten most probable next tokens
  lab compare 'Call me'                 where the two models differ
  lab generate 'It was a dark' -t 0.8   let the model go on with a text
  lab score 'It was a dark night'       how probable a text is, token by token
  lab softmax 1 2 3 -t 0.5              softmax of plain numbers
  lab serve --open                      the page, with a prompt of your own
  lab models                            which models are here

Exit codes: 0 success, 1 failure, 2 a command line that makes no sense.";

/// What the commands say of their text.
const TEXT: &str =
    "The text; `-` reads it from stdin, without its last newline, and `--` goes before one that starts with a dash";
const TEXT_OR_RECORDED: &str = "\
The text; `-` reads it from stdin, without its last newline, and `--` goes before one that starts with a dash. With \
--logits: a recorded prompt or its number, and not needed";

/// Softmax, temperature and numerical instability in GPT-2's 50,257 logits.
#[derive(Debug, Parser)]
#[command(name = "lab", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print to stderr where the time goes
    #[arg(long, global = true, hide = true)]
    pub timings: bool,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run parts of the notebook: print their lines, draw their figures, write reports
    Part(Box<PartArgs>),
    /// Show a text as the model reads it: token ids and tokens
    Tokens(TokensArgs),
    /// List the most probable next tokens
    Next(NextArgs),
    /// Compare the two models' predictions for a text
    Compare(CompareArgs),
    /// Let the model go on with a text
    Generate(Box<GenerateArgs>),
    /// Say how probable a text is, token by token
    Score(Box<ScoreArgs>),
    /// Show what the model would say after each of its blocks: the logit lens
    Lens(LensArgs),
    /// Show the softmaxes inside the model: attention scores, and what softmax makes of them
    Attention(AttentionArgs),
    /// Softmax of plain numbers
    Softmax(SoftmaxArgs),
    /// Save a model's logits to a file, from which parts 3 to 5 can be run without the model
    Logits(LogitsArgs),
    /// Save all that the five parts need of both models into one file, from which they can be drawn anywhere
    Record(RecordArgs),
    /// Say which models are here, where, and how to get those that are not
    Models(ModelsArgs),
    /// Check that a model computes what is published for it
    Verify(VerifyArgs),
    /// Show the page with a prompt of your own and the models behind it, on this machine alone
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

/// Reads the process' arguments.
///
/// # Errors
/// clap's: for help and version, which it prints, and for what makes no sense.
pub fn read() -> Result<Cli, clap::Error> {
    read_from(std::env::args_os())
}

fn read_from(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    if let Some(("softmax", softmax)) = matches.subcommand() {
        check_numbers(softmax)?;
    }
    Cli::from_arg_matches(&matches)
}

/// Numbers before and after an option: those after it were meant for it, as in `-t 0.1 0.5`.
fn check_numbers(softmax: &ArgMatches) -> Result<(), clap::Error> {
    let places: Vec<usize> = softmax.indices_of("z").map(Iterator::collect).unwrap_or_default();
    match places.windows(2).position(|pair| pair[1] != pair[0] + 1) {
        None => Ok(()),
        Some(last) => {
            let number = softmax.get_many::<String>("z").and_then(|mut z| z.nth(last + 1)).map_or("", String::as_str);
            let problem = format!("{number:?} stands apart from the other numbers: -t takes one temperature\n");
            Err(clap::Error::raw(ErrorKind::ValueValidation, problem))
        }
    }
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
