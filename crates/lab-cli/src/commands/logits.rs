use super::{Context, inputs};
use crate::{
    Error, Prompt,
    cli::LogitsArgs,
    model::next_token_logits,
    source::{Single, check_length, logits_file},
    terminal,
    text::{Kind, Line},
    write,
};

/// Writes a model's logits for a prompt to a file, and says what was written.
pub(super) fn run(args: &LogitsArgs, context: &Context) -> Result<Vec<Line>, Error> {
    let Single { source, .. } = inputs::one_model(&args.model)?;
    let tokenizer = inputs::tokenizer(&[&source]);
    let prompt = match &args.text {
        Some(text) => inputs::prompt(&terminal::text_or_stdin(text)?, &tokenizer?, &[&source])?,
        None => {
            check_length(args.ids.len(), &source)?;
            match tokenizer {
                Ok(tokenizer) => {
                    // An unknown id is for the model to refuse: it says at which position it is.
                    let text = tokenizer.decode(&args.ids).unwrap_or_default();
                    Prompt::from_ids(&text, args.ids.clone(), &tokenizer)
                }
                // Ids need no tokenizer.
                Err(_) => Prompt { text: format!("{:?}", args.ids), ids: args.ids.clone(), words: Vec::new() },
            }
        }
    };
    write::check_file(&args.out)?;
    let title = source.facts.title.clone();
    let (shape, logits) = if args.all {
        context.progress.step(format!("loading {title} ({:.1} GB)", source.bytes() as f64 / 1e9));
        let model = source.load(args.model.device().parse()?)?;
        context.progress.step(format!("running {title}"));
        let logits = model.logits(&prompt.ids)?;
        (vec![logits.n_positions(), logits.vocab_size()], logits.into_vec())
    } else {
        let logits = next_token_logits(&source, args.model.device(), &[&prompt.ids], context)?.remove(0);
        (vec![logits.len()], logits)
    };
    let mut facts = source.facts.clone();
    context.progress.step("hashing the weights");
    facts.files = source.hash()?;
    let bytes = logits_file(&facts, &prompt, &shape, &logits)?;
    write::file(&args.out, &bytes)?;
    Ok(vec![Line::new(
        Kind::Note,
        format!("{}: logits {shape:?} of {title} for {:?}", args.out.display(), prompt.text),
    )])
}
