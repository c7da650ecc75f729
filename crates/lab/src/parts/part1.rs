use std::borrow::Cow;

use serde::Serialize;

use crate::Error;

/// The notebook's seven numbers.
pub const NOTEBOOK_Z: [f64; 7] = [1.0, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1];

/// A library's softmax of the numbers: whose, and what it gave.
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
    /// The library's answer.
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
