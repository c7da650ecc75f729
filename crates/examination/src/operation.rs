use std::path::Path;

use safetensors::SafeTensors;
use serde::Deserialize;

use crate::{
    Error, Finding, Number, Report,
    case::{counts, entries, file, floats},
    judge::{error, report},
};

/// A question to a sampler, or about a sink, merged pieces, a softcap or a gradient, with the answers that are right.
///
/// Each logit occurs as often as `counts` says; answers are for one of each.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in the files.
    pub id: String,
    /// Its theme.
    pub theme: String,
    /// The type of inputs and results.
    pub number: Number,
    /// The function and its arguments.
    pub asked: Asked,
    /// The logits; of pieces, their logsumexps. Exact in `f64`.
    pub x: Vec<f64>,
    /// How often each occurs.
    pub counts: Vec<usize>,
    /// The right answers, of which one must be met: at a tie there may be several.
    pub right: Vec<Right>,
}

/// A function and its inputs besides the logits.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// The probabilities that stages leave, by name and number from first to last: 0 for what they drop.
    Sample(Vec<(String, f64)>),
    /// Draws from softmax with these uniform numbers, or as many draws with an engine's own.
    Draw(Vec<f64>),
    /// Softmax with the exponential of this number in the denominator besides.
    Sink(f64),
    /// The outputs `[pieces, d]` of softmaxes over pieces of a row, joined, and the logsumexp of all.
    Merge(Vec<f64>),
    /// Softmax of `cap · tanh(x / cap)`, of −∞ where the second has a 1.
    Softcap(f64, Vec<f64>),
    /// The gradient of log_softmax for this gradient of its result, one number for each run.
    LogSoftmaxGradient(Vec<f64>),
    /// The gradient of the cross-entropy with the token at this index, all tokens counted.
    CrossEntropyGradient(usize),
}

/// An answer that is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Right {
    /// The exact answers.
    pub exact: Vec<f64>,
    /// How far from it an answer may be.
    pub allowed: Vec<f64>,
    /// Of a sampler: how many tokens of each run may be kept, at least and at most.
    pub kept: Option<Vec<[f64; 2]>>,
}

/// An engine's answer, in rows of one number per run of equal logits. For a sampler: the number of kept tokens and, if
/// it returns probabilities, the smallest and the largest. Otherwise: the smallest and the largest answer.
pub type Answer = Vec<Vec<f64>>;

impl Operation {
    /// As the files call what is asked.
    pub fn function(&self) -> &'static str {
        match self.asked {
            Asked::Sample(_) => "sample",
            Asked::Draw(_) => "draw",
            Asked::Sink(_) => "sink",
            Asked::Merge(_) => "merge",
            Asked::Softcap(..) => "softcap",
            Asked::LogSoftmaxGradient(_) => "log_softmax_gradient",
            Asked::CrossEntropyGradient(_) => "cross_entropy_gradient",
        }
    }
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    theme: String,
    function: String,
    #[serde(rename = "type")]
    number: Number,
    arguments: Arguments,
    answers: usize,
}

#[derive(Deserialize)]
struct Arguments {
    #[serde(default)]
    stages: Vec<(String, f64)>,
    #[serde(default)]
    sink: f64,
    #[serde(default)]
    cap: f64,
    #[serde(default)]
    target: usize,
}

/// Reads the operations in a folder: `data/examination`.
///
/// # Errors
/// If a file is missing or not as `generate_operations.py` writes it.
pub fn read_operations(folder: &Path) -> Result<Vec<Operation>, Error> {
    let entries: Vec<Entry> = entries(folder, "operations.json")?;
    let bytes = file(folder, "operations.safetensors")?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    entries.into_iter().map(|entry| operation(entry, &tensors)).collect()
}

