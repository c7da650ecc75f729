use gpt2_runner::Gpt2Tokenizer;

use super::{Context, answer::answer};
use crate::{Error, Prompt, cli::TokensArgs, terminal, text};

/// `lab tokens`
pub(super) fn run(args: &TokensArgs, context: &Context) -> Result<(), Error> {
    let prompt = Prompt::new(&terminal::text_or_stdin(&args.text)?, &Gpt2Tokenizer::published()?)?;
    answer(&prompt, &text::prompt_lines(&prompt), args.json, context)
}
