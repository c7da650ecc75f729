use gpt2_runner::Gpt2Tokenizer;

use super::{Context, answer, inputs};
use crate::{Error, Word, cli::NextArgs, model::next_token_logits, parts, source::Single, terminal, text};

/// `lab next`
pub(super) fn run(args: &NextArgs, context: &Context) -> Result<(), Error> {
    let prompt = terminal::text_or_stdin(&args.text)?;
    let Single { source, fallback, .. } = inputs::one_model(&args.model)?;
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&[&source]))?;
    let prompt = inputs::prompt(&prompt, &tokenizer, &[&source])?;
    let asked = args.tokens.iter().map(|text| token(text, &tokenizer)).collect::<Result<Vec<u32>, _>>()?;
    let logits = next_token_logits(&source, args.model.device(), &[&prompt.ids], context)?.remove(0);
    let mut facts = source.facts.clone();
    if args.json {
        facts.files = source.hash()?;
    }
    let report = parts::next(facts, prompt, &logits, args.k.k(), args.temperature, &asked, &tokenizer)?;
    answer(&report, &text::next_lines(&report, fallback.as_deref()), args.json, context)
}

/// The one token that a text is.
fn token(text: &str, tokenizer: &Gpt2Tokenizer) -> Result<u32, Error> {
    match tokenizer.encode(text)?.as_slice() {
        [id] => Ok(*id),
        ids => Err(Error::NotOneToken {
            text: text.to_owned(),
            tokens: ids.iter().map(|&id| Word::of(id, tokenizer).to_string()).collect(),
        }),
    }
}
