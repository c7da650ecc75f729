use super::{Context, answer, inputs};
use crate::{
    Error,
    cli::LensArgs,
    model,
    parts::{self, LensCell},
    printable,
    source::Single,
    terminal,
    text::{self, Kind, Line},
};

/// `lab lens`
pub(super) fn run(args: &LensArgs, context: &Context) -> Result<(), Error> {
    let prompt = terminal::text_or_stdin(&args.text)?;
    let Single { source, fallback, .. } = inputs::one_model(&args.model)?;
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&[&source]))?;
    let prompt = inputs::prompt(&prompt, &tokenizer, &[&source])?;
    let model = model::load(&source, args.model.device(), context)?;
    let mut facts = source.facts.clone();
    if args.json {
        facts.files = source.hash()?;
    }
    let mut layers: Vec<Vec<LensCell>> = Vec::new();
    context.timings.time("lens", || {
        model.hidden_states(&prompt.ids, |states| {
            context.progress.step(format!("reading layer {}", states.layer()));
            let mut cells = Vec::with_capacity(states.n_positions());
            for piece in states.logits()? {
                for row in piece?.1.rows() {
                    cells.push(LensCell::new(row, args.k, &tokenizer)?);
                }
            }
            layers.push(cells);
            Ok::<_, Error>(())
        })
    })?;
    let report = parts::lens(prompt, facts, layers);
    let mut lines = vec![
        Line::new(Kind::Note, text::model_line(&[&report.model], fallback.as_deref())),
        Line::new(Kind::Heading, printable(&report.text)),
    ];
    lines.extend(text::lens_lines(&report));
    answer(&report, &lines, args.json, context)
}
