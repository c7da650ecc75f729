use serde::Serialize;
use softmax_core::Temperature;

use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, TokenNames, TokenProbability, Word, left_out, log_p_and_rank, top_tokens},
};

/// The most probable next tokens of a text.
#[derive(Debug, Serialize)]
pub struct NextReport {
    /// The model.
    pub model: ModelFacts,
    /// The text.
    pub prompt: Prompt,
    /// T.
    pub temperature: f64,
    /// V.
    pub vocab_size: usize,
    /// How many tokens have the logit −∞, and so the probability 0.
    pub left_out: usize,
    /// The most probable tokens, largest first.
    pub top: Vec<TokenProbability>,
    /// The requested tokens, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<TokenRank>,
}

/// A token's rank among all.
#[derive(Debug, Clone, Serialize)]
pub struct TokenRank {
    /// The token id.
    pub id: u32,
    /// Its text.
    #[serde(rename = "text")]
    pub word: Word,
    /// Its probability at the temperature.
    pub probability: f64,
    /// Its rank, from 1: one more than there are greater logits.
    pub rank: usize,
    /// Its logit; `"-inf"` for a token that is left out.
    #[serde(serialize_with = "super::number_or_name")]
    pub logit: f32,
    /// How far its logarithm of the probability, at the temperature, is from the most probable token's;
    /// `"inf"` for a token that is left out.
    #[serde(serialize_with = "super::number_or_name")]
    pub nats_below_top: f64,
}

/// Lists the `k` most probable next tokens from the model's logits `[V]` at the prompt's last position, and the rank of
/// each token of `asked`.
///
/// # Errors
/// For `k` greater than V.
pub fn next(
    model: ModelFacts,
    prompt: Prompt,
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    asked: &[u32],
    names: &dyn TokenNames,
) -> Result<NextReport, Error> {
    let top = top_tokens(logits, k, temperature, names)?;
    let asked = asked.iter().map(|&id| rank(id, logits, temperature, names)).collect::<Result<_, _>>()?;
    let (vocab_size, left_out) = (logits.len(), left_out(logits));
    Ok(NextReport { model, prompt, temperature: temperature.value(), vocab_size, left_out, top, asked })
}

fn rank(id: u32, logits: &[f32], temperature: Temperature, names: &dyn TokenNames) -> Result<TokenRank, Error> {
    let (log_p, rank) = log_p_and_rank(logits, id, temperature, &mut Vec::new())?;
    let logit = logits[id as usize];
    let max = logits[softmax_core::argmax(logits)?];
    Ok(TokenRank {
        id,
        word: Word::of(id, names),
        probability: log_p.exp(),
        rank,
        logit,
        nats_below_top: (f64::from(max) - f64::from(logit)) / temperature.value(),
    })
}
