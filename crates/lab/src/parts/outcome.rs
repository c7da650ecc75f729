use serde::Serialize;
use softmax_core::{Diagnosis, Element, bf16, f16, max_normalized, softmax, softmax_naive, torch_sum};

use crate::Error;

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