fn operation(entry: Entry, tensors: &SafeTensors<'_>) -> Result<Operation, Error> {
    let numbers = |name: &str| floats(tensors, &format!("{}.{name}", entry.id));
    let x = numbers("x")?;
    let counts = counts(tensors, &entry.id, x.len());
    let arguments = entry.arguments;
    let asked = match entry.function.as_str() {
        "sample" => Asked::Sample(arguments.stages),
        "draw" => Asked::Draw(numbers("uniforms")?),
        "sink" => Asked::Sink(arguments.sink),
        "merge" => Asked::Merge(numbers("outputs")?),
        "softcap" => Asked::Softcap(arguments.cap, numbers("hidden")?),
        "log_softmax_gradient" => Asked::LogSoftmaxGradient(numbers("upstream")?),
        "cross_entropy_gradient" => Asked::CrossEntropyGradient(arguments.target),
        other => return Err(format!("{}: the function {other} is not known", entry.id).into()),
    };
    let right = |i: usize| -> Result<Right, Error> {
        let kept = match asked {
            Asked::Sample(_) => {
                let kept = numbers(&format!("kept.{i}"))?;
                let (least, most) = kept.split_at(kept.len() / 2);
                Some(least.iter().zip(most).map(|(&least, &most)| [least, most]).collect())
            }
            _ => None,
        };
        Ok(Right { exact: numbers(&format!("exact.{i}"))?, allowed: numbers(&format!("allowed.{i}"))?, kept })
    };
    let right = (0..entry.answers).map(right).collect::<Result<_, Error>>()?;
    Ok(Operation { id: entry.id, theme: entry.theme, number: entry.number, asked, x, counts, right })
}

/// Judges answers to each of the operations; None: the engine does not have it.
pub fn judge_operations(operations: &[Operation], answers: impl IntoIterator<Item = Option<Answer>>) -> Report {
    report(operations.iter().zip(answers).map(|(operation, answer)| {
        let judged = answer.map(|answer| judge_operation(operation, &answer));
        (operation.number, operation.theme.as_str(), judged.into_iter().collect())
    }))
}

/// The largest error by the right answer that is best met.
pub(crate) fn judge_operation(operation: &Operation, answer: &[Vec<f64>]) -> (f64, Finding) {
    let met = |right: &Right| match &right.kept {
        None => worst(operation, answer, &right.exact, |got, at| errors(operation, right, got, at)),
        Some(kept) => {
            let most: Vec<f64> = kept.iter().map(|kept| kept[1]).collect();
            let count = |got: f64, at: usize| {
                let [least, most] = kept[at];
                if got >= least && got <= most { 0.0 } else { f64::INFINITY }
            };
            let counted = worst(operation, &answer[..1], &most, count);
            if counted.0 == 0.0 && answer.len() == 3 {
                worst(operation, &answer[1..], &right.exact, |got, at| errors(operation, right, got, at))
            } else {
                counted
            }
        }
    };
    let met = operation.right.iter().map(met).reduce(|best, other| if other.0 < best.0 { other } else { best });
    met.unwrap_or_else(|| (f64::INFINITY, finding(operation, 0, f64::NAN, f64::NAN)))
}

fn errors(operation: &Operation, right: &Right, got: f64, at: usize) -> f64 {
    error(got, right.exact[at], right.allowed[at], operation.number)
}

fn finding(operation: &Operation, at: usize, got: f64, exact: f64) -> Finding {
    let x = operation.x.get(at).copied().unwrap_or(f64::NAN);
    Finding { id: operation.id.clone(), function: operation.function(), x, got, exact }
}

/// The first of the largest errors, run by run.
fn worst(operation: &Operation, rows: &[Vec<f64>], exact: &[f64], error: impl Fn(f64, usize) -> f64) -> (f64, Finding) {
    let each = (0..exact.len()).flat_map(|at| rows.iter().map(move |row| (at, row[at])));
    let each = each.map(|(at, got)| (error(got, at), finding(operation, at, got, exact[at])));
    each.reduce(|a, b| if b.0 > a.0 { b } else { a })
        .unwrap_or_else(|| (f64::INFINITY, finding(operation, 0, f64::NAN, f64::NAN)))
}
