use lab::{
    Error, Prompt, RecordedError,
    model::next_token_logits,
    parts::{self, Comparison},
    source::{ModelFacts, Names, Recorded},
    text::{self, Kind, Line},
};
use serde::Serialize;

use super::{Context, answer::answer, inputs};
use crate::{cli::CompareArgs, terminal};

/// How the two models' predictions for a text differ.
#[derive(Debug, Serialize)]
struct CompareAnswer {
    models: [ModelFacts; 2],
    prompt: Prompt,
    comparison: Comparison,
}

/// `lab compare`
pub(super) fn run(args: &CompareArgs, context: &Context) -> Result<(), Error> {
    let prompt = args.text.as_deref().map(terminal::text_or_stdin).transpose()?;
    if let Some(recorded) = inputs::recorded(&args.recorded, prompt.as_deref())? {
        return from_logits(args, &recorded, prompt.as_deref(), context);
    }
    let prompt = prompt.unwrap_or_default();
    let pair = inputs::pair(&args.models)?;
    let sources = [&pair.small, &pair.large];
    let tokenizer = inputs::tokenizer(&sources)?;
    let prompt = inputs::prompt(&prompt, &tokenizer, &sources)?;
    let k = inputs::k(args.k, pair.small.vocab_size, &pair.small.facts.title)?;
    let logits = |source| next_token_logits(source, &[&prompt.ids], context).map(|mut logits| logits.remove(0));
    let (first, second) = (logits(&pair.small)?, logits(&pair.large)?);
    let titles = sources.map(|source| source.facts.title.as_str());
    let comparison = parts::compare(titles, &first, &second, k, &tokenizer)?;
    let models = [inputs::facts(sources[0], args.json)?, inputs::facts(sources[1], args.json)?];
    let mut lines = vec![
        Line::new(Kind::Note, text::pair_line(pair.facts(), false, pair.fallback.as_deref())),
        Line::new(Kind::Heading, text::prompt_heading(&prompt)),
    ];
    lines.extend(text::comparison_lines(&comparison));
    lines.extend(text::prompt_hint(&prompt));
    if pair.fallback.is_some() {
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::GET_GPT2)]);
    }
    answer(&CompareAnswer { models, prompt, comparison }, &lines, args.json, context)
}

/// The same from recorded logits.
fn from_logits(args: &CompareArgs, recorded: &Recorded, asked: Option<&str>, context: &Context) -> Result<(), Error> {
    inputs::refuse_models(&args.models)?;
    let names = Names::of(recorded, args.recorded.tokenizer.as_deref())?;
    let first = recorded.prompt(asked, parts::NOTEBOOK_PROMPT_5)?;
    let prompt = names.prompt(first)?;
    let ([one, other], Some(second)) = (&recorded.models[..], recorded.second(first)?) else {
        let models: Vec<&str> = recorded.models.iter().map(|model| model.facts.name.as_str()).collect();
        return Err(RecordedError::OneModel { prompt: prompt.text, models: models.join(", ") }.into());
    };
    let titles = [one.facts.title.as_str(), &other.facts.title];
    let k = inputs::k(args.k, recorded.vocab_size, titles[0])?;
    let comparison = parts::compare(titles, &first.logits, &second.logits, k, &names)?;
    let models = [one.facts.clone(), other.facts.clone()];
    let mut lines = vec![
        Line::new(Kind::Note, text::recorded_line(&models, false)),
        Line::new(Kind::Heading, text::prompt_heading(&prompt)),
    ];
    lines.extend(text::comparison_lines(&comparison));
    lines.extend(text::prompt_hint(&prompt));
    answer(&CompareAnswer { models, prompt, comparison }, &lines, args.json, context)
}
