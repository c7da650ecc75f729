use lab::{Error, parts, text};

use super::{Context, inputs};
use crate::{cli::NextArgs, terminal};

/// `lab next`
pub(super) fn run(args: &NextArgs, context: &Context) -> Result<(), Error> {
    let text = args.text.as_deref().map(terminal::text_or_stdin).transpose()?;
    let logits = inputs::logits_of_one(&args.model, &args.recorded, text.as_deref(), context)?;
    let question = logits.prompt(text.as_deref(), parts::NOTEBOOK_PROMPT)?;
    let k = inputs::k(args.k, logits.vocab_size(), &logits.facts()[0].title)?;
    let tokens = args.tokens.iter().map(|text| logits.token_id(text)).collect::<Result<Vec<u32>, _>>()?;
    let z = logits.last(0, &[&question], context)?.remove(0);
    let model = inputs::all_facts(&logits, args.json, context)?.remove(0);
    let report = parts::next(model, question.prompt, &z, k, args.temperature, &tokens, logits.names())?;
    terminal::print_report(&report, &text::next_lines(&report, logits.because()), args.json, context)
}
