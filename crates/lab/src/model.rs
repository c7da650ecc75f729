//! Models, run.

use crate::{Context, Error, parts::Library, source::ModelSource};

/// A model, ready to run.
pub fn load(source: &ModelSource, context: &Context) -> Result<gpt2_runner::Gpt2, Error> {
    let Context { progress, timings } = context;
    let title = &source.facts.title;
    progress.step(&format!("loading {title} ({:.1} GB)", source.bytes() as f64 / 1e9));
    timings.time(format!("load {title}"), || source.load())
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
