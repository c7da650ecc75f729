//! Part 5: where the formulas of softmax break.

use serde::Serialize;
use softmax_core::{Diagnosis, Element, bf16, f16, max_normalized, softmax, softmax_naive, torch_sum};

use super::{Comparison, compare};
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
        let normalised = max_normalized(&logits)?;
        Ok(Self {
            title: title.to_owned(),
            manual: softmax_naive(&logits)?,
            manual_normalised: softmax_naive(&normalised)?,
            normalised,
            library: softmax(&logits)?,
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
    /// Counts where the formulas break, in four types.
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

/// One way to write softmax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// `exp(z) / Σ exp(z)`.
    Manual,
    /// The same of `z − max z`.
    MaxNormalised,
    /// softmax-core's, which for the 16-bit types computes in float32 and rounds once, as PyTorch does.
    Library,
}

/// A binary floating-point type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberType {
    /// 5 bits of exponent, 11 of precision.
    Float16,
    /// 8 bits of exponent, 8 of precision.
    Bfloat16,
    /// 8 bits of exponent, 24 of precision.
    Float32,
    /// 11 bits of exponent, 53 of precision.
    Float64,
}

impl NumberType {
    /// All four, from the smallest.
    pub const ALL: [Self; 4] = [Self::Float16, Self::Bfloat16, Self::Float32, Self::Float64];

    /// Its smallest subnormal, smallest normal and largest number, as powers of ten.
    pub fn powers_of_ten(self) -> [f64; 3] {
        let of_two = |exponent: f64| exponent * 2_f64.log10();
        match self {
            Self::Float16 => [of_two(-24.0), of_two(-14.0), of_two(16.0)],
            Self::Bfloat16 => [of_two(-133.0), of_two(-126.0), of_two(128.0)],
            Self::Float32 => [of_two(-149.0), of_two(-126.0), of_two(128.0)],
            Self::Float64 => [of_two(-1074.0), of_two(-1022.0), of_two(1024.0)],
        }
    }

    /// Its name in PyTorch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }
}

/// `Σ exp(z − max z)` in one type, added in two orders.
#[derive(Debug, Clone, Serialize)]
pub struct SumOrders {
    /// The type.
    pub number_type: NumberType,
    /// As PyTorch adds: in parts, in float32, and rounded once. Null where that is infinite.
    pub pytorch: f64,
    /// One after the other, rounded after each addition.
    pub plain_loop: f64,
}

/// The state of one model's probabilities, by one formula in one type.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The formula.
    pub formula: Formula,
    /// The type that `exp`, the sum and the quotient are rounded to.
    pub number_type: NumberType,
    /// How many values are NaN.
    pub nan: usize,
    /// How many are exactly zero.
    pub zero: usize,
    /// How many are subnormal: not zero, but too small for the type's full precision.
    pub subnormal: usize,
    /// The sum of the probabilities, added in float64. Null where it is NaN.
    pub sum: f64,
}

/// All formulas in all types, for one model's logits rounded to each type.
///
/// # Errors
/// If there are no logits.
pub fn outcomes(logits: &[f32]) -> Result<Vec<Outcome>, Error> {
    let half: Vec<f16> = logits.iter().map(|&z| f16::from_f32(z)).collect();
    let brain: Vec<bf16> = logits.iter().map(|&z| bf16::from_f32(z)).collect();
    let double: Vec<f64> = logits.iter().map(|&z| f64::from(z)).collect();
    let widened = |x: &mut dyn Iterator<Item = f32>| softmax(&x.collect::<Vec<f32>>());
    let half_softmax = widened(&mut half.iter().map(|z| z.to_f32()))?;
    let brain_softmax = widened(&mut brain.iter().map(|z| z.to_f32()))?;
    let library = [
        diagnose(&half_softmax.iter().map(|&p| f16::from_f32(p)).collect::<Vec<_>>()),
        diagnose(&brain_softmax.iter().map(|&p| bf16::from_f32(p)).collect::<Vec<_>>()),
        diagnose(&softmax(logits)?),
        diagnose(&softmax(&double)?),
    ];
    let manual = [
        diagnose(&softmax_naive(&half)?),
        diagnose(&softmax_naive(&brain)?),
        diagnose(&softmax_naive(logits)?),
        diagnose(&softmax_naive(&double)?),
    ];
    let normalised = [
        diagnose(&softmax_naive(&max_normalized(&half)?)?),
        diagnose(&softmax_naive(&max_normalized(&brain)?)?),
        diagnose(&softmax_naive(&max_normalized(logits)?)?),
        diagnose(&softmax_naive(&max_normalized(&double)?)?),
    ];
    let formulas = [(Formula::Manual, manual), (Formula::MaxNormalised, normalised), (Formula::Library, library)];
    Ok(formulas
        .into_iter()
        .flat_map(|(formula, found)| {
            NumberType::ALL.into_iter().zip(found).map(move |(number_type, d)| Outcome {
                formula,
                number_type,
                nan: d.nan,
                zero: d.zeros,
                subnormal: d.subnormals,
                sum: d.sum,
            })
        })
        .collect())
}

/// The two sums of one model's logits rounded to float16, bfloat16 and float32.
///
/// # Errors
/// If there are no logits.
pub fn sum_orders(logits: &[f32]) -> Result<[SumOrders; 3], Error> {
    fn orders<T: Element>(number_type: NumberType, logits: &[f32]) -> Result<SumOrders, Error> {
        let z: Vec<T> = logits.iter().map(|&z| T::from_f64(z.into())).collect();
        let exp: Vec<T> = max_normalized(&z)?.iter().map(|z| T::from_f64(z.to_f64().exp())).collect();
        let pytorch = torch_sum(&exp.iter().map(|v| v.to_f64() as f32).collect::<Vec<_>>());
        let plain_loop = exp.iter().fold(T::default(), |sum, v| T::from_f64(sum.to_f64() + v.to_f64()));
        let pytorch = T::from_f64(pytorch.into()).to_f64();
        Ok(SumOrders { number_type, pytorch, plain_loop: plain_loop.to_f64() })
    }
    Ok([
        orders::<f16>(NumberType::Float16, logits)?,
        orders::<bf16>(NumberType::Bfloat16, logits)?,
        orders::<f32>(NumberType::Float32, logits)?,
    ])
}

fn diagnose<T: Element>(x: &[T]) -> Diagnosis {
    Diagnosis::of(x)
}
