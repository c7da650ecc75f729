use gpt2_runner::RecordedPrompt;
use lab::{
    Error,
    logits::{Logits, Question},
    parts::{Library, NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5, NOTEBOOK_Z},
    printable,
    report::LIBTORCH,
    source::{ModelFacts, RecordedLibrary, record},
    text::{self, Kind, Line},
};

use super::{Context, inputs};
use crate::{cli::RecordArgs, terminal, write};

/// `lab record`: writes logits of one model, or of the pair, into one file.
pub(super) fn run(args: &RecordArgs, context: &Context) -> Result<(), Error> {
    let one = args.one_model();
    let one_prompt = args.text.is_some() || !args.ids.is_empty() || args.prompts.len() == 1;
    let formats: &[&str] = if one.is_some() && one_prompt { &["safetensors", "npy"] } else { &["safetensors"] };
    let npy = write::ending(&args.out, "--out", formats)? == "npy";
    let logits = match &one {
        None => Logits::of_pair(inputs::pair(&args.models)?, context)?,
        Some(model) if args.ids.is_empty() => Logits::of_one(inputs::one_model(model)?, context)?,
        Some(model) => Logits::of_one_without_tokenizer(inputs::one_model(model)?),
    };
    let questions = questions(args, &logits)?;
    write::check_file(&args.out, "--out")?;
    let mut models = logits.facts();
    let read = |model| read(model, &questions, args.all, &logits, context);
    let prompts = (0..models.len()).map(read).collect::<Result<Vec<_>, _>>()?;
    let bytes = if npy {
        prompts[0][0].to_npy()?
    } else {
        context.progress.step("hashing the weights");
        models = logits.hashed(context)?;
        // For part 1 of a run from the file.
        let library = if models.len() > 1 { Some(library()?) } else { None };
        record(models.iter().zip(&prompts), library.as_ref())?
    };
    write::file(&args.out, &bytes)?;
    let out = args.out.to_string_lossy();
    let mut lines = lines(&printable(&out), &models, &prompts, bytes.len(), logits.because());
    if npy {
        let what =
            "A .npy file has only the numbers; a .safetensors file also has the text, its token ids and the model.";
        lines.push(Line::new(Kind::Note, what));
    }
    terminal::print_lines(&lines, context)
}

/// The prompts of the arguments, each once.
fn questions<'a>(args: &RecordArgs, logits: &'a Logits) -> Result<Vec<Question<'a>>, Error> {
    if !args.ids.is_empty() {
        return Ok(vec![logits.prompt_of_ids(&args.ids)?]);
    }
    let given = args.text.iter().chain(&args.prompts);
    let mut texts = given.map(|text| terminal::text_or_stdin(text)).collect::<Result<Vec<_>, _>>()?;
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
    Ok(questions)
}

/// A model's logits for the prompts: at the last position, or at every one.
fn read(
    model: usize,
    questions: &[Question<'_>],
    all: bool,
    logits: &Logits,
    context: &Context,
) -> Result<Vec<RecordedPrompt>, Error> {
    if !all {
        let last = logits.last(model, &questions.iter().collect::<Vec<_>>(), context)?;
        return Ok(questions.iter().zip(last).map(|(question, z)| question.prompt.recorded(z)).collect());
    }
    let loaded = logits.load(model, context)?;
    let every = |question: &Question<'_>| {
        let z = loaded.every(question, context)?;
        Ok(RecordedPrompt { n_positions: Some(question.n_tokens), ..question.prompt.recorded(z) })
    };
    questions.iter().map(every).collect()
}

/// The library's softmax of part 1's numbers.
fn library() -> Result<RecordedLibrary, Error> {
    let Library { name, probabilities } = Library::of_build(&NOTEBOOK_Z.map(|z| z as f32))?;
    Ok(RecordedLibrary { name: name.into_owned(), libtorch: LIBTORCH.map(str::to_owned), probabilities })
}

/// What was written.
fn lines(
    out: &str,
    models: &[ModelFacts],
    prompts: &[Vec<RecordedPrompt>],
    bytes: usize,
    because: Option<&str>,
) -> Vec<Line> {
    let note = |line: String| Line::new(Kind::Note, line);
    let count = match prompts.first().map_or(0, Vec::len) {
        1 => "1 prompt".to_owned(),
        n => format!("{n} prompts"),
    };
    let size = format!("{:.1} MB", bytes as f64 / 1e6);
    let draw = note(format!("To draw from it: lab part all --logits {out}"));
    match (models, prompts) {
        ([ModelFacts { title, .. }], [prompts]) => match prompts.as_slice() {
            [prompt] => {
                let shape: Vec<usize> = prompt.n_positions.into_iter().chain([prompt.vocab_size()]).collect();
                let text = prompt.text.as_deref().unwrap_or_default();
                vec![note(format!("{out}: logits {shape:?} of {} for {text:?}", printable(title)))]
            }
            _ => vec![note(format!("{out}: logits of {} for {count}, {size}", printable(title))), draw],
        },
        _ => {
            let mut lines = vec![
                note(text::models_line(models, false, because)),
                note(format!("{out}: both models' logits for {count}, {size}")),
                draw,
            ];
            if because.is_some() {
                lines.extend([note(String::new()), note(text::get_gpt2().to_owned())]);
            }
            lines
        }
    }
}
