use std::fs;

use serde::Serialize;

use super::{Context, answer, inputs};
use crate::{
    Error, Prompt,
    cli::ScoreArgs,
    model,
    parts::{self, ScoreReport, Visit, Window},
    source::{ModelSource, Single},
    terminal,
    text::{self, Kind, Line},
};

/// Two models' scores.
#[derive(Debug, Serialize)]
struct PairAnswer {
    models: Vec<ScoreReport>,
}

/// `lab score`
pub(super) fn run(args: &ScoreArgs, context: &Context) -> Result<(), Error> {
    let text = text_of(args)?;
    let (sources, because): (Vec<ModelSource>, Option<String>) = if args.pair {
        let pair = inputs::pair(&args.pair())?;
        (vec![pair.small, pair.large], pair.fallback)
    } else {
        let Single { source, fallback, .. } = inputs::one_model(&args.model)?;
        (vec![source], fallback)
    };
    let all: Vec<&ModelSource> = sources.iter().collect();
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&all))?;
    let prompt = Prompt::new(&text, &tokenizer)?;
    let reports: Vec<ScoreReport> =
        sources.iter().map(|source| score(&prompt, source, args, context)).collect::<Result<_, Error>>()?;
    let models: Vec<_> = reports.iter().map(|report| &report.model).collect();
    let mut lines =
        vec![Line::new(Kind::Note, text::model_line(&models, because.as_deref())), Line::new(Kind::Note, "")];
    match reports.as_slice() {
        [first, second] => lines.extend(text::score_pair_lines([first, second])),
        reports => lines.extend(reports.iter().flat_map(text::score_lines)),
    }
    if args.pair {
        answer(&PairAnswer { models: reports }, &lines, args.json, context)
    } else {
        answer(&reports[0], &lines, args.json, context)
    }
}

fn text_of(args: &ScoreArgs) -> Result<String, Error> {
    let Some(path) = &args.file else { return terminal::text_or_stdin(args.text.as_deref().unwrap_or_default()) };
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.clone(), source })?;
    String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Error::FileNotUtf8 { path: path.clone(), byte: e.as_bytes()[offset], offset }
    })
}

fn score(prompt: &Prompt, source: &ModelSource, args: &ScoreArgs, context: &Context) -> Result<ScoreReport, Error> {
    let (window, stride) = window(args, source)?;
    let model = model::load(source, args.model.device(), context)?;
    let n = parts::windows(prompt.ids.len(), window, stride).len();
    let mut done = 0;
    let rows = |window: &Window, visit: Visit<'_>| {
        done += 1;
        context.progress.step(format!("reading window {done} of {n}"));
        // A position's logits are those of the token after it.
        let first = window.scored.start - 1 - window.read.start;
        for piece in model.logits_in_pieces(&prompt.ids[window.read.clone()])?.starting_at(first) {
            let (first, logits) = piece?;
            for (n, row) in logits.rows().enumerate() {
                visit(window.read.start + first + n, row)?;
            }
        }
        Ok(())
    };
    let facts = source.facts.clone();
    let scored = || parts::score(prompt, facts, (window, stride), rows);
    let mut report = context.timings.time(format!("score {}", source.facts.title), scored)?;
    report.model = inputs::facts(source, args.json)?;
    Ok(report)
}

/// How much is read at a time, and by how much it advances.
fn window(args: &ScoreArgs, source: &ModelSource) -> Result<(usize, usize), Error> {
    let window = args.window.unwrap_or(source.n_positions);
    if !(2..=source.n_positions).contains(&window) {
        let accepted = format!("2 to {} tokens, the positions of {}", source.n_positions, source.facts.title);
        return Err(Error::OutOfRange { option: "--window", given: window, accepted });
    }
    let stride = args.stride.unwrap_or(window / 2);
    if !(1..window).contains(&stride) {
        let accepted = format!("1 to {}, less than the window", window - 1);
        return Err(Error::OutOfRange { option: "--stride", given: stride, accepted });
    }
    Ok((window, stride))
}
