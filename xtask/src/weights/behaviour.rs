//! Whether a model computes what others have published for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Error;
use super::checkpoint::Header;
use super::published::{Case, Expected, GPT2_SMALL};
use crate::cargo::root;

/// How far a logit may be from a published one: those come from other programs, one of them an ONNX export.
const TOLERANCE: f32 = 0.05;
/// The most probable tokens that must be the same.
const TOP: usize = 5;
/// Prompts that are described if their values differ.
const SHOWN: usize = 2;

/// A prompt of `data/recorded`, whose logits are in the safetensors file beside it, as `prompt_0` and so on.
#[derive(Deserialize)]
struct Recorded {
    prompt: String,
    token_ids: Vec<u32>,
}

/// Runs the model on the published prompts and describes the values that differ, or gives `None` if none does.
pub(super) fn differences(lab: &Path, name: &str, folder: &Path) -> Result<Option<String>, Error> {
    let fail = |cause: String| Error::Lab { name: name.to_owned(), cause };
    let scratch = tempfile::tempdir().map_err(Error::io("create", std::env::temp_dir()))?;
    let out = scratch.path().join("logits.safetensors");
    let run = |token_ids: &[u32], all| logits(lab, folder, &out, token_ids, all).map_err(fail);
    let mut found = Vec::new();
    for case in &GPT2_SMALL {
        let fed: Vec<u32> = match case.expected {
            // The last token is only predicted, never read.
            Expected::Greedy(next) => [case.token_ids, &next[..next.len() - 1]].concat(),
            _ => case.token_ids.to_vec(),
        };
        let rows = run(&fed, matches!(case.expected, Expected::Greedy(_)))?;
        found.extend(compare(case, &rows).map(|what| format!("`{}`: {what}", case.text)));
    }
    let folder = root().join("data/recorded");
    let json = folder.join("gpt2-small.json");
    let prompts = fs::read(&json).map_err(Error::io("read", &json))?;
    let prompts: Vec<Recorded> = serde_json::from_slice(&prompts).map_err(|error| fail(error.to_string()))?;
    let path = folder.join("gpt2-small.safetensors");
    let header = Header::read(&path).map_err(fail)?;
    for (n, Recorded { prompt, token_ids }) in prompts.iter().enumerate() {
        let (published, _) = header.f32(&path, &format!("prompt_{n}")).map_err(fail)?;
        let ours = run(token_ids, false)?;
        found.extend(compare_all(&ours[0], &published).map(|what| format!("`{prompt}`: {what}")));
    }
    let more = found.len().saturating_sub(SHOWN);
    found.truncate(SHOWN);
    if more > 0 {
        found.push(format!("and {more} more of {} prompts", GPT2_SMALL.len() + prompts.len()));
    }
    Ok((!found.is_empty()).then(|| found.join("; ")))
}

/// The model's logits: a row of V for each position, or for the last alone.
fn logits(lab: &Path, model: &Path, out: &Path, token_ids: &[u32], all: bool) -> Result<Vec<Vec<f32>>, String> {
    let ids: Vec<String> = token_ids.iter().map(ToString::to_string).collect();
    let mut command = Command::new(lab);
    command.arg("logits").arg("--ids").arg(ids.join(",")).arg("--model").arg(model).arg("--out").arg(out);
    if all {
        command.arg("--all");
    }
    let ran = command.output().map_err(|error| format!("{} cannot be run: {error}", lab.display()))?;
    if !ran.status.success() {
        let stderr = String::from_utf8_lossy(&ran.stderr);
        let last = stderr.trim().lines().last().unwrap_or("it says nothing");
        return Err(format!("`{} logits` failed ({}): {last}", lab.display(), ran.status));
    }
    let read = Header::read(out).and_then(|header| header.f32(out, "logits"));
    let (values, shape) = read.map_err(|cause| format!("what `{} logits` wrote: {cause}", lab.display()))?;
    let rows = if all { token_ids.len() } else { 1 };
    let vocabulary = values.len() / rows;
    let [.., width] = shape[..] else { return Err("`lab logits` wrote a scalar".to_owned()) };
    if width != vocabulary as u64 || vocabulary * rows != values.len() || vocabulary == 0 {
        return Err(format!("`lab logits` wrote the shape {shape:?} for {rows} positions"));
    }
    Ok(values.chunks_exact(vocabulary).map(<[f32]>::to_vec).collect())
}

fn compare(case: &Case, rows: &[Vec<f32>]) -> Option<String> {
    match &case.expected {
        Expected::Next { id, logit } => {
            let row = &rows[0];
            let (best, value) = (top(row, 1)[0], at(row, *id));
            let right = best == *id && (value - logit).abs() <= TOLERANCE;
            (!right).then(|| format!("next token {best}, logit of {id} {value} where {id}, {logit} are published"))
        }
        Expected::Greedy(next) => {
            let got: Vec<u32> = rows[case.token_ids.len() - 1..].iter().map(|row| top(row, 1)[0]).collect();
            let n = got.iter().zip(*next).position(|(got, want)| got != want)?;
            Some(format!("token {} of its continuation is {} where {} is published", n + 1, got[n], next[n]))
        }
        Expected::LogProbabilities(published) => {
            let total = logsumexp(&rows[0]);
            published.iter().find_map(|(id, token, want)| {
                let got = f64::from(at(&rows[0], *id)) - total;
                let right = (got - want).abs() <= f64::from(TOLERANCE);
                (!right).then(|| format!("ln p(`{token}`) is {got:.3} where {want} is published"))
            })
        }
    }
}

