use serde::Serialize;

use super::{Comparison, Outcome, SumOrders, compare, outcomes, sum_orders};
use crate::{
    Error,
    token::{Prompt, TokenNames},
};

/// The two indices at which the notebook looks: a logit and a probability by the manual formula.
pub const MODEL_INDEX: (usize, usize) = (3000, 1000);

/// Softmax by several formulas, and where it breaks.
#[derive(Debug, Clone, Serialize)]
pub struct Part5Report {
    /// The prompt.
    pub prompt: Prompt,
    /// The first model's logit at index 3000.
    pub shown_logit: f32,
    /// The first model's `exp(z) / Σ exp(z)` at index 1000, as text where it is not finite.
    #[serde(serialize_with = "super::number_or_name")]
    pub shown_manual: f32,
    /// One or two models.
    pub models: Vec<ModelReport>,
    /// How two models compare.
    pub comparison: Option<Comparison>,
}

/// One model's numbers.
#[derive(Debug, Clone, Serialize)]
pub struct ModelReport {
    /// The model's title.
    pub title: String,
    /// The largest logit, which the normalisation subtracts.
    pub max_logit: f32,
    /// The state of the probabilities.
    pub outcomes: Vec<Outcome>,
    /// The sum that the formula divides by once the maximum is subtracted, added in two orders.
    pub sums: [SumOrders; 3],
    /// The vectors for the figures.
    #[serde(skip)]
    pub vectors: ModelVectors,
}

/// One model's logits and the results of the formulas in float32, each `[V]`.
#[derive(Debug, Clone)]
pub struct ModelVectors {
    /// The model's title.
    pub title: String,
    /// Logits.
    pub logits: Vec<f32>,
    /// `exp(z) / Σ exp(z)`.
    pub manual: Vec<f32>,
    /// `z − max z`.
    pub normalised: Vec<f32>,
    /// The manual formula of those.
    pub manual_normalised: Vec<f32>,
    /// softmax-core's softmax.
    pub library: Vec<f32>,
}

impl ModelVectors {
    /// Runs the formulas on one model's logits.
    ///
    /// # Errors
    /// If there are none.
    pub fn new(title: &str, logits: Vec<f32>) -> Result<Self, Error> {
        let normalised = softmax_core::max_normalized(&logits)?;
        Ok(Self {
            title: title.to_owned(),
            manual: softmax_core::softmax_naive(&logits)?,
            manual_normalised: softmax_core::softmax_naive(&normalised)?,
            normalised,
            library: softmax_core::softmax(&logits)?,
            logits,
        })
    }

    /// The smallest and the largest `exp(z)`, as powers of ten, regardless of any type's range.
    pub fn exp_range(&self) -> (f64, f64) {
        let powers = self.logits.iter().map(|&z| f64::from(z) * std::f64::consts::LOG10_E);
        // exp(−∞) is 0 in any type.
        let powers = powers.filter(|power| power.is_finite());
        powers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), power| (low.min(power), high.max(power)))
    }
}

/// The ends of an axis of powers of ten for some models' [`exp_range`](ModelVectors::exp_range): multiples of ten, at
/// least −60 to 60, at most −300 to 300.
pub fn exponent_axis(ranges: &[(f64, f64)]) -> (f64, f64) {
    let tens = |power: f64| (power / 10.0).clamp(-30.0, 30.0);
    let first = ranges.iter().map(|(low, _)| 10.0 * tens(*low).floor()).fold(-60.0, f64::min);
    let last = ranges.iter().map(|(_, high)| 10.0 * tens(*high).ceil()).fold(60.0, f64::max);
    (first, last)
}

impl ModelReport {
    /// Looks where the formulas break, in four types.
    ///
    /// # Errors
    /// If there are no logits.
    pub fn new(vectors: ModelVectors) -> Result<Self, Error> {
        Ok(Self {
            title: vectors.title.clone(),
            max_logit: vectors.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            outcomes: outcomes(&vectors.logits)?,
            sums: sum_orders(&vectors.logits)?,
            vectors,
        })
    }
}

/// Computes part 5 from what [`ModelReport::new`] made of one or two models' logits for the prompt.
///
/// # Errors
/// If there is no model, or their vocabularies differ.
pub fn part5(
    prompt: &Prompt,
    models: Vec<ModelReport>,
    k: usize,
    names: &dyn TokenNames,
) -> Result<Part5Report, Error> {
    let first = models.first().ok_or(softmax_core::Error::Empty)?;
    let compare = |second: &ModelReport| {
        let titles = [first.title.as_str(), &second.title];
        compare(titles, &first.vectors.logits, &second.vectors.logits, k, names)
    };
    let comparison = models.get(1).map(compare).transpose()?;
    let at = |x: &[f32], index: usize| x.get(index).copied().unwrap_or(f32::NAN);
    Ok(Part5Report {
        prompt: prompt.clone(),
        shown_logit: at(&first.vectors.logits, MODEL_INDEX.0),
        shown_manual: at(&first.vectors.manual, MODEL_INDEX.1),
        models,
        comparison,
    })
}
