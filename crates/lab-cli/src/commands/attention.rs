use lab::{
    Error, figures,
    parts::{self, HeadScores, HeadView},
    printable,
    text::{self, Kind, Line},
};

use super::{
    Context, figure,
    inputs::{self, ModelAndPrompt},
};
use crate::{cli::AttentionArgs, terminal};

/// Up to this many tokens, the scores of all heads of GPT-2 small take 38 MB. For a longer text one head is shown at a
/// time.
const ALL_HEADS_UP_TO: usize = 256;

/// `lab attention`
pub(super) fn run(args: &AttentionArgs, context: &Context) -> Result<(), Error> {
    figure::check(&args.figure)?;
    let prompt = terminal::text_or_stdin(&args.text)?;
    let ModelAndPrompt { source, because, prompt, .. } = inputs::model_and_prompt(&prompt, &args.model, context)?;
    for (option, given, n) in [("--layer", args.layer, source.n_layer), ("--head", args.head, source.n_head)] {
        given.map_or(Ok(()), |given| source.check_index(option, given, n))?;
    }
    if prompt.ids.len() > ALL_HEADS_UP_TO && (args.layer.is_none() || args.head.is_none()) {
        return Err(Error::AllHeads { tokens: prompt.ids.len(), up_to: ALL_HEADS_UP_TO });
    }
    let model = source.load_with(context)?;
    let mut heads = Vec::new();
    context.timings.time("attention", || {
        model.attention(&prompt.ids, |scores| {
            let layer = scores.block();
            let wanted = |head: &usize| args.head.is_none_or(|wanted| wanted == *head);
            for head in (0..scores.n_head()).filter(wanted).filter(|_| args.layer.is_none_or(|l| l == layer)) {
                heads.push(HeadScores::of(&scores, head));
            }
            Ok::<_, Error>(())
        })
    })?;
    let report = parts::attention(prompt, inputs::facts(&source, args.json)?, &heads)?;
    let mut lines = vec![
        Line::new(Kind::Note, text::model_line(&[&report.model], because.as_deref())),
        Line::new(Kind::Heading, printable(&report.text)),
    ];
    lines.extend(text::attention_lines(&report));
    if let Some(first) = heads.first() {
        let view = HeadView::new(first)?;
        let draw = || figures::attention(&report.model.title, &report.words, &view);
        figure::write(&args.figure, "attention", &[&report.model], draw, context)?;
    }
    terminal::print_report(&report, &lines, args.json, context)?;
    figure::print_path(&args.figure);
    Ok(())
}
