//! Models, run.

use crate::{Context, Error, source::ModelSource};

/// A model, ready to run.
#[cfg(feature = "torch")]
pub(crate) fn load(source: &ModelSource, device: &str, context: &Context) -> Result<gpt2_runner::Gpt2, Error> {
    let Context { progress, timings } = context;
    let title = &source.facts.title;
    progress.step(format!("loading {title} ({:.1} GB)", source.bytes() as f64 / 1e9));
    timings.time(format!("load {title}"), || source.load(device.parse()?))
}

/// A model's logits `[V]` at the last position of each prompt.
#[cfg(feature = "torch")]
pub(crate) fn next_token_logits(
    source: &ModelSource,
    device: &str,
    prompts: &[&[u32]],
    context: &Context,
) -> Result<Vec<Vec<f32>>, Error> {
    let Context { progress, timings } = context;
    let title = &source.facts.title;
    let model = load(source, device, context)?;
    progress.step(format!("running {title}"));
    let logits = timings.time(format!("run {title}"), || {
        prompts.iter().map(|ids| model.next_token_logits(ids)).collect::<Result<Vec<_>, _>>()
    })?;
    timings.time(format!("drop {title}"), || drop(model));
    Ok(logits)
}

/// Without libtorch there are no models.
#[cfg(not(feature = "torch"))]
pub(crate) fn next_token_logits(
    _source: &ModelSource,
    _device: &str,
    _prompts: &[&[u32]],
    _context: &Context,
) -> Result<Vec<Vec<f32>>, Error> {
    Err(Error::NoTorch)
}
