use std::ops::Range;

use softmax_core::{Element, Float, Sampler, Stage, Temperature};

use crate::{Answer, Asked, Error, Number, Operation};

/// softmax-core's answer, of what it has: samplers and draws in `f32`, sinks and merged pieces in `f32` and `f64`.
///
/// # Errors
/// If a stage is not known or its number is not accepted.
pub fn ours_operating(operation: &Operation) -> Result<Option<Answer>, Error> {
    match (operation.number, &operation.asked) {
        (Number::Float32, Asked::Sample(stages)) => sample(operation, stages).map(Some),
        (Number::Float32, Asked::Draw(uniforms)) => draw(operation, 20 * uniforms.len()).map(Some),
        (Number::Float32, Asked::Sink(sink)) => sink_of::<f32>(operation, *sink).map(Some),
        (Number::Float64, Asked::Sink(sink)) => sink_of::<f64>(operation, *sink).map(Some),
        (Number::Float32, Asked::Merge(outputs)) => merge::<f32>(operation, outputs).map(Some),
        (Number::Float64, Asked::Merge(outputs)) => merge::<f64>(operation, outputs).map(Some),
        _ => Ok(None),
    }
}

/// Samplers and joined pieces that are wrong, each in a way that has been seen.
pub mod broken_operating {
    use super::{Answer, Asked, Error, Number, Operation, sample};

    /// Top-p that drops the token at which the probabilities reach p.
    ///
    /// # Errors
    /// If a stage is not known or its number is not accepted.
    pub fn drops_the_crossing_token(operation: &Operation) -> Result<Option<Answer>, Error> {
        match &operation.asked {
            Asked::Sample(stages) => {
                let mut answer = sample(operation, stages)?;
                if stages.last().is_some_and(|(name, p)| name == "top_p" && *p < 1.0) {
                    // Logits are not sorted: the least probable that is kept is the one that crossed.
                    let kept = || answer[0].iter().enumerate().filter(|(_, kept)| **kept > 0.0).map(|(at, _)| at);
                    if kept().map(|at| answer[0][at]).sum::<f64>() > 1.0
                        && let Some(least) = kept().min_by(|&a, &b| answer[1][a].total_cmp(&answer[1][b]))
                    {
                        let lost = answer[1][least];
                        answer[0][least] -= 1.0;
                        for row in &mut answer[1..] {
                            row.iter_mut().for_each(|p| *p /= 1.0 - lost);
                        }
                    }
                }
                Ok(Some(answer))
            }
            _ => Ok(None),
        }
    }

    /// Adds outputs without weighting them by each piece's share of the row.
    pub fn adds_pieces_as_they_are(operation: &Operation) -> Option<Answer> {
        merge(operation, |lse| lse.iter().map(|_| 1.0 / lse.len() as f64).collect())
    }

    /// Subtracts the maximum without asking whether there is one: NaN where all pieces are empty.
    pub fn subtracts_an_infinite_maximum(operation: &Operation) -> Option<Answer> {
        merge(operation, |lse| {
            let max = lse.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = lse.iter().map(|v| (v - max).exp()).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|v| v / sum).collect()
        })
    }

    /// Counts the sink as 1 beside terms from which the maximum has been subtracted.
    pub fn forgets_to_shift_the_sink(operation: &Operation) -> Option<Answer> {
        let Asked::Sink(sink) = operation.asked else { return None };
        if operation.number != Number::Float64 {
            return None;
        }
        let x = operation.logits();
        let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let e: Vec<f64> = x.iter().map(|x| (x - max).exp()).collect();
        let sum = e.iter().sum::<f64>() + sink.exp();
        Some(operation.answer(&e.iter().map(|e| e / sum).collect::<Vec<_>>()))
    }

    fn merge(operation: &Operation, weights: impl Fn(&[f64]) -> Vec<f64>) -> Option<Answer> {
        let (Asked::Merge(outputs), Number::Float64) = (&operation.asked, operation.number) else { return None };
        let (weights, d) = (weights(&operation.x), outputs.len() / operation.x.len());
        let max = operation.x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lse = max + operation.x.iter().map(|v| (v - max).exp()).sum::<f64>().ln();
        let mean = |at| weights.iter().enumerate().map(|(piece, w)| w * outputs[piece * d + at]).sum::<f64>();
        let row: Vec<f64> = (0..d).map(mean).chain([lse]).collect();
        Some(vec![row.clone(), row])
    }
}

