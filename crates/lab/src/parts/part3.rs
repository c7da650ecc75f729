use serde::Serialize;
use softmax_core::{Diagnosis, Temperature, torch_sum};

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, TokenNames, TokenProbability, left_out, top_tokens},
};

/// From logits to probabilities over the whole vocabulary.
#[derive(Debug, Clone, Serialize)]
pub struct Part3Report {
    /// The number of parameters of each available model; a model that occurs twice is listed once.
    pub parameters: Vec<Parameters>,
    /// The prompt.
    pub prompt: Prompt,
    /// Shape of the model's answer, `[1, T, V]`. Only its last row is computed.
    pub logits_shape: [usize; 3],
    /// How many logits are −∞; their tokens have the probability 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// The sum of the last row's logits in float32, added in PyTorch's order.
    #[serde(serialize_with = "super::number_or_name")]
    pub logits_sum: f32,
    /// The sum of the probabilities, likewise.
    pub probabilities_sum: f32,
    /// The most probable token.
    pub argmax: TokenProbability,
    /// The most probable tokens, largest first.
    pub top: Vec<TokenProbability>,
    /// How many of the V values of `exp(z) / Σ exp(z)` in float32 are NaN.
    pub unnormalised_nan: usize,
    /// How many are zero.
    pub unnormalised_zero: usize,
    /// `Σ exp(z)` in float32: 0 where all exponentials are too small, which gives NaN; subnormal where only their
    /// first bits are left. As text where it overflows.
    #[serde(serialize_with = "super::number_or_name")]
    pub unnormalised_sum: f32,
    /// `[V]`: the last row.
    #[serde(skip)]
    pub logits: Vec<f32>,
    /// `[V]`: its softmax.
    #[serde(skip)]
    pub probabilities: Vec<f32>,
    /// The model's name in a figure's title.
    #[serde(skip)]
    pub model_title: String,
}

/// A model's number of parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameters {
    /// The model's name.
    pub model: String,
    /// Its name in the notebook's lines.
    #[serde(skip)]
    pub notebook_name: String,
    /// `None` if a file of logits does not state it.
    pub parameters: Option<u64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl Parameters {
    fn of(model: &ModelFacts) -> Self {
        let ModelFacts { name, parameters, .. } = model;
        Self { model: name.clone(), notebook_name: model.notebook_name(), parameters: *parameters }
    }
}

/// Computes part 3 from the small model's logits `[V]` at the last of the prompt's `n_tokens` positions.
///
/// # Errors
/// For logits that are not one for each token of the vocabulary, or `k` beyond their number.
pub fn part3(
    models: &[ModelFacts],
    prompt: &Prompt,
    n_tokens: usize,
    logits: &[f32],
    k: usize,
    names: &dyn TokenNames,
) -> Result<Part3Report, Error> {
    let probabilities = softmax_core::softmax(logits)?;
    let top = top_tokens(logits, k, Temperature::ONE, names)?;
    let index = softmax_core::argmax(&probabilities)?;
    let argmax = TokenProbability::new(index, probabilities[index], names);
    let unnormalised = Diagnosis::of(&softmax_core::softmax_naive(logits)?);
    let mut parameters: Vec<Parameters> = models.iter().map(Parameters::of).collect();
    parameters.dedup();
    Ok(Part3Report {
        parameters,
        prompt: prompt.clone(),
        logits_shape: [1, n_tokens, logits.len()],
        left_out: left_out(logits),
        logits_sum: torch_sum(logits),
        probabilities_sum: torch_sum(&probabilities),
        argmax,
        top,
        unnormalised_nan: unnormalised.nan,
        unnormalised_zero: unnormalised.zeros,
        unnormalised_sum: torch_sum(&logits.iter().map(|z| z.exp()).collect::<Vec<_>>()),
        logits: logits.to_vec(),
        probabilities,
        model_title: models.first().map(|m| m.title.clone()).unwrap_or_default(),
    })
}
