use gpt2_runner::Gpt2Tokenizer;
use serde::Serialize;
use softmax_core::Temperature;

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, TokenProbability, top_tokens},
};

/// The most probable next tokens of a text.
#[derive(Debug, Serialize)]
pub struct NextReport {
    /// The model.
    pub model: ModelFacts,
    /// The text.
    pub prompt: Prompt,
    /// T.
    pub temperature: f64,
    /// The most probable tokens, largest first.
    pub top: Vec<TokenProbability>,
}

/// Lists the `k` most probable next tokens from the model's logits `[V]` at the prompt's last position.
///
/// # Errors
/// For `k` of 0 or greater than V.
pub fn next(
    model: ModelFacts,
    prompt: Prompt,
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    tokenizer: &Gpt2Tokenizer,
) -> Result<NextReport, Error> {
    let top = top_tokens(logits, k, temperature, tokenizer)?;
    Ok(NextReport { model, prompt, temperature: temperature.value(), top })
}
