use serde::Serialize;
use softmax_core::Temperature;

use crate::{
    Error,
    token::{Prompt, TokenNames, TokenProbability, top_tokens},
};

/// How many tokens the notebook lists.
pub const NOTEBOOK_K: usize = 10;
/// The notebook's three temperatures.
pub const NOTEBOOK_TOP_TEMPERATURES: [f64; 3] = [0.5, 1.0, 1.5];

/// The most probable tokens, and what temperature does to them.
#[derive(Debug, Clone, Serialize)]
pub struct Part4Report {
    /// The prompt.
    pub prompt: Prompt,
    /// How many tokens are listed.
    pub k: usize,
    /// The most probable tokens at T = 1, largest first.
    pub top: Vec<TokenProbability>,
    /// The same at each temperature.
    pub temperatures: Vec<TopAtTemperature>,
    /// `[V]`: the model's logits at the last position.
    #[serde(skip)]
    pub logits: Vec<f32>,
}

/// The most probable tokens at one temperature.
#[derive(Debug, Clone, Serialize)]
pub struct TopAtTemperature {
    /// T.
    pub temperature: f64,
    /// Largest first.
    pub top: Vec<TokenProbability>,
    /// Of the whole distribution, in nats.
    pub entropy: f64,
    /// How many equally likely tokens would be as uncertain.
    pub perplexity: f64,
}

/// Computes part 4 from the small model's logits `[V]` at the prompt's last position.
///
/// # Errors
/// For `k` of 0 or greater than V.
pub fn part4(
    prompt: &Prompt,
    logits: &[f32],
    k: usize,
    temperatures: &[Temperature],
    names: &dyn TokenNames,
) -> Result<Part4Report, Error> {
    let temperatures = temperatures
        .iter()
        .map(|&t| {
            let probabilities = t.softmax(logits)?;
            Ok(TopAtTemperature {
                temperature: t.value(),
                top: top_tokens(logits, k, t, names)?,
                entropy: softmax_core::entropy(&probabilities)?,
                perplexity: softmax_core::perplexity(&probabilities)?,
            })
        })
        .collect::<Result<_, Error>>()?;
    let top = top_tokens(logits, k, Temperature::ONE, names)?;
    Ok(Part4Report { prompt: prompt.clone(), k, top, temperatures, logits: logits.to_vec() })
}
