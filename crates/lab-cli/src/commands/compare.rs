use lab::{
    Error, Prompt,
    parts::{self, Comparison},
    source::ModelFacts,
    text::{self, Kind, Line},
};
use serde::Serialize;

use super::{Context, inputs};
use crate::{cli::CompareArgs, terminal};

/// How the two models' predictions for a text differ.
#[derive(Debug, Serialize)]
struct CompareReport {
    models: Vec<ModelFacts>,
    prompt: Prompt,
    comparison: Comparison,
}

/// `lab compare`
pub(super) fn run(args: &CompareArgs, context: &Context) -> Result<(), Error> {
    let text = args.text.as_deref().map(terminal::text_or_stdin).transpose()?;
    let logits = inputs::logits_of_pair(&args.models, &args.recorded, text.as_deref(), context)?;
    let question = logits.prompt(text.as_deref(), parts::NOTEBOOK_PROMPT_5)?;
    let k = inputs::k(args.k, logits.vocab_size(), &logits.facts()[0].title)?;
    let last = |model| logits.last(model, &[&question], context).map(|mut z| z.remove(0));
    let (first, second) = (last(0)?, last(1)?);
    let models = inputs::all_facts(&logits, args.json, context)?;
    let comparison = parts::compare([&models[0].title, &models[1].title], &first, &second, k, logits.names())?;
    let prompt = question.prompt;
    let mut lines = vec![
        Line::new(Kind::Note, text::models_line(&models, false, logits.because())),
        Line::new(Kind::Heading, text::prompt_heading(&prompt)),
    ];
    lines.extend(text::comparison_lines(&comparison));
    lines.extend(text::prompt_hint(&prompt));
    if logits.because().is_some() {
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::get_gpt2())]);
    }
    terminal::print_report(&CompareReport { models, prompt, comparison }, &lines, args.json, context)
}
