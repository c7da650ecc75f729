use std::{fmt, str::FromStr};

use crate::{Error, Temperature};

/// One step from a model's distribution to the one that is drawn from.
///
/// Every stage keeps the same candidates as in Hugging Face transformers, ties included: equally probable candidates
/// are kept or dropped together, except at the edge of a nucleus.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Stage {
    /// Logits of tokens that the context holds are divided by this number where they are positive and multiplied by it
    /// where they are negative (Keskar et al. 2019, [arXiv:1909.05858](https://arxiv.org/abs/1909.05858)). Above 1 it
    /// makes repetition less probable; it must be finite and greater than 0.
    RepetitionPenalty(f64),
    /// Logits are divided by the temperature. A sampler has at most one.
    Temperature(Temperature),
    /// Keeps the `k` most probable candidates, and those as probable as the last of them; all, if there are no more
    /// than `k`. At least 1.
    TopK(usize),
    /// The nucleus: keeps the fewest most probable candidates that together reach this share of the probability
    /// (Holtzman et al. 2020, [arXiv:1904.09751](https://arxiv.org/abs/1904.09751)). Of equally probable ones at its
    /// edge, those with the highest index, which a stable ascending sort leaves last. In (0, 1]; 1 keeps all.
    TopP(f64),
    /// Keeps candidates that are at least this share as probable as the most probable one (Nguyen et al. 2024,
    /// [arXiv:2407.01082](https://arxiv.org/abs/2407.01082)). Schaeffer et al. 2025
    /// ([arXiv:2506.13681](https://arxiv.org/abs/2506.13681)) dispute that paper's evidence that it gives better text
    /// than other samplers. In [0, 1]; 0 keeps all.
    MinP(f64),
    /// Locally typical: keeps the candidates whose surprisal `−ln p` is nearest to the entropy, as many as it takes to
    /// reach this share of the probability, and those as near as the last of them (Meister et al. 2023,
    /// [arXiv:2202.00666](https://arxiv.org/abs/2202.00666)). The most probable candidate may be lost. In (0, 1]; 1
    /// keeps all.
    Typical(f64),
}

impl Stage {
    /// Checks the number in it.
    pub(super) fn check(self) -> Result<(), Error> {
        let (ok, accepted) = match self {
            Stage::RepetitionPenalty(v) => (v.is_finite() && v > 0.0, "a finite number greater than 0"),
            Stage::Temperature(_) => (true, "a temperature"),
            Stage::TopK(k) => (k > 0, "1 or more"),
            Stage::TopP(p) | Stage::Typical(p) => (p > 0.0 && p <= 1.0, "greater than 0 and at most 1"),
            Stage::MinP(p) => ((0.0..=1.0).contains(&p), "between 0 and 1"),
        };
        if ok { Ok(()) } else { Err(Error::Stage { stage: self, accepted }) }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stage::RepetitionPenalty(v) => write!(f, "repetition penalty {v}"),
            Stage::Temperature(t) => write!(f, "temperature {t}"),
            Stage::TopK(k) => write!(f, "top-k {k}"),
            Stage::TopP(p) => write!(f, "top-p {p}"),
            Stage::MinP(p) => write!(f, "min-p {p}"),
            Stage::Typical(p) => write!(f, "typical {p}"),
        }
    }
}

/// In which order stages are applied. The same numbers in another order are another distribution: a temperature above 1
/// flattens it, and the nucleus after that is larger than before.
///
/// ```
/// use softmax_core::{Order, Stage, Temperature};
///
/// let stages = [Stage::TopP(0.9), Stage::Temperature(Temperature::new(1.4)?), Stage::TopK(50)];
/// let show = |order: Order| order.arrange(stages).map(|stage| stage.to_string()).join(", ");
/// assert_eq!(show(Order::Transformers), "temperature 1.4, top-k 50, top-p 0.9");
/// assert_eq!(show(Order::LlamaCpp), "top-k 50, top-p 0.9, temperature 1.4");
/// # Ok::<(), softmax_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Order {
    /// Temperature first: repetition penalty, temperature, top-k, top-p, min-p, typical. The order of `generate` in
    /// Hugging Face transformers.
    #[default]
    Transformers,
    /// Temperature last: repetition penalty, top-k, typical, top-p, min-p, temperature. llama.cpp's default.
    #[cfg_attr(feature = "serde", serde(rename = "llama.cpp"))]
    LlamaCpp,
}

impl Order {
    /// All of them.
    pub const ALL: &[Order] = &[Order::Transformers, Order::LlamaCpp];

    /// The stages in this order; several of one kind stay as they are among themselves.
    pub fn arrange<S: AsMut<[Stage]>>(self, mut stages: S) -> S {
        stages.as_mut().sort_by_key(|stage| self.place(stage));
        stages
    }

    fn place(self, stage: &Stage) -> usize {
        let [temperature, top_k, top_p, min_p, typical] = match self {
            Order::Transformers => [1, 2, 3, 4, 5],
            Order::LlamaCpp => [5, 1, 3, 4, 2],
        };
        match stage {
            Stage::RepetitionPenalty(_) => 0,
            Stage::Temperature(_) => temperature,
            Stage::TopK(_) => top_k,
            Stage::TopP(_) => top_p,
            Stage::MinP(_) => min_p,
            Stage::Typical(_) => typical,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Order::Transformers => "transformers",
            Order::LlamaCpp => "llama.cpp",
        })
    }
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Order::ALL
            .iter()
            .copied()
            .find(|order| order.to_string() == name)
            .ok_or_else(|| Error::Order { name: name.to_owned() })
    }
}
