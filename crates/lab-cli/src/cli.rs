//! The command line, as it is typed.

mod model;
mod parsers;
mod part;
mod questions;

use clap::{Parser, Subcommand};

pub use model::{ModelArgs, OneModelArgs};
pub use part::{PartArgs, PartName, ThemeName};
pub use questions::{
    CompareArgs, CompletionsArgs, LogitsArgs, ModelsArgs, NextArgs, Published, SoftmaxArgs, TokensArgs, TopK,
    VerifyArgs,
};

const EXAMPLES: &str = "\
Examples:
  lab part all                                  the notebook: all five parts, with figures in figures/runs
  lab part 4 --prompt 'Once upon a time' -k 5   part 4 with a prompt of your own
  lab next 'It was a dark and stormy'           the ten most probable next tokens
  lab compare 'The capital of France is'        where the small and the large model differ
  lab softmax 1 1.1 2 3 5 6 6.1 -t 0.5          softmax of plain numbers
  lab models                                    which models are here, and how to get the others

Exit codes: 0 success, 1 failure, 2 a command line that makes no sense.";

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
    /// Softmax of plain numbers
    Softmax(SoftmaxArgs),
    /// Save a model's logits to a file, from which parts 3 to 5 can be run without the model
    Logits(LogitsArgs),
    /// Say which models are here, where, and how to get those that are not
    Models(ModelsArgs),
    /// Check that a model computes what is published for it
    Verify(VerifyArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
