use serde::Serialize;
use softmax_core::{Diagnosis, Temperature};

use crate::Error;

/// Softmax of plain numbers, in float64.
#[derive(Debug, Serialize)]
pub struct SoftmaxReport {
    /// The numbers.
    #[serde(serialize_with = "super::numbers_or_names")]
    pub z: Vec<f64>,
    /// T.
    pub temperature: f64,
    /// `σ(z / T)`.
    #[serde(serialize_with = "super::numbers_or_names")]
    pub probabilities: Vec<f64>,
    /// Their sum as `numpy.sum` adds it, null where it is NaN.
    pub sum: f64,
    /// Index of the largest.
    pub argmax: usize,
    /// In nats; none of probabilities that are NaN.
    pub entropy: Option<f64>,
    /// How many equally likely numbers would be as uncertain.
    pub perplexity: Option<f64>,
    /// How many values of `exp(z/T) / Σ exp(z/T)` in float32 are NaN.
    pub unnormalised_nan: usize,
}

/// Softmax of `z` at a temperature, and what the bare formula gives in float32.
///
/// # Errors
/// If `z` is empty.
pub fn softmax(z: Vec<f64>, temperature: Temperature) -> Result<SoftmaxReport, Error> {
    let probabilities = temperature.softmax(&z)?;
    let scaled: Vec<f32> = z.iter().map(|z| (z / temperature.value()) as f32).collect();
    Ok(SoftmaxReport {
        temperature: temperature.value(),
        sum: softmax_core::numpy_sum(&probabilities),
        argmax: softmax_core::argmax(&probabilities)?,
        entropy: softmax_core::entropy(&probabilities).ok(),
        perplexity: softmax_core::perplexity(&probabilities).ok(),
        unnormalised_nan: Diagnosis::of(&softmax_core::softmax_naive(&scaled)?).nan,
        z,
        probabilities,
    })
}
