//! Parts 1 to 4 of the notebook.

use std::borrow::Cow;

use serde::Serialize;
use softmax_core::{Diagnosis, Temperature, torch_sum};

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, TokenNames, TokenProbability, left_out, top_tokens},
};

/// The notebook's seven numbers.
pub const NOTEBOOK_Z: [f64; 7] = [1.0, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1];

/// A library's softmax of the numbers, and the library's name.
#[derive(Debug, Clone, Serialize)]
pub struct Library {
    /// `PyTorch`, or `softmax-core` in a lab without libtorch.
    pub name: Cow<'static, str>,
    /// Its softmax in float32.
    pub probabilities: Vec<f32>,
}

impl Library {
    /// The softmax of PyTorch's libtorch where this build has it, otherwise softmax-core's.
    ///
    /// # Errors
    /// libtorch's; softmax-core's if `z` is empty.
    pub fn of_build(z: &[f32]) -> Result<Self, Error> {
        #[cfg(feature = "torch")]
        let (name, probabilities) = ("PyTorch", gpt2_runner::torch_softmax(z)?);
        #[cfg(not(feature = "torch"))]
        let (name, probabilities) = ("softmax-core", softmax_core::softmax(z)?);
        Ok(Self { name: name.into(), probabilities })
    }
}

/// Softmax by the formula and by a library.
#[derive(Debug, Clone, Serialize)]
pub struct Part1Report {
    /// The numbers.
    pub z: Vec<f64>,
    /// `exp(z) / Σ exp(z)` in float64.
    pub manual: Vec<f64>,
    /// The sum of `manual`.
    pub manual_sum: f64,
    /// The library's result.
    pub library: Library,
    /// The largest difference between the two.
    pub max_difference: f64,
}

/// Computes part 1; `library` is the library's softmax of `z` as float32.
///
/// # Errors
/// If `z` is empty, or as long as `library` is not.
pub fn part1(z: &[f64], library: Library) -> Result<Part1Report, Error> {
    let manual = softmax_core::softmax_naive(z)?;
    if library.probabilities.len() != z.len() {
        return Err(softmax_core::Error::LengthMismatch { left: z.len(), right: library.probabilities.len() }.into());
    }
    let max_difference =
        manual.iter().zip(&library.probabilities).map(|(m, &l)| (m - f64::from(l)).abs()).fold(0.0, f64::max);
    Ok(Part1Report { z: z.to_vec(), manual_sum: softmax_core::numpy_sum(&manual), manual, library, max_difference })
}

/// The notebook's four temperatures.
pub const NOTEBOOK_TEMPERATURES: [f64; 4] = [0.3, 0.6, 1.0, 1.4];

/// How many numbers are evenly spaced between −5 and 5.
const POINTS: usize = 55;

/// Softmax of evenly spaced numbers at some temperatures.
#[derive(Debug, Clone, Serialize)]
pub struct Part2Report {
    /// The first number, the last, and how many there are.
    pub range: (f32, f32, usize),
    /// Whether the figure's y axis is logarithmic.
    pub log_y: bool,
    /// One for each temperature.
    pub curves: Vec<TemperatureCurve>,
    /// The numbers.
    #[serde(skip)]
    pub x: Vec<f32>,
}

/// Softmax at one temperature.
#[derive(Debug, Clone, Serialize)]
pub struct TemperatureCurve {
    /// T.
    pub temperature: f64,
    /// The largest probability.
    pub max: f32,
    /// The smallest.
    pub min: f32,
    /// In nats.
    pub entropy: f64,
    /// How many equally likely numbers would be as uncertain.
    pub perplexity: f64,
    /// `σ(x / T)`.
    #[serde(skip)]
    pub probabilities: Vec<f32>,
}

/// Computes part 2.
///
/// # Errors
/// None for the numbers that the part has; softmax's own otherwise.
pub fn part2(temperatures: &[Temperature], log_y: bool) -> Result<Part2Report, Error> {
    let x = softmax_core::linspace(-5.0_f32, 5.0, POINTS);
    let curves = temperatures
        .iter()
        .map(|&t| {
            let probabilities = t.softmax(&x)?;
            Ok(TemperatureCurve {
                temperature: t.value(),
                max: probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max),
                min: probabilities.iter().copied().fold(f32::INFINITY, f32::min),
                entropy: softmax_core::entropy(&probabilities)?,
                perplexity: softmax_core::perplexity(&probabilities)?,
                probabilities,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Part2Report { range: (-5.0, 5.0, POINTS), log_y, curves, x })
}

/// From logits to probabilities over the whole vocabulary.
#[derive(Debug, Clone, Serialize)]
pub struct Part3Report {
    /// The number of parameters of each available model; a model that occurs twice is listed once.
    pub parameters: Vec<Parameters>,
    /// The prompt.
    pub prompt: Prompt,
    /// Shape of the model's output, `[1, T, V]`. Only its last row is computed.
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
/// For `k` greater than V.
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
