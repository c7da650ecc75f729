use serde::Serialize;
use softmax_core::Temperature;

use crate::Error;

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
