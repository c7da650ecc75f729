//! Scores of models that are run.

use lab::{
    Context, Error, Prompt, model,
    parts::{self, ScoreReport, Visit, Window},
    print::thousands,
    source::{ModelSource, Single},
};

use crate::{cli::ScoreArgs, commands::inputs};

/// Runs the model, or both, over the text: the scores, and why the demo pair was selected, if it was.
pub(super) fn score(
    text: &str,
    args: &ScoreArgs,
    context: &Context,
) -> Result<(Vec<ScoreReport>, Option<String>), Error> {
    let (sources, because): (Vec<ModelSource>, Option<String>) = if args.pair {
        let pair = inputs::pair(&args.pair())?;
        (vec![pair.small, pair.large], pair.fallback)
    } else {
        let Single { source, fallback, .. } = inputs::one_model(&args.model)?;
        (vec![source], fallback)
    };
    let all: Vec<&ModelSource> = sources.iter().collect();
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&all))?;
    let prompt = Prompt::new(text, &tokenizer)?;
    let reports = sources.iter().map(|source| one(&prompt, source, args, context)).collect::<Result<_, Error>>()?;
    Ok((reports, because))
}

fn one(prompt: &Prompt, source: &ModelSource, args: &ScoreArgs, context: &Context) -> Result<ScoreReport, Error> {
    let (window, stride) = window(args, source)?;
    let model = model::load(source, context)?;
    let n = parts::windows(prompt.ids.len(), window, stride).len();
    let mut done = 0;
    let rows = |window: &Window, visit: Visit<'_>| {
        done += 1;
        context.progress.step(&format!("reading window {done} of {n}"));
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
        let n = thousands(source.n_positions as u64);
        let accepted = format!("2 to {n} ({} reads {n} tokens)", source.facts.title);
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
