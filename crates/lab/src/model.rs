//! Models, run.

use crate::{Context, Error, parts::Library, source::ModelSource};

/// A model, ready to run.
pub fn load(source: &ModelSource, context: &Context) -> Result<gpt2_runner::Gpt2, Error> {
    let Context { progress, timings } = context;
    let title = &source.facts.title;
    progress.step(format!("loading {title} ({:.1} GB)", source.bytes() as f64 / 1e9));
    timings.time(format!("load {title}"), || source.load())
}

/// A model's result, with the model. Freeing gigabytes takes a tenth of a second, so callers drop the model when
/// nothing waits for it.
pub struct Answered {
    /// `[V]` for each prompt: the logits at its last position.
    pub logits: Vec<Vec<f32>>,
    model: gpt2_runner::Gpt2,
}

/// A model's logits at the last position of each prompt.
pub fn answer(source: &ModelSource, prompts: &[&[u32]], context: &Context) -> Result<Answered, Error> {
    let Context { progress, timings } = context;
    let title = &source.facts.title;
    let model = load(source, context)?;
    progress.step(format!("running {title}"));
    let logits = timings.time(format!("run {title}"), || {
        prompts.iter().map(|ids| model.next_token_logits(ids)).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(Answered { logits, model })
}

/// A model's logits `[V]` at the last position of each prompt, for callers that need nothing else. The model is not
/// freed: the result would wait for it, and the process ends soon.
pub fn next_token_logits(source: &ModelSource, prompts: &[&[u32]], context: &Context) -> Result<Vec<Vec<f32>>, Error> {
    let answered = answer(source, prompts, context)?;
    std::mem::forget(answered.model);
    Ok(answered.logits)
}

/// The library that part 1 compares the formula with: PyTorch's libtorch where the lab has it.
#[cfg(feature = "torch")]
pub fn library(z: &[f32]) -> Result<Library, Error> {
    Ok(Library { name: "PyTorch".into(), probabilities: gpt2_runner::torch_softmax(z)? })
}

/// The library that part 1 compares the formula with.
#[cfg(not(feature = "torch"))]
pub fn library(z: &[f32]) -> Result<Library, Error> {
    Ok(Library { name: "softmax-core".into(), probabilities: softmax_core::softmax(z)? })
}
