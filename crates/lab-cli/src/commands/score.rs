mod models;

use std::fs;

use gpt2_runner::RecordedPrompt;
use lab::{
    Error, RecordedError, figures,
    parts::{self, NOTEBOOK_PROMPT, ScoreReport},
    source::{ModelFacts, Names, Recorded, RecordedModel},
    text::{self, Kind, Line},
};
use serde::Serialize;

use super::{Context, answer::answer, figure, inputs};
use crate::{cli::ScoreArgs, terminal};

/// Two models' scores.
#[derive(Debug, Serialize)]
struct PairAnswer {
    models: Vec<ScoreReport>,
}

/// `lab score`
pub(super) fn run(args: &ScoreArgs, context: &Context) -> Result<(), Error> {
    figure::check(&args.figure)?;
    let text = text_of(args)?;
    let (mut reports, because) = if args.recorded.logits.is_empty() {
        inputs::recorded(&args.recorded, None)?;
        models::score(&text.unwrap_or_default(), args, context)?
    } else {
        (from_logits(text.as_deref(), args)?, None)
    };
    let models: Vec<&ModelFacts> = reports.iter().map(|report| &report.model).collect();
    let mut lines =
        vec![Line::new(Kind::Note, text::model_line(&models, because.as_deref())), Line::new(Kind::Note, "")];
    match reports.as_slice() {
        [first, second] => lines.extend(text::score_pair_lines([first, second])),
        reports => lines.extend(reports.iter().flat_map(text::score_lines)),
    }
    let all: Vec<&ScoreReport> = reports.iter().collect();
    figure::write(&args.figure, "surprisal along a text", &models, || figures::score(&all), context)?;
    if reports.len() > 1 {
        answer(&PairAnswer { models: reports }, &lines, args.json, context)?;
    } else {
        answer(&reports.remove(0), &lines, args.json, context)?;
    }
    figure::say_where(&args.figure);
    Ok(())
}

/// The same from recorded logits of every position, of one or two models.
fn from_logits(text: Option<&str>, args: &ScoreArgs) -> Result<Vec<ScoreReport>, Error> {
    if args.model.model.is_some() {
        return Err(Error::no_effect("--model", "with --logits"));
    }
    let mut recorded = Recorded::read_whole(&args.recorded.logits)?;
    recorded.complete(text, &args.recorded.ids)?;
    let names = Names::of(&recorded, args.recorded.tokenizer.as_deref())?;
    let first = recorded.prompt(text, NOTEBOOK_PROMPT)?;
    let prompts = [Some(first), recorded.second(first)?].into_iter().flatten();
    let score = |(model, logits): (&RecordedModel, &RecordedPrompt)| {
        let prompt = names.prompt(logits)?;
        let (positions, tokens) = (logits.rows().len(), prompt.ids.len());
        if positions != tokens {
            return Err(RecordedError::NotEveryPosition { positions, tokens }.into());
        }
        parts::score(&prompt, model.facts.clone(), (tokens, (tokens / 2).max(1)), |_, visit| {
            logits.rows().enumerate().try_for_each(|(position, row)| visit(position, row))
        })
    };
    recorded.models.iter().zip(prompts).map(score).collect()
}

fn text_of(args: &ScoreArgs) -> Result<Option<String>, Error> {
    let Some(path) = &args.file else { return args.text.as_deref().map(terminal::text_or_stdin).transpose() };
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Error::FileNotUtf8 { path: path.clone(), byte: e.as_bytes()[offset], offset }
    })?;
    let text = terminal::without_mark(text);
    if text.is_empty() { Err(Error::EmptyFile { path: path.clone() }) } else { Ok(Some(text)) }
}
