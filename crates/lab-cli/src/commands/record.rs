use gpt2_runner::printable;
use lab::{
    Error, Prompt,
    model::{library, next_token_logits},
    parts::{Library, NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5, NOTEBOOK_Z},
    report::LIBTORCH,
    source::{RecordedLibrary, record},
    text::{self, Kind, Line},
};

use super::{Context, inputs};
use crate::{cli::RecordArgs, terminal, write};

/// `lab record`: writes all that the five parts need of both models into one file.
pub(super) fn run(args: &RecordArgs, context: &Context) -> Result<(), Error> {
    write::ending(&args.out, "--out", &["safetensors"])?;
    let pair = inputs::pair(&args.models)?;
    let models = [&pair.small, &pair.large];
    let mut texts = args.prompts.iter().map(|text| terminal::text_or_stdin(text)).collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() {
        texts = [NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5].map(str::to_owned).to_vec();
    }
    let tokenizer = context.timings.time("tokenizer", || inputs::tokenizer(&models))?;
    let mut prompts: Vec<Prompt> = Vec::new();
    for text in &texts {
        let prompt = inputs::prompt(text, &tokenizer, &models)?;
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    write::check_file(&args.out, "--out")?;
    let ids: Vec<&[u32]> = prompts.iter().map(|prompt| prompt.ids.as_slice()).collect();
    let logits = models.map(|source| next_token_logits(source, &ids, context));
    context.progress.step("hashing the weights".to_owned());
    let mut recorded = Vec::new();
    for (source, logits) in models.into_iter().zip(logits) {
        let facts = source.hash()?;
        recorded.push((facts, prompts.iter().zip(logits?).map(|(prompt, z)| prompt.recorded(z)).collect()));
    }
    let Library { name, probabilities } = library(&NOTEBOOK_Z.map(|z| z as f32))?;
    let library = RecordedLibrary { name: name.into_owned(), libtorch: LIBTORCH.map(str::to_owned), probabilities };
    let bytes = record(recorded.iter().map(|(facts, prompts)| (facts, prompts)), Some(&library))?;
    write::file(&args.out, &bytes)?;

    let out = args.out.to_string_lossy();
    let (out, count) = (printable(&out), prompts.len());
    let prompts = if count == 1 { "1 prompt".to_owned() } else { format!("{count} prompts") };
    let mut lines = vec![
        Line::new(Kind::Note, text::pair_line(pair.facts(), false, pair.fallback.as_deref())),
        Line::new(Kind::Note, format!("{out}: both models' logits for {prompts}, {:.1} MB", bytes.len() as f64 / 1e6)),
        Line::new(Kind::Note, format!("To draw from it: lab part all --logits {out}")),
    ];
    if pair.fallback.is_some() {
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::GET_GPT2)]);
    }
    terminal::print_lines(&lines, &*context.progress)
}
