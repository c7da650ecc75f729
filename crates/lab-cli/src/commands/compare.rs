use serde::Serialize;

use super::{Context, inputs};
use crate::{
    Error, Prompt,
    cli::CompareArgs,
    parts::Comparison,
    source::ModelFacts,
    terminal,
    text::{Kind, Line, comparison_lines},
};

/// How the two models' predictions for a text differ.
#[derive(Debug, Serialize)]
pub(super) struct CompareAnswer {
    models: [ModelFacts; 2],
    prompt: Prompt,
    comparison: Comparison,
    #[serde(skip)]
    first_line: String,
    #[serde(skip)]
    last_line: Option<String>,
}

pub(super) fn run(args: &CompareArgs, context: &Context) -> Result<CompareAnswer, Error> {
    let text = terminal::text_or_stdin(&args.text)?;
    let pair = inputs::pair(&args.models)?;
    let models = [&pair.small, &pair.large];
    let tokenizer = inputs::tokenizer(&models)?;
    let prompt = inputs::prompt(&text, &tokenizer, &models)?;
    let logits = |source| {
        super::model::next_token_logits(source, &args.models.device, &[&prompt.ids], context)
            .map(|mut logits| logits.remove(0))
    };
    let (first, second) = (logits(&pair.small)?, logits(&pair.large)?);
    let titles = [pair.small.facts.title.as_str(), &pair.large.facts.title];
    let comparison = Comparison::new(titles, &first, &second, args.k.k as usize, &tokenizer)?;
    let (first_line, last_line) = match inputs::fallback_lines(&pair) {
        Some((first, last)) => (first, Some(last)),
        None => (inputs::pair_line(&pair), None),
    };
    let mut facts = [pair.small.facts.clone(), pair.large.facts.clone()];
    if args.json {
        facts[0].files = pair.small.hash()?;
        facts[1].files = pair.large.hash()?;
    }
    Ok(CompareAnswer { models: facts, prompt, comparison, first_line, last_line })
}

impl CompareAnswer {
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            Line::new(Kind::Note, &self.first_line),
            Line::new(Kind::Heading, format!("{} ___", self.prompt.text)),
        ];
        lines.extend(comparison_lines(&self.comparison));
        lines.extend(self.last_line.iter().map(|text| Line::new(Kind::Note, text)));
        lines
    }
}
