use serde::Serialize;

use super::{Context, inputs};
use crate::{
    Error, Prompt, TokenProbability,
    cli::NextArgs,
    print::general,
    source::ModelFacts,
    terminal,
    text::{Kind, Line, top_line},
    token::top_tokens,
};

/// The most probable next tokens.
#[derive(Debug, Serialize)]
pub(super) struct NextAnswer {
    model: ModelFacts,
    prompt: Prompt,
    temperature: f64,
    top: Vec<TokenProbability>,
    #[serde(skip)]
    fallback: Option<String>,
}

pub(super) fn run(args: &NextArgs, context: &Context) -> Result<NextAnswer, Error> {
    let text = terminal::text_or_stdin(&args.text)?;
    let (source, fallback) = inputs::one_model(&args.model)?;
    let timings = &context.timings;
    let tokenizer = timings.time("tokenizer", || inputs::tokenizer(&[&source]))?;
    let prompt = inputs::prompt(&text, &tokenizer, &[&source])?;
    let logits = super::model::next_token_logits(&source, &args.model.device, &[&prompt.ids], context)?.remove(0);
    let top = top_tokens(&logits, args.k.k as usize, args.temperature, &tokenizer)?;
    let mut model = source.facts.clone();
    if args.json {
        model.files = source.hash()?;
    }
    Ok(NextAnswer { model, prompt, temperature: args.temperature.value(), top, fallback })
}

impl NextAnswer {
    pub(super) fn lines(&self) -> Vec<Line> {
        let at = if self.temperature == 1.0 { String::new() } else { format!(", T = {}", general(self.temperature)) };
        let why = self.fallback.as_ref().map(|reason| format!(", because {reason}")).unwrap_or_default();
        let mut lines = vec![
            Line::new(Kind::Note, format!("{}{why}{at}", inputs::described(&self.model))),
            Line::new(Kind::Heading, format!("{} ___", self.prompt.text)),
        ];
        lines.extend(self.top.iter().map(|token| Line::new(Kind::Notebook, top_line(token))));
        lines
    }
}
