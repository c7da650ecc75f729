use gpt2_runner::RecordedPrompt;
use lab::{
    Error, Prompt,
    model::load,
    printable,
    source::{Single, check_length, record},
    text::{Kind, Line},
};

use super::{Context, inputs};
use crate::{cli::LogitsArgs, terminal, write};

/// Writes a model's logits for a prompt to a file, and prints what was written.
pub(super) fn run(args: &LogitsArgs, context: &Context) -> Result<Vec<Line>, Error> {
    let npy = write::ending(&args.out, "--out", &["safetensors", "npy"])? == "npy";
    let Single { source, .. } = inputs::one_model(&args.model)?;
    let tokenizer = inputs::tokenizer(&[&source]);
    let prompt = match &args.text {
        Some(text) => inputs::prompt(&terminal::text_or_stdin(text)?, &tokenizer?, &[&source])?,
        None => {
            check_length(args.ids.len(), &source)?;
            match tokenizer {
                Ok(tokenizer) => {
                    // The model refuses an unknown id, with its position.
                    let text = tokenizer.decode(&args.ids).unwrap_or_default();
                    Prompt::from_ids(&text, args.ids.clone(), &tokenizer)
                }
                // Ids need no tokenizer.
                Err(_) => Prompt { text: format!("{:?}", args.ids), ids: args.ids.clone(), words: Vec::new() },
            }
        }
    };
    write::check_file(&args.out, "--out")?;
    let title = source.facts.title.clone();
    let model = load(&source, context)?;
    context.progress.step(&format!("running {title}"));
    let recorded = if args.all {
        let logits = model.logits(&prompt.ids)?;
        RecordedPrompt { n_positions: Some(logits.n_positions()), ..prompt.recorded(logits.into_vec()) }
    } else {
        prompt.recorded(model.next_token_logits(&prompt.ids)?)
    };
    // Freeing gigabytes takes a tenth of a second, and the process ends soon.
    std::mem::forget(model);
    let shape: Vec<usize> = recorded.n_positions.into_iter().chain([recorded.vocab_size()]).collect();
    let bytes = if npy {
        recorded.to_npy()?
    } else {
        context.progress.step("hashing the weights");
        record([(&source.hash()?, &vec![recorded])], None)?
    };
    write::file(&args.out, &bytes)?;
    let out = args.out.to_string_lossy();
    let line = format!("{}: logits {shape:?} of {} for {:?}", printable(&out), printable(&title), prompt.text);
    let mut lines = vec![Line::new(Kind::Note, line)];
    if npy {
        let what =
            "A .npy file has the numbers alone; a .safetensors file also says the text, its token ids and the model.";
        lines.push(Line::new(Kind::Note, what));
    }
    Ok(lines)
}
