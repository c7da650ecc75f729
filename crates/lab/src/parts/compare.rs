use serde::Serialize;
use softmax_core::Temperature;

use crate::{
    Error,
    token::{TokenNames, TokenProbability, top_tokens},
};

/// How far two models agree about the next token. Probabilities are float64 softmax of the float32 logits, logarithms
/// natural. Where one model leaves tokens out, with the logit −∞, Pearson's correlation is NaN, and a divergence from the
/// other to it is ∞.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Pearson's correlation of the logits.
    #[serde(serialize_with = "super::number_or_name")]
    pub pearson: f64,
    /// Spearman's rank correlation of the logits.
    #[serde(serialize_with = "super::number_or_name")]
    pub spearman: f64,
    /// `D(first ‖ second)` of the probabilities, in nats.
    #[serde(serialize_with = "super::number_or_name")]
    pub kl_first_second: f64,
    /// `D(second ‖ first)`.
    #[serde(serialize_with = "super::number_or_name")]
    pub kl_second_first: f64,
    /// Jensen–Shannon divergence, at most ln 2.
    pub js: f64,
    /// How many tokens are in the top k of both.
    pub top_overlap: usize,
    /// k.
    pub k: usize,
    /// Each model by itself.
    pub models: [ModelDistribution; 2],
}

/// One model's distribution over the next token.
#[derive(Debug, Clone, Serialize)]
pub struct ModelDistribution {
    /// The model's title.
    pub model: String,
    /// In nats.
    pub entropy: f64,
    /// How many equally likely tokens would be as uncertain.
    pub perplexity: f64,
    /// The most probable tokens, largest first.
    pub top: Vec<TokenProbability>,
}

/// Compares two models' logits `[V]` for the same prompt; `titles` are their names.
///
/// # Errors
/// For `k` greater than V, and for logits of different lengths.
pub fn compare(
    titles: [&str; 2],
    first: &[f32],
    second: &[f32],
    k: usize,
    names: &dyn TokenNames,
) -> Result<Comparison, Error> {
    let softmax = |z: &[f32]| softmax_core::softmax(&z.iter().map(|&z| f64::from(z)).collect::<Vec<f64>>());
    let (p, q) = (softmax(first)?, softmax(second)?);
    let distribution = |model: &str, logits: &[f32], p: &[f64]| {
        Ok::<_, Error>(ModelDistribution {
            model: model.to_owned(),
            entropy: softmax_core::entropy(p)?,
            perplexity: softmax_core::perplexity(p)?,
            top: top_tokens(logits, k, Temperature::ONE, names)?,
        })
    };
    let models = [distribution(titles[0], first, &p)?, distribution(titles[1], second, &q)?];
    let top_overlap = models[0].top.iter().filter(|a| models[1].top.iter().any(|b| a.id == b.id)).count();
    Ok(Comparison {
        pearson: softmax_core::pearson(first, second)?,
        spearman: softmax_core::spearman(first, second)?,
        kl_first_second: softmax_core::kl_divergence(&p, &q)?,
        kl_second_first: softmax_core::kl_divergence(&q, &p)?,
        js: softmax_core::js_divergence(&p, &q)?,
        top_overlap,
        k,
        models,
    })
}