impl Operation {
    /// Every logit as often as it occurs.
    pub fn logits(&self) -> Vec<f64> {
        expanded(self, |x| x)
    }

    /// An answer for each token: the least and the largest of each run of equal logits; NaN if one is.
    pub fn answer(&self, y: &[f64]) -> Answer {
        let fold = |pick: fn(f64, f64) -> f64| {
            let run = |range: Range<usize>| {
                y[range].iter().copied().reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { pick(a, b) })
            };
            ranges(self).filter_map(run).collect()
        };
        vec![fold(f64::min), fold(f64::max)]
    }

    /// A sampler's probabilities, for each token: how many of each run are kept, and their least and largest.
    pub fn kept(&self, p: &[f64]) -> Answer {
        let of = |pick: &dyn Fn(&mut dyn Iterator<Item = f64>) -> f64| {
            ranges(self).map(|range| pick(&mut p[range].iter().copied().filter(|p| *p > 0.0))).collect()
        };
        let least = |p: &mut dyn Iterator<Item = f64>| p.reduce(f64::min).unwrap_or(0.0);
        let largest = |p: &mut dyn Iterator<Item = f64>| p.reduce(f64::max).unwrap_or(0.0);
        vec![of(&|p| p.count() as f64), of(&least), of(&largest)]
    }
}

fn expanded<T: Clone>(operation: &Operation, to: impl Fn(f64) -> T) -> Vec<T> {
    operation.x.iter().zip(&operation.counts).flat_map(|(&x, &n)| vec![to(x); n]).collect()
}

/// The tokens of each run.
fn ranges(operation: &Operation) -> impl Iterator<Item = Range<usize>> {
    operation.counts.iter().scan(0, |start, n| {
        *start += n;
        Some(*start - n..*start)
    })
}

/// Probabilities after the stages.
fn sample(operation: &Operation, stages: &[(String, f64)]) -> Result<Answer, Error> {
    let stage = |(name, value): &(String, f64)| -> Result<Stage, Error> {
        Ok(match name.as_str() {
            "temperature" => Stage::Temperature(Temperature::new(*value)?),
            "top_k" => Stage::TopK(*value as usize),
            "top_p" => Stage::TopP(*value),
            "min_p" => Stage::MinP(*value),
            "typical" => Stage::Typical(*value),
            other => return Err(format!("{}: the stage {other} is not known", operation.id).into()),
        })
    };
    let stages: Vec<Stage> = stages.iter().map(stage).collect::<Result<_, Error>>()?;
    let logits = expanded(operation, |x| x as f32);
    let mut p = vec![0.0; logits.len()];
    for ranked in Sampler::greedy(stages)?.distribution(&logits, &[])? {
        p[ranked.index] = ranked.value;
    }
    Ok(operation.kept(&p))
}

/// How often each token is drawn.
fn draw(operation: &Operation, times: usize) -> Result<Answer, Error> {
    let logits = expanded(operation, |x| x as f32);
    let mut sampler = Sampler::new([], 1)?;
    let mut drawn = vec![0.0; logits.len()];
    for _ in 0..times {
        drawn[sampler.step(&logits, &[])?.index] += 1.0;
    }
    Ok(operation.answer(&drawn))
}

/// Softmax of the logits and the sink, without the sink.
fn sink_of<T: Float>(operation: &Operation, sink: f64) -> Result<Answer, Error> {
    let mut x = expanded(operation, T::from_f64);
    x.push(T::from_f64(sink));
    let p = softmax_core::softmax(&x)?;
    Ok(operation.answer(&p[..p.len() - 1].iter().map(|p| p.to_f64()).collect::<Vec<_>>()))
}

fn merge<T: Float>(operation: &Operation, outputs: &[f64]) -> Result<Answer, Error> {
    let to = |x: &[f64]| x.iter().map(|&x| T::from_f64(x)).collect::<Vec<T>>();
    let mut out = vec![T::default(); outputs.len() / operation.x.len()];
    let whole = softmax_core::merge(&to(&operation.x), &to(outputs), &mut out)?;
    let row: Vec<f64> = out.iter().chain([&whole]).map(|v| Element::to_f64(*v)).collect();
    Ok(vec![row.clone(), row])
}
