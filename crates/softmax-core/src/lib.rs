//! Softmax, temperature, top-k and the numerics around them, on plain slices.
//!
//! ```
//! use softmax_core::{softmax, softmax_with, Temperature};
//!
//! let p = softmax(&[1.0_f64, 2.0, 3.0])?;
//! assert_eq!(format!("{p:.3?}"), "[0.090, 0.245, 0.665]");
//! let sharper = softmax_with(&[1.0_f64, 2.0, 3.0], Temperature::new(0.5)?)?;
//! assert_eq!(format!("{sharper:.3?}"), "[0.016, 0.117, 0.867]");
//! # Ok::<(), softmax_core::Error>(())
//! ```
//!
//! Every function `f` of logits has a twin `f_with` that takes the same arguments and then a [`Temperature`].

mod correlation;
mod diagnosis;
mod distribution;
mod double;
mod error;
mod float;
mod kernel;
mod linspace;
mod naive;
mod rank;
mod rows;
mod simd;
mod softmax;
mod temperature;

pub use correlation::{pearson, spearman};
pub use diagnosis::Diagnosis;
pub use distribution::{entropy, js_divergence, kl_divergence, perplexity};
pub use error::Error;
pub use float::{Element, Float};
pub use half::{bf16, f16};
pub use linspace::linspace;
pub use naive::{max_normalized, softmax_naive};
pub use rank::{Ranked, argmax, top_k, top_p};
pub use rows::{log_softmax_rows, log_softmax_rows_with, softmax_rows, softmax_rows_with};
pub use simd::SimdPath;
pub use softmax::{
    log_softmax, log_softmax_in_place, log_softmax_in_place_with, log_softmax_into, log_softmax_into_with,
    log_softmax_with, logsumexp, logsumexp_with, softmax, softmax_in_place, softmax_in_place_with, softmax_into,
    softmax_into_with, softmax_online, softmax_online_with, softmax_with,
};
pub use temperature::Temperature;
