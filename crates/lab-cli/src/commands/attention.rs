use super::{
    Context, answer, figure,
    inputs::{self, Asked},
};
use crate::{
    Error,
    cli::AttentionArgs,
    figures, model,
    parts::{self, HeadScores, HeadView},
    printable, terminal,
    text::{self, Kind, Line},
};

/// The scores of all heads of GPT-2 small for so many tokens are 38 MB; of a longer text one head is shown at a time.
const ALL_HEADS_UP_TO: usize = 256;

/// `lab attention`
pub(super) fn run(args: &AttentionArgs, context: &Context) -> Result<(), Error> {
    figure::check(&args.figure)?;
    let prompt = terminal::text_or_stdin(&args.text)?;
    let Asked { source, because, prompt, .. } = inputs::asked(&prompt, &args.model, context)?;
    let model = model::load(&source, args.model.device(), context)?;
    let (n_layer, n_head) = (model.config().n_layer, model.config().n_head);
    let within = |option, given: Option<usize>, n: usize| match given {
        Some(given) if given >= n => {
            let accepted = format!("0 to {}, what {} has", n - 1, source.facts.title);
            Err(Error::OutOfRange { option, given, accepted })
        }
        _ => Ok(()),
    };
    within("--layer", args.layer, n_layer)?;
    within("--head", args.head, n_head)?;
    if prompt.ids.len() > ALL_HEADS_UP_TO && (args.layer.is_none() || args.head.is_none()) {
        return Err(Error::AllHeads { tokens: prompt.ids.len(), up_to: ALL_HEADS_UP_TO });
    }
    let mut heads = Vec::new();
    context.timings.time("attention", || {
        model.attention(&prompt.ids, |scores| {
            let layer = scores.block();
            let wanted = |head: &usize| args.head.is_none_or(|wanted| wanted == *head);
            for head in (0..scores.n_head()).filter(wanted).filter(|_| args.layer.is_none_or(|l| l == layer)) {
                let rows = (0..scores.n_positions()).filter_map(|query| scores.raw(head, query)).map(<[f32]>::to_vec);
                let rows = rows.collect();
                heads.push(HeadScores { layer, head, scale: f64::from(scores.scale()), rows });
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
    answer(&report, &lines, args.json, context)?;
    figure::say_where(&args.figure);
    Ok(())
}
