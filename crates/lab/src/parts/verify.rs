use serde::Serialize;
use softmax_core::{argmax, logsumexp, top_k};

use super::published::{Case, Expected, Published, gpt2_small};
use crate::Error;

/// The tolerance for published logits, which come from other programs, one of them an ONNX export.
const TOLERANCE: f32 = 0.05;
/// The most probable tokens that must be the same.
const TOP: usize = 5;

/// A model, compared with its published values.
#[derive(Debug, Serialize)]
pub struct VerifyReport {
    /// Where it is.
    pub folder: String,
    /// Of a checkpoint whose tensors are all there, in the shapes of its configuration.
    pub parameters: u64,
    /// For which model the values are published, if there are any for one of these sizes.
    pub published: Option<Published>,
    /// How far a logit may be from a published one.
    pub tolerance: f32,
    /// The compared value.
    pub checks: Vec<Check>,
}

/// One prompt for which something is published.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The prompt.
    pub prompt: String,
    /// The difference, if any.
    pub difference: Option<String>,
}

impl VerifyReport {
    /// The first check that found a difference.
    pub fn differs(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.difference.is_some())
    }
}

/// Compares a model with what is published. `rows` gives, for a text and its T token ids, the rows of V logits from a
/// position on.
///
/// # Errors
/// Those of `rows`.
pub fn verify(
    (folder, parameters): (String, u64),
    published: Option<Published>,
    mut rows: impl FnMut(&str, &[u32], usize) -> Result<Vec<Vec<f32>>, Error>,
) -> Result<VerifyReport, Error> {
    let cases = match published {
        Some(Published::Gpt2Small) => gpt2_small()?,
        None => Vec::new(),
    };
    let mut checks = Vec::with_capacity(cases.len());
    for Case { text, ids, expected } in cases {
        let fed: Vec<u32> = match expected {
            // The last token is only predicted, never read.
            Expected::Greedy(next) => [&ids, &next[..next.len() - 1]].concat(),
            _ => ids.clone(),
        };
        let rows = rows(&text, &fed, ids.len() - 1)?;
        checks.push(Check { difference: difference(&expected, &rows)?, prompt: text });
    }
    Ok(VerifyReport { folder, parameters, published, tolerance: TOLERANCE, checks })
}

/// Compares rows of logits, from the prompt's last position on, with the published values. Returns the difference, if
/// any.
fn difference(expected: &Expected, rows: &[Vec<f32>]) -> Result<Option<String>, Error> {
    let row = rows[0].as_slice();
    Ok(match expected {
        Expected::Next { id, logit } => {
            let (best, value) = (argmax(row)?, at(row, *id));
            let right = best == *id as usize && (value - logit).abs() <= TOLERANCE;
            (!right).then(|| format!("next token {best}, logit of {id} {value} where {id}, {logit} are published"))
        }
        Expected::Greedy(next) => {
            let got = rows.iter().map(|row| argmax(row)).collect::<Result<Vec<_>, _>>()?;
            let n = got.iter().zip(*next).position(|(got, want)| *got != *want as usize);
            n.map(|n| format!("token {} of its continuation is {} where {} is published", n + 1, got[n], next[n]))
        }
        Expected::LogProbabilities(published) => {
            let total = logsumexp(row)?;
            published.iter().find_map(|&(id, want)| {
                let got = at(row, id) - total;
                let right = (got - want).abs() <= TOLERANCE;
                (!right).then(|| format!("ln p of token {id} is {got:.3} where {want} is published"))
            })
        }
        Expected::Logits(published) => row_difference(row, published)?,
    })
}

fn row_difference(ours: &[f32], published: &[f32]) -> Result<Option<String>, Error> {
    if ours.len() != published.len() {
        return Ok(Some(format!("{} logits where {} are published", ours.len(), published.len())));
    }
    let off: Vec<f32> = ours.iter().zip(published).map(|(ours, published)| (ours - published).abs()).collect();
    // NaN is off in any comparison: argmax puts it above all numbers.
    let worst = argmax(&off)?;
    let near = off[worst] <= TOLERANCE;
    if !near {
        return Ok(Some(format!("logit of {worst} is {} where {} is published", ours[worst], published[worst])));
    }
    let top = |row| top_k(row, TOP).map(|top| top.iter().map(|ranked| ranked.index).collect::<Vec<_>>());
    let (got, want) = (top(ours)?, top(published)?);
    // Tokens closer than the tolerance may change places.
    let swapped = got.iter().zip(&want).any(|(got, want)| (published[*got] - published[*want]).abs() > 2.0 * TOLERANCE);
    Ok(swapped.then(|| format!("the top {TOP} are {got:?} where {want:?} are published")))
}

