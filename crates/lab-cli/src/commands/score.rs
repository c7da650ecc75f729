use std::fs;

use lab::{
    Error, figures,
    logits::{Logits, Question},
    parts::{NOTEBOOK_PROMPT, ScoreReport},
    print::thousands,
    source::ModelFacts,
    text::{self, Kind, Line},
};
use serde::Serialize;

use super::{Context, figure, inputs};
use crate::{cli::ScoreArgs, terminal};

/// Two models' scores.
#[derive(Debug, Serialize)]
struct PairReport {
    models: Vec<ScoreReport>,
}

/// `lab score`
pub(super) fn run(args: &ScoreArgs, context: &Context) -> Result<(), Error> {
    figure::check(&args.figure)?;
    let text = text_of(args)?;
    let logits = inputs::logits_to_score(args, text.as_deref(), context)?;
    let question = logits.text(text.as_deref(), NOTEBOOK_PROMPT)?;
    let count = if logits.has_second(&question)? { 2 } else { 1 };
    let score = |model| {
        let window = window(args, model, &question, &logits)?;
        logits.load(model, context)?.score(&question, window, context)
    };
    let mut reports = (0..count).map(score).collect::<Result<Vec<_>, _>>()?;
    for (report, facts) in reports.iter_mut().zip(inputs::all_facts(&logits, args.json, context)?) {
        report.model = facts;
    }
    let models: Vec<&ModelFacts> = reports.iter().map(|report| &report.model).collect();
    let mut lines = vec![Line::new(Kind::Note, text::model_line(&models, logits.because())), Line::new(Kind::Note, "")];
    match reports.as_slice() {
        [first, second] => lines.extend(text::score_pair_lines([first, second])),
        reports => lines.extend(reports.iter().flat_map(text::score_lines)),
    }
    let all: Vec<&ScoreReport> = reports.iter().collect();
    figure::write(&args.figure, "surprisal along a text", &models, || figures::score(&all), context)?;
    if reports.len() > 1 {
        terminal::print_report(&PairReport { models: reports }, &lines, args.json, context)?;
    } else {
        terminal::print_report(&reports.remove(0), &lines, args.json, context)?;
    }
    figure::print_path(&args.figure);
    Ok(())
}

/// How many tokens are read at once, and by how many that window advances. Recorded logits are read as a whole.
fn window(args: &ScoreArgs, model: usize, question: &Question<'_>, logits: &Logits) -> Result<(usize, usize), Error> {
    let Some(n_positions) = logits.n_positions(model) else {
        return Ok((question.n_tokens, (question.n_tokens / 2).max(1)));
    };
    let window = args.window.unwrap_or(n_positions);
    if !(2..=n_positions).contains(&window) {
        let n = thousands(n_positions as u64);
        let accepted = format!("2 to {n} ({} reads {n} tokens)", logits.facts()[model].title);
        return Err(Error::OutOfRange { option: "--window", given: window, accepted });
    }
    let stride = args.stride.unwrap_or(window / 2);
    if !(1..window).contains(&stride) {
        let last = thousands(window as u64 - 1);
        let range = if window == 2 { last } else { format!("1 to {last}") };
        let accepted = format!("{range} (less than the window of {})", thousands(window as u64));
        return Err(Error::OutOfRange { option: "--stride", given: stride, accepted });
    }
    Ok((window, stride))
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
