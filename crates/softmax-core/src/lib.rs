//! Softmax, temperature, top-k, sampling and the numerics around them, on plain slices.
//!
//! Functions turn logits, such as those of a language model, into probabilities: slices in, slices or `Vec` out. `f32`
//! uses SIMD instructions chosen at run time. Error bounds are stated below.
//!
//! | question | answer | example |
//! |---|---|---|
//! | How probable is each token? | [`softmax`], [`log_softmax`]; for a matrix, [`softmax_rows`]; for a row in pieces, [`merge`] | |
//! | Which are the most probable? | [`top_k`], [`top_p`], [`argmax`] | |
//! | What comes next, at random? | [`Sampler`] | `sampling` |
//! | How certain is the model? | [`entropy`], [`perplexity`]; two of them, [`kl_divergence`], [`js_divergence`] | `temperature` |
//! | What goes wrong without care? | [`softmax_naive`], [`Diagnosis`] | `overflow` |
//!
//! Each example is a short program: `cargo run -p softmax-core --example sampling`.
//!
//! For the 50,257 logits of GPT-2, on one core of a Zen 5 with AVX-512, softmax and log_softmax take 7 µs, logsumexp
//! 5 µs, the top ten 6 µs. Functions with an output buffer do not allocate. The crate has three small dependencies, and
//! rayon unless [turned off](#features).
//!
//! # Softmax
//! Softmax turns logits, any real numbers, into probabilities:
//!
//! ```text
//! σ(z)ᵢ = exp(zᵢ) / Σⱼ exp(zⱼ)
//! ```
//!
//! `exp` makes every value positive, the division makes them sum to 1, and the order stays. Equal differences between
//! logits become equal ratios between probabilities: one more is a factor of e.
//!
//! ```
//! use softmax_core::{log_softmax, softmax};
//!
//! let z = [1.0_f64, 2.0, 3.0];
//! let p = softmax(&z)?;
//! assert_eq!(format!("{p:.4?}"), "[0.0900, 0.2447, 0.6652]");
//! assert!((p[1] / p[0] - 1.0_f64.exp()).abs() < 1e-15);
//! assert_eq!(format!("{:.4?}", log_softmax(&z)?), "[-2.4076, -1.4076, -0.4076]");
//! # Ok::<(), softmax_core::Error>(())
//! ```
//!
//! # Why the maximum is subtracted
//! The plain formula fails for ordinary logits. In `f32`, `exp(89)` overflows, `exp(-104)` is zero, and GPT-2's logits
//! are around −100. Since `exp(z − m) = exp(z) / exp(m)`, subtracting any `m` from all logits divides numerator and
//! denominator by the same number, which changes nothing in exact arithmetic. With the maximum as `m`, the largest term
//! is `exp(0) = 1`, so nothing overflows, and the sum is at least 1.
//!
//! ```
//! use softmax_core::{max_normalized, softmax, softmax_naive, Diagnosis};
//!
//! let z = [-110.0_f32, -111.0, -112.0];
//! let naive = softmax_naive(&z)?; // 0 / 0
//! assert_eq!(Diagnosis::of(&naive).nan, 3);
//! let cured = softmax_naive(&max_normalized(&z)?)?;
//! assert_eq!(format!("{cured:.4?}"), "[0.6652, 0.2447, 0.0900]");
//! assert_eq!(format!("{:.4?}", softmax(&z)?), "[0.6652, 0.2447, 0.0900]");
//! # Ok::<(), softmax_core::Error>(())
//! ```
//!
//! # Temperature
//! Logits divided by a [`Temperature`] below 1 move apart, and the distribution sharpens towards its most probable
//! value; above 1 they move together, and it flattens. Every function of logits is also a method of a temperature, with
//! the same arguments.
//!
//! ```
//! use softmax_core::{entropy, Temperature};
//!
//! let z = [1.0_f64, 2.0, 3.0];
//! let at = |t| Temperature::new(t)?.softmax(&z);
//! assert_eq!(format!("{:.4?}", at(0.25)?), "[0.0003, 0.0180, 0.9817]");
//! assert_eq!(format!("{:.4?}", at(1.0)?), "[0.0900, 0.2447, 0.6652]");
//! assert_eq!(format!("{:.4?}", at(4.0)?), "[0.2543, 0.3265, 0.4192]");
//! assert!(entropy(&at(0.25)?)? < entropy(&at(4.0)?)?);
//! assert_eq!(at(0.0).unwrap_err().to_string(), "temperature 0 is not accepted: it must be finite and greater than 0");
//! # Ok::<(), softmax_core::Error>(())
//! ```
//!
//! # Sampling
//! A [`Sampler`] draws from logits: [`Stage`]s that reshape the distribution, in an order that matters (see [`Order`]),
//! then a seeded choice, the same on every machine. Its trace shows what each stage keeps.
//!
//! ```
//! use softmax_core::{Order, Sampler, Stage, Temperature};
//!
//! let stages = [Stage::Temperature(Temperature::new(0.8)?), Stage::TopK(3), Stage::TopP(0.9)];
//! let mut sampler = Sampler::new(Order::Transformers.arrange(stages), 1)?;
//! let logits = [1.0, 4.0, 2.0, 3.5, -1.0];
//! let kept: Vec<usize> = sampler.trace(&logits, &[])?.iter().map(|row| row.kept).collect();
//! assert_eq!(kept, [5, 5, 3, 2]);
//! let step = sampler.step(&logits, &[])?;
//! assert_eq!((step.index, step.rank), (3, 2));
//! assert_eq!(format!("{:.4} {:.4}", step.probability, step.draw.unwrap()), "0.3373 0.9051");
//! # Ok::<(), softmax_core::Error>(())
//! ```
//!
//! # Words
//! - *logit*: a number that softmax turns into a probability; for a language model, one per token of its vocabulary.
//! - *temperature*: logits are divided by it before softmax.
//! - *logsumexp*: `ln Σ exp(zⱼ)`, the logarithm of softmax's denominator.
//! - *nucleus*: the smallest set of most probable values whose total probability reaches p; see [`top_p`].
//! - *nat*: the unit of [`entropy`] and the divergences, 1 / ln 2 bits.
//!
//! # Accuracy and special values
//! Against exact arithmetic on the same input: in `f32`, the relative error of a normal probability is at most 4e-7 and
//! their sum is within 1e-6 of 1, for any length, size of logits and instruction set; in `f64`, 4e-15. A probability
//! below the normal numbers may also be off by one subnormal step. The bounds hold at every temperature, from the
//! smallest number of `f64` to the largest. Tests check them; the largest error seen in `f32` is 2.1e-7.
//!
//! Special values are treated as PyTorch treats them. A NaN or +∞ among the logits, or nothing but −∞, has no softmax:
//! every result is NaN. Otherwise a logit of −∞ gets probability 0. Invalid arguments return an [`Error`].
//!
//! # Features
//! `parallel` (default): [`softmax_rows`], [`log_softmax_rows`] and their other forms distribute rows over the cores with
//! rayon.
//!
//! `serde`: [`Temperature`], [`Stage`], [`Order`], [`Step`], [`Traced`], [`Ranked`], [`Diagnosis`] and [`SimdPath`] can be
//! serialised. A temperature is a number and is checked when it is read; the number of a stage is checked by
//! [`Sampler::new`]. JSON has no NaN: a `Diagnosis` that has one becomes `null` there and cannot be read back.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod correlation;
mod diagnosis;
mod distribution;
mod double;
mod error;
mod float;
mod kernel;
mod linspace;
mod merge;
mod naive;
mod rank;
mod rows;
mod sampler;
mod simd;
mod softmax;
mod sum;
mod temperature;

pub use correlation::{pearson, spearman};
pub use diagnosis::Diagnosis;
pub use distribution::{entropy, js_divergence, kl_divergence, perplexity};
pub use error::Error;
pub use float::{Element, Float};
pub use half::{bf16, f16};
pub use linspace::linspace;
pub use merge::merge;
pub use naive::{max_normalized, softmax_naive};
pub use rank::{Ranked, argmax, top_k, top_p};
pub use rows::{
    log_softmax_rows, log_softmax_rows_in_place, log_softmax_rows_into, softmax_rows, softmax_rows_in_place,
    softmax_rows_into,
};
pub use sampler::{Order, Sampler, Stage, Step, Traced};
pub use simd::SimdPath;
pub use softmax::{
    log_softmax, log_softmax_in_place, log_softmax_into, logsumexp, softmax, softmax_in_place, softmax_into,
    softmax_online,
};
pub use sum::{numpy_sum, torch_sum};
pub use temperature::Temperature;
