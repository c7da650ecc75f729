use thiserror::Error;

use crate::{SimdPath, Stage, Temperature};

/// An invalid input. Each variant has the offending value, and its message states what is accepted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// An empty input.
    #[error("the input is empty: at least one value is needed")]
    Empty,
    /// A temperature must be finite and greater than zero.
    #[error("temperature {value} is not accepted: it must be finite and greater than 0")]
    Temperature {
        /// The refused temperature.
        value: f64,
    },
    /// A text that is not a number, where a temperature is needed.
    #[error("{text:?} is not a temperature: it must be a finite number greater than 0")]
    NotATemperature {
        /// The refused text.
        text: String,
    },
    /// Two slices that belong together have different lengths.
    #[error("the lengths differ: {left} values against {right}; both must be the same")]
    LengthMismatch {
        /// Length of the first slice.
        left: usize,
        /// Length of the second slice.
        right: usize,
    },
    /// A matrix does not divide into rows.
    #[error(
        "{len} values cannot be split into rows of {n_cols}: the length must be a multiple of a positive row length"
    )]
    Rows {
        /// Number of values in the matrix.
        len: usize,
        /// The refused row length.
        n_cols: usize,
    },
    /// More values were requested than there are.
    #[error("the top {k} of {len} values do not exist: k must be at most {len}")]
    TopK {
        /// The refused number of values.
        k: usize,
        /// Number of values in the input.
        len: usize,
    },
    /// The share of probability for [`top_p`](crate::top_p) must lie in (0, 1].
    #[error("p = {value} is not accepted: it must be greater than 0 and at most 1")]
    TopP {
        /// The refused share.
        value: f64,
    },
    /// The number in a sampler's stage is not accepted.
    #[error("{stage} is not accepted: it must be {accepted}")]
    Stage {
        /// The refused stage.
        stage: Stage,
        /// The accepted numbers.
        accepted: &'static str,
    },
    /// Two temperatures for one sampler. The result would depend on the stages between them.
    #[error("a sampler has one temperature, not both {first} and {second}")]
    TwoTemperatures {
        /// The first.
        first: Temperature,
        /// The second.
        second: Temperature,
    },
    /// An unknown order of stages.
    #[error("there is no order {name:?}: it must be transformers or llama.cpp")]
    Order {
        /// The refused name.
        name: String,
    },
    /// A logit that makes drawing impossible: NaN or +∞.
    #[error("the logit {value} at index {index} is not accepted: it must be a finite number or -inf")]
    Logit {
        /// Position of the logit.
        index: usize,
        /// The logit itself.
        value: f32,
    },
    /// All logits are −∞: there is nothing to choose.
    #[error("all {len} logits are -inf: at least one must be a finite number")]
    NoCandidate {
        /// Number of logits.
        len: usize,
    },
    /// A token of the context is not one of the vocabulary.
    #[error("index {id} of the context is beyond the {len} logits")]
    Context {
        /// The refused index.
        id: u32,
        /// Number of logits.
        len: usize,
    },
    /// More logits than a sampler can number.
    #[error("{len} logits are too many: at most 4294967295 are accepted")]
    TooManyLogits {
        /// Number of logits.
        len: usize,
    },
    /// A value is not a probability.
    #[error("value {value} at index {index} is not a probability: it must lie between 0 and 1")]
    NotAProbability {
        /// Position of the value.
        index: usize,
        /// The value itself.
        value: f64,
    },
    /// The values are probabilities but do not sum to one.
    #[error("the probabilities sum to {sum}: they must sum to 1 (± 0.001); apply softmax first")]
    NotADistribution {
        /// The sum.
        sum: f64,
    },
    /// A correlation needs at least two pairs.
    #[error("{len} pair(s) have no correlation: at least 2 are needed")]
    TooFewPairs {
        /// Number of pairs.
        len: usize,
    },
    /// The CPU does not have the instructions of this path.
    #[error("this processor has no {path}: {}", here())]
    PathUnavailable {
        /// The refused path.
        path: SimdPath,
    },
    /// An unknown path.
    #[error("there is no instruction set {name:?}: {}", here())]
    UnknownPath {
        /// The refused name.
        name: String,
    },
}

/// The names of the paths that this CPU supports.
fn here() -> String {
    let names: Vec<&str> = SimdPath::available().map(SimdPath::name).collect();
    format!("it must be one of {}", names.join(", "))
}
