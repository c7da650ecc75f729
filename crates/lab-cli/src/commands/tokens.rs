use gpt2_runner::Gpt2Tokenizer;
use lab::{Error, Prompt, text};

use super::Context;
use crate::{cli::TokensArgs, terminal};

/// `lab tokens`
pub(super) fn run(args: &TokensArgs, context: &Context) -> Result<(), Error> {
    let prompt = Prompt::new(&terminal::text_or_stdin(&args.text)?, &Gpt2Tokenizer::published()?)?;
    terminal::print_report(&prompt, &text::prompt_lines(&prompt), args.json, context)
}
