use super::{Context, answer, inputs};
use crate::{Error, cli::NextArgs, model::next_token_logits, parts, source::Single, terminal, text};

/// `lab next`
pub(super) fn run(args: &NextArgs, context: &Context) -> Result<(), Error> {
    let prompt = terminal::text_or_stdin(&args.text)?;
    let Single { source, fallback, .. } = inputs::one_model(&args.model)?;
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&[&source]))?;
    let prompt = inputs::prompt(&prompt, &tokenizer, &[&source])?;
    let logits = next_token_logits(&source, args.model.device(), &[&prompt.ids], context)?.remove(0);
    let mut facts = source.facts.clone();
    if args.json {
        facts.files = source.hash()?;
    }
    let report = parts::next(facts, prompt, &logits, args.k.k(), args.temperature, &tokenizer)?;
    answer(&report, &text::next_lines(&report, fallback.as_deref()), args.json, context)
}