fn compare_all(ours: &[f32], published: &[f32]) -> Option<String> {
    if ours.len() != published.len() {
        return Some(format!("{} logits where {} are published", ours.len(), published.len()));
    }
    let off = |id: &usize| (ours[*id] - published[*id]).abs();
    // NaN is off in any comparison: total_cmp puts it above all numbers.
    let worst = (0..ours.len()).max_by(|a, b| off(a).total_cmp(&off(b)))?;
    let near = off(&worst) <= TOLERANCE;
    if !near {
        return Some(format!("logit of {worst} is {} where {} is published", ours[worst], published[worst]));
    }
    let (got, want) = (top(ours, TOP), top(published, TOP));
    // Tokens closer than the tolerance may change places.
    let swapped = |(got, want): (&u32, &u32)| (at(published, *got) - at(published, *want)).abs() > 2.0 * TOLERANCE;
    got.iter().zip(&want).any(swapped).then(|| format!("the top {TOP} are {got:?} where {want:?} are published"))
}

/// The ids of the `n` largest logits, largest first.
fn top(row: &[f32], n: usize) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..u32::try_from(row.len()).unwrap_or(u32::MAX)).collect();
    ids.sort_by(|a, b| at(row, *b).total_cmp(&at(row, *a)));
    ids.truncate(n);
    ids
}

/// The logit of a token; NaN for one that the model does not have.
fn at(row: &[f32], id: u32) -> f32 {
    row.get(id as usize).copied().unwrap_or(f32::NAN)
}

/// ln Σ exp x, shifted by the maximum.
fn logsumexp(row: &[f32]) -> f64 {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|x| f64::from(x - max).exp()).sum();
    f64::from(max) + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::{compare, compare_all};
    use crate::weights::published::{Expected, GPT2_SMALL};

    const V: usize = 50_257;

    fn row(values: &[(u32, f32)]) -> Vec<f32> {
        let mut row = vec![-100.0; V];
        for (id, value) in values {
            row[*id as usize] = *value;
        }
        row
    }

    #[test]
    fn a_next_token_is_compared_by_id_and_logit() {
        let case = &GPT2_SMALL[0];
        assert_eq!(compare(case, &[row(&[(1936, -69.4900)])]), None);
        let what = compare(case, &[row(&[(1936, -69.3)])]).unwrap();
        assert_eq!(what, "next token 1936, logit of 1936 -69.3 where 1936, -69.4948 are published");
        assert!(compare(case, &[row(&[(1936, -69.4948), (7, -60.0)])]).unwrap().starts_with("next token 7"));
        assert!(compare(case, &[row(&[(1936, f32::NAN)])]).is_some());
        assert!(compare(case, &[vec![0.0; 10]]).is_some());
    }

    #[test]
    fn a_continuation_is_compared_token_by_token() {
        let case = &GPT2_SMALL[1];
        let Expected::Greedy(next) = case.expected else { panic!("the second case is a continuation") };
        // The rows after "The" and after "The dog", then one for each token but the last: 19 for 20 tokens.
        let mut rows = vec![row(&[(9, 0.0)])];
        rows.extend(next.iter().map(|id| row(&[(*id, 0.0)])));
        assert_eq!(rows.len(), 19);
        assert_eq!(compare(case, &rows), None);
        rows[4] = row(&[(9, 0.0)]);
        assert_eq!(compare(case, &rows).unwrap(), "token 4 of its continuation is 9 where 257 is published");
    }

    #[test]
    fn probabilities_are_compared_by_their_logarithm() {
        let case = &GPT2_SMALL[2];
        let rest = 1.0 - [-0.281_f64, -3.60, -4.29, -4.50, -4.83].map(f64::exp).iter().sum::<f64>();
        #[allow(clippy::cast_possible_truncation)]
        let spread = (rest / (V - 5) as f64).ln() as f32;
        let mut logits = vec![spread - 33.0; V];
        for (id, ln_p) in [(5509, -0.281_f32), (7150, -3.60), (17180, -4.29), (3084, -4.50), (1182, -4.83)] {
            logits[id] = ln_p - 33.0;
        }
        assert_eq!(compare(case, &[logits.clone()]), None);
        logits[3084] += 0.2;
        assert_eq!(compare(case, &[logits]).unwrap(), "ln p(` table`) is -4.302 where -4.5 is published");
    }

    #[test]
    fn whole_rows_are_compared_by_their_worst_logit_and_their_top() {
        let published = row(&[(1, 5.0), (2, 4.0), (3, 3.0), (4, 2.0), (5, 1.0), (6, 0.95)]);
        let mut ours: Vec<f32> = published.iter().map(|logit| logit + 0.04).collect();
        assert_eq!(compare_all(&ours, &published), None);
        // 5 and 6 are closer than both may be off.
        ours[5] = 0.96;
        assert_eq!(compare_all(&ours, &published), None);
        ours[9] = -99.8;
        assert_eq!(compare_all(&ours, &published).unwrap(), "logit of 9 is -99.8 where -100 is published");
        ours[9] = f32::NAN;
        assert_eq!(compare_all(&ours, &published).unwrap(), "logit of 9 is NaN where -100 is published");
        assert!(compare_all(&ours[1..], &published).unwrap().contains("50256 logits where 50257"));
    }
}
