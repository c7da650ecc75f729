use lab::{
    Error, figures,
    parts::{self, LensCell},
    printable,
    text::{self, Kind, Line},
};

use super::{
    Context, figure,
    inputs::{self, ModelAndPrompt},
};
use crate::{cli::LensArgs, terminal};

/// `lab lens`
pub(super) fn run(args: &LensArgs, context: &Context) -> Result<(), Error> {
    figure::check(&args.figure)?;
    let prompt = terminal::text_or_stdin(&args.text)?;
    let ModelAndPrompt { source, because, tokenizer, prompt } =
        inputs::model_and_prompt(&prompt, &args.model, context)?;
    inputs::check_k(args.k, source.vocab_size, &source.facts.title)?;
    let model = source.load_with(context)?;
    let mut layers: Vec<Vec<LensCell>> = Vec::new();
    context.timings.time("lens", || {
        model.hidden_states(&prompt.ids, |states| {
            context.progress.step(&format!("reading layer {}", states.layer()));
            let go_on = || Ok::<_, Error>(());
            layers.push(LensCell::of_layer(&states, args.k, &tokenizer, go_on)?);
            go_on()
        })
    })?;
    let report = parts::lens(prompt, inputs::facts(&source, args.json)?, layers);
    let mut lines = vec![
        Line::new(Kind::Note, text::model_line(&[&report.model], because.as_deref())),
        Line::new(Kind::Heading, printable(&report.text)),
    ];
    lines.extend(text::lens_lines(&report));
    figure::write(&args.figure, "logit lens", &[&report.model], || figures::lens(&report), context)?;
    terminal::print_report(&report, &lines, args.json, context)?;
    figure::print_path(&args.figure);
    Ok(())
}
