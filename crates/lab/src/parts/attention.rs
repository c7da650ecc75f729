use gpt2_runner::AttentionScores;
use serde::Serialize;

use super::{Outcome, outcomes};
use crate::{
    Error,
    source::ModelFacts,
    token::{Prompt, Word},
};

/// The softmaxes inside the model: each head's attention scores for a text, and their softmax.
#[derive(Debug, Clone, Serialize)]
pub struct AttentionReport {
    /// The text.
    pub text: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// `[T]`: each token's text.
    #[serde(skip)]
    pub words: Vec<Word>,
    /// The model.
    pub model: ModelFacts,
    /// `[layer][head][query][key]`: `query · key`, before the scale; null for a key after the query, which is masked.
    pub scores: Vec<Vec<Scores<Option<f32>>>>,
    /// `[layer][head][query][key]`: softmax of the scaled scores over the keys up to the query; 0 for those after it.
    pub softmax: Vec<Vec<Scores<f32>>>,
    /// Statistics of the heads, layer by layer.
    pub heads: Vec<HeadReport>,
    /// How many probabilities there are in all heads: `T·(T + 1)/2` in each.
    pub probabilities: usize,
    /// The outcome of each formula in each type, on unscaled scores, as in part 5. `sum` is over all queries, each of
    /// which should sum to 1.
    pub unscaled_outcomes: Vec<Outcome>,
}

/// `[query][key]`.
pub type Scores<T> = Vec<Vec<T>>;

/// One head. A mean over queries leaves out the first, which has one key to choose from.
#[derive(Debug, Clone, Serialize)]
pub struct HeadReport {
    /// Counted from 0.
    pub layer: usize,
    /// Counted from 0.
    pub head: usize,
    /// The factor of the scores: `1/√d`, and in some models less in later layers.
    pub scale: f64,
    /// The smallest and the largest score before the scale.
    pub range: (f32, f32),
    /// The mean entropy of a query's softmax, in nats.
    pub entropy: f64,
    /// The same without the scale.
    pub entropy_unscaled: f64,
    /// The mean of the largest probability of a query.
    pub largest: f64,
    /// The same without the scale.
    pub largest_unscaled: f64,
}

/// One head's scores, as the model has them.
#[derive(Debug, Clone)]
pub struct HeadScores {
    /// Counted from 0.
    pub layer: usize,
    /// Counted from 0.
    pub head: usize,
    /// What the scores are multiplied by before softmax.
    pub scale: f64,
    /// `query · key`: row `query` has the keys 0 to `query`.
    pub rows: Vec<Vec<f32>>,
}

impl HeadScores {
    /// A head of a block.
    pub fn of(scores: &AttentionScores, head: usize) -> Self {
        let rows = (0..scores.n_positions()).filter_map(|query| scores.raw(head, query)).map(<[f32]>::to_vec);
        Self { layer: scores.block(), head, scale: f64::from(scores.scale()), rows: rows.collect() }
    }
}

/// One head as a figure shows it: `[query][key]`, NaN for a key after the query, which is masked.
#[derive(Debug, Clone)]
pub struct HeadView {
    /// Counted from 0.
    pub layer: usize,
    /// Counted from 0.
    pub head: usize,
    /// What the scores are multiplied by before softmax.
    pub scale: f64,
    /// `query · key`.
    pub scores: Scores<f32>,
    /// The scores times the scale.
    pub scaled: Scores<f32>,
    /// Softmax of the scaled scores.
    pub softmax: Scores<f32>,
    /// Softmax of the scores.
    pub softmax_unscaled: Scores<f32>,
}

impl HeadView {
    /// The four views of a head.
    ///
    /// # Errors
    /// If the head has no scores.
    pub fn new(head: &HeadScores) -> Result<Self, Error> {
        let &HeadScores { layer, head, scale, ref rows } = head;
        let all = |rows: &[Vec<f32>]| padded(rows, |&x| x, f32::NAN);
        Ok(Self {
            layer,
            head,
            scale,
            scores: all(rows),
            scaled: padded(rows, |&s| (f64::from(s) * scale) as f32, f32::NAN),
            softmax: all(&softmax_rows(rows, scale)?),
            softmax_unscaled: all(&softmax_rows(rows, 1.0)?),
        })
    }
}

