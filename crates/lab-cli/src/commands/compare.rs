use serde::Serialize;

use super::{Context, answer, inputs};
use crate::{
    Error, Prompt,
    cli::CompareArgs,
    model::next_token_logits,
    parts::{self, Comparison},
    printable,
    source::ModelFacts,
    terminal,
    text::{self, Kind, Line},
};

/// How the two models' predictions for a text differ.
#[derive(Debug, Serialize)]
struct CompareAnswer {
    models: [ModelFacts; 2],
    prompt: Prompt,
    comparison: Comparison,
}

/// `lab compare`
pub(super) fn run(args: &CompareArgs, context: &Context) -> Result<(), Error> {
    let prompt = terminal::text_or_stdin(&args.text)?;
    let pair = inputs::pair(&args.models)?;
    let sources = [&pair.small, &pair.large];
    let tokenizer = inputs::tokenizer(&sources)?;
    let prompt = inputs::prompt(&prompt, &tokenizer, &sources)?;
    let logits = |source| {
        next_token_logits(source, args.models.device(), &[&prompt.ids], context).map(|mut logits| logits.remove(0))
    };
    let (first, second) = (logits(&pair.small)?, logits(&pair.large)?);
    let titles = sources.map(|source| source.facts.title.as_str());
    let comparison = parts::compare(titles, &first, &second, args.k.k(), &tokenizer)?;
    let mut models = sources.map(|source| source.facts.clone());
    if args.json {
        for (model, source) in models.iter_mut().zip(sources) {
            model.files = source.hash()?;
        }
    }
    let mut lines = vec![
        Line::new(Kind::Note, text::pair_line(&pair, false, pair.fallback.as_deref())),
        Line::new(Kind::Heading, format!("{} ___", printable(&prompt.text))),
    ];
    lines.extend(text::comparison_lines(&comparison));
    lines.extend(text::prompt_hint(&prompt));
    if pair.fallback.is_some() {
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::GET_GPT2)]);
    }
    answer(&CompareAnswer { models, prompt, comparison }, &lines, args.json, context)
}