/// The logit of a token; NaN for one that the model does not have.
fn at(row: &[f32], id: u32) -> f32 {
    row.get(id as usize).copied().unwrap_or(f32::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: usize = 50_257;

    fn row(values: &[(u32, f32)]) -> Vec<f32> {
        let mut row = vec![-100.0; V];
        for (id, value) in values {
            row[*id as usize] = *value;
        }
        row
    }

    fn differs(case: usize, rows: &[Vec<f32>]) -> Option<String> {
        difference(&gpt2_small().unwrap()[case].expected, rows).unwrap()
    }

    #[test]
    fn a_next_token_is_compared_by_id_and_logit() {
        assert_eq!(differs(0, &[row(&[(1936, -69.4900)])]), None);
        let what = differs(0, &[row(&[(1936, -69.3)])]).unwrap();
        assert_eq!(what, "next token 1936, logit of 1936 -69.3 where 1936, -69.4948 are published");
        assert!(differs(0, &[row(&[(1936, -69.4948), (7, -60.0)])]).unwrap().starts_with("next token 7"));
        assert!(differs(0, &[row(&[(1936, f32::NAN)])]).is_some());
        assert!(differs(0, &[vec![0.0; 10]]).is_some());
    }

    #[test]
    fn a_continuation_is_compared_token_by_token() {
        let Expected::Greedy(next) = gpt2_small().unwrap()[1].expected else { panic!("the second is a continuation") };
        let mut rows: Vec<Vec<f32>> = next.iter().map(|id| row(&[(*id, 0.0)])).collect();
        assert_eq!(differs(1, &rows), None);
        rows[3] = row(&[(9, 0.0)]);
        assert_eq!(differs(1, &rows).unwrap(), "token 4 of its continuation is 9 where 257 is published");
    }

    #[test]
    fn probabilities_are_compared_by_their_logarithm() {
        let published = [(5509, -0.281_f32), (7150, -3.60), (17180, -4.29), (3084, -4.50), (1182, -4.83)];
        let rest = 1.0 - published.iter().map(|(_, ln_p)| f64::from(*ln_p).exp()).sum::<f64>();
        let spread = (rest / (V - 5) as f64).ln() as f32;
        let mut logits = vec![spread - 33.0; V];
        for (id, ln_p) in published {
            logits[id] = ln_p - 33.0;
        }
        assert_eq!(differs(2, &[logits.clone()]), None);
        logits[3084] += 0.2;
        assert_eq!(differs(2, &[logits]).unwrap(), "ln p of token 3084 is -4.302 where -4.5 is published");
    }

    #[test]
    fn whole_rows_are_compared_by_their_worst_logit_and_their_top() {
        let published = row(&[(1, 5.0), (2, 4.0), (3, 3.0), (4, 2.0), (5, 1.0), (6, 0.95)]);
        let mut ours: Vec<f32> = published.iter().map(|logit| logit + 0.04).collect();
        assert_eq!(row_difference(&ours, &published).unwrap(), None);
        // 5 and 6 are closer than both may be off.
        ours[5] = 0.96;
        assert_eq!(row_difference(&ours, &published).unwrap(), None);
        ours[9] = -99.8;
        assert_eq!(row_difference(&ours, &published).unwrap().unwrap(), "logit of 9 is -99.8 where -100 is published");
        ours[9] = f32::NAN;
        assert_eq!(row_difference(&ours, &published).unwrap().unwrap(), "logit of 9 is NaN where -100 is published");
        assert!(row_difference(&ours[1..], &published).unwrap().unwrap().contains("50256 logits where 50257"));
    }
}
