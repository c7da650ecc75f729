use lab::{
    Error,
    model::next_token_logits,
    parts,
    source::{self, Names, Recorded},
    text,
};

use super::{
    Context,
    answer::answer,
    inputs::{self, Asked},
};
use crate::{cli::NextArgs, terminal};

/// `lab next`
pub(super) fn run(args: &NextArgs, context: &Context) -> Result<(), Error> {
    let prompt = args.text.as_deref().map(terminal::text_or_stdin).transpose()?;
    if let Some(recorded) = inputs::recorded(&args.recorded, prompt.as_deref())? {
        return from_logits(args, &recorded, prompt.as_deref(), context);
    }
    let prompt = prompt.unwrap_or_default();
    let Asked { source, because, tokenizer, prompt } = inputs::asked(&prompt, &args.model, context)?;
    let k = inputs::k(args.k, source.vocab_size, &source.facts.title)?;
    let asked = args.tokens.iter().map(|text| source::token_id(text, &tokenizer)).collect::<Result<Vec<u32>, _>>()?;
    let logits = next_token_logits(&source, &[&prompt.ids], context)?.remove(0);
    let facts = inputs::facts(&source, args.json)?;
    let report = parts::next(facts, prompt, &logits, k, args.temperature, &asked, &tokenizer)?;
    answer(&report, &text::next_lines(&report, because.as_deref()), args.json, context)
}

/// The same from recorded logits.
fn from_logits(args: &NextArgs, recorded: &Recorded, asked: Option<&str>, context: &Context) -> Result<(), Error> {
    if args.model.model.is_some() {
        return Err(Error::no_effect("--model", "with --logits"));
    }
    let names = Names::of(recorded, args.recorded.tokenizer.as_deref())?;
    let logits = recorded.prompt(asked, parts::NOTEBOOK_PROMPT)?;
    let prompt = names.prompt(logits)?;
    let tokens = args.tokens.iter().map(|text| names.id(text)).collect::<Result<Vec<u32>, _>>()?;
    let facts = recorded.models[0].facts.clone();
    let k = inputs::k(args.k, recorded.vocab_size, &facts.title)?;
    let report = parts::next(facts, prompt, &logits.logits, k, args.temperature, &tokens, &names)?;
    answer(&report, &text::next_lines(&report, None), args.json, context)
}
