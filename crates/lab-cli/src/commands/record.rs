use gpt2_runner::RecordedPrompt;
use lab::{
    Error,
    logits::{Computed, Logits, Question},
    model::library,
    parts::{Library, NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5, NOTEBOOK_Z},
    printable,
    report::LIBTORCH,
    source::{RecordedLibrary, record},
    text::{self, Kind, Line},
};

use super::{Context, inputs};
use crate::{cli::RecordArgs, terminal, write};

/// `lab record`: writes all that the five parts need of both models into one file.
pub(super) fn run(args: &RecordArgs, context: &Context) -> Result<(), Error> {
    write::ending(&args.out, "--out", &["safetensors"])?;
    let logits = Logits::of_pair(inputs::pair(&args.models)?, context)?;
    let mut texts = args.prompts.iter().map(|text| terminal::text_or_stdin(text)).collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() {
        texts = [NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5].map(str::to_owned).to_vec();
    }
    let mut questions: Vec<Question<'_>> = Vec::new();
    for text in &texts {
        let question = logits.prompt(Some(text), NOTEBOOK_PROMPT)?;
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    write::check_file(&args.out, "--out")?;
    let all: Vec<&Question<'_>> = questions.iter().collect();
    let of = |model| logits.of(model, &all, context).map(Computed::forget);
    let computed = [of(0)?, of(1)?];
    context.progress.step("hashing the weights");
    let models = logits.hashed(context)?;
    let prompts = computed.map(|vectors| -> Vec<RecordedPrompt> {
        questions.iter().zip(vectors).map(|(question, z)| question.prompt.recorded(z)).collect()
    });
    let Library { name, probabilities } = library(&NOTEBOOK_Z.map(|z| z as f32))?;
    let library = RecordedLibrary { name: name.into_owned(), libtorch: LIBTORCH.map(str::to_owned), probabilities };
    let bytes = record(models.iter().zip(&prompts), Some(&library))?;
    write::file(&args.out, &bytes)?;

    let out = args.out.to_string_lossy();
    let (out, count) = (printable(&out), questions.len());
    let prompts = if count == 1 { "1 prompt".to_owned() } else { format!("{count} prompts") };
    let mut lines = vec![
        Line::new(Kind::Note, text::models_line(&models, false, logits.because())),
        Line::new(Kind::Note, format!("{out}: both models' logits for {prompts}, {:.1} MB", bytes.len() as f64 / 1e6)),
        Line::new(Kind::Note, format!("To draw from it: lab part all --logits {out}")),
    ];
    if logits.because().is_some() {
        lines.extend([Line::new(Kind::Note, ""), Line::new(Kind::Note, text::get_gpt2())]);
    }
    terminal::print_lines(&lines, &*context.progress)
}