/// The report of some heads, layer by layer.
///
/// # Errors
/// If a head has no scores.
pub fn attention(prompt: Prompt, model: ModelFacts, heads: &[HeadScores]) -> Result<AttentionReport, Error> {
    let Prompt { text, ids, words } = prompt;
    let (mut scores, mut softmax) = (Vec::new(), Vec::new());
    let (mut probabilities, mut unscaled_outcomes) = (0, Vec::new());
    for layer in heads.chunk_by(|a, b| a.layer == b.layer) {
        scores.push(layer.iter().map(|head| padded(&head.rows, |&s| Some(s), None)).collect());
        let of_layer = layer.iter().map(|head| Ok(padded(&softmax_rows(&head.rows, head.scale)?, |&p| p, 0.0)));
        softmax.push(of_layer.collect::<Result<_, Error>>()?);
        for row in layer.iter().flat_map(|head| &head.rows) {
            probabilities += row.len();
            add(&mut unscaled_outcomes, outcomes(row)?);
        }
    }
    let heads = heads.iter().map(head_report).collect::<Result<_, Error>>()?;
    Ok(AttentionReport { text, ids, words, model, scores, softmax, heads, probabilities, unscaled_outcomes })
}

fn head_report(head: &HeadScores) -> Result<HeadReport, Error> {
    let &HeadScores { layer, head: number, scale, ref rows } = head;
    let (scaled, unscaled) = (softmax_rows(rows, scale)?, softmax_rows(rows, 1.0)?);
    let all = rows.iter().flatten();
    let range = all.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &s| (low.min(s), high.max(s)));
    Ok(HeadReport {
        layer,
        head: number,
        scale,
        range,
        entropy: mean(&scaled, entropy)?,
        entropy_unscaled: mean(&unscaled, entropy)?,
        largest: mean(&scaled, largest)?,
        largest_unscaled: mean(&unscaled, largest)?,
    })
}

/// The mean over the queries that have more than one key to choose from.
fn mean(rows: &[Vec<f32>], of: fn(&[f32]) -> Result<f64, Error>) -> Result<f64, Error> {
    let rows = if rows.len() > 1 { &rows[1..] } else { rows };
    let sum = rows.iter().map(|row| of(row)).sum::<Result<f64, Error>>()?;
    Ok(sum / rows.len().max(1) as f64)
}

fn entropy(p: &[f32]) -> Result<f64, Error> {
    Ok(softmax_core::entropy(p)?)
}

fn largest(p: &[f32]) -> Result<f64, Error> {
    Ok(f64::from(p.iter().copied().fold(0.0, f32::max)))
}

/// Adds the counts of another softmax to those so far.
fn add(total: &mut Vec<Outcome>, more: Vec<Outcome>) {
    if total.is_empty() {
        *total = more;
        return;
    }
    for (total, more) in total.iter_mut().zip(more) {
        total.nan += more.nan;
        total.zero += more.zero;
        total.subnormal += more.subnormal;
        total.sum += more.sum;
    }
}

/// Softmax of each query's scaled scores.
fn softmax_rows(rows: &[Vec<f32>], scale: f64) -> Result<Vec<Vec<f32>>, Error> {
    let softmax = |row: &Vec<f32>| {
        let scaled: Vec<f32> = row.iter().map(|&s| (f64::from(s) * scale) as f32).collect();
        Ok(softmax_core::softmax(&scaled)?)
    };
    rows.iter().map(softmax).collect()
}

/// `[query][key]` for all keys: those after the query get `masked`.
fn padded<T: Copy>(rows: &[Vec<f32>], value: impl Fn(&f32) -> T, masked: T) -> Scores<T> {
    let row = |row: &Vec<f32>| {
        let mut row: Vec<T> = row.iter().map(&value).collect();
        row.resize(rows.len(), masked);
        row
    };
    rows.iter().map(row).collect()
}
