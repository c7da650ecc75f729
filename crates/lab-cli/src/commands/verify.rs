//! `lab verify`: whether a model computes what others have published for it.

use std::path::Path;

use gpt2_runner::{Gpt2, Gpt2Config, Gpt2Tokenizer, RecordedLogits};
use serde::Serialize;
use softmax_core::{argmax, logsumexp, top_k};

use super::Context;
use crate::{
    Error,
    cli::{Published, VerifyArgs},
    print::thousands,
    text::{Kind, Line},
};

/// How far a logit may be from a published one: those come from other programs, one of them an ONNX export.
const TOLERANCE: f32 = 0.05;
/// The most probable tokens that must be the same.
const TOP: usize = 5;

/// What a model must give after some token ids.
struct Case {
    text: String,
    ids: Vec<u32>,
    expected: Expected,
}

enum Expected {
    /// The most probable next token and its logit.
    Next { id: u32, logit: f32 },
    /// The tokens that follow if the most probable one is always taken.
    Greedy(&'static [u32]),
    /// Natural logarithms of next tokens' probabilities.
    LogProbabilities(&'static [(u32, f32)]),
    /// All V logits.
    Logits(Vec<f32>),
}

/// A model, held against what is published for it.
#[derive(Debug, Serialize)]
pub(super) struct VerifyAnswer {
    folder: String,
    /// Of a checkpoint whose tensors are all there, in the shapes of its configuration.
    parameters: u64,
    /// For which model the values are published, if there are any for one of these sizes.
    published: Option<Published>,
    /// How far a logit may be from a published one.
    tolerance: f32,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    prompt: String,
    /// What differs, if anything does.
    difference: Option<String>,
}

pub(super) fn run(args: &VerifyArgs, context: &Context) -> Result<VerifyAnswer, Error> {
    context.progress.step(format!("loading {}", args.folder.display()));
    let model = Gpt2::load(&args.folder, args.device.parse()?)?;
    let published = args.published.or_else(|| published_for(model.config()));
    let cases = match published {
        Some(Published::Gpt2Small) => gpt2_small()?,
        None => Vec::new(),
    };
    let mut checks = Vec::with_capacity(cases.len());
    for Case { text, ids, expected } in cases {
        context.progress.step(format!("running {text:?}"));
        let fed: Vec<u32> = match expected {
            // The last token is only predicted, never read.
            Expected::Greedy(next) => [&ids, &next[..next.len() - 1]].concat(),
            _ => ids.clone(),
        };
        let logits = model.logits(&fed)?;
        let rows: Vec<&[f32]> = logits.rows().skip(ids.len() - 1).collect();
        checks.push(Check { difference: difference(&expected, &rows)?, prompt: text });
    }
    let folder = args.folder.display().to_string();
    Ok(VerifyAnswer { folder, parameters: model.num_parameters(), published, tolerance: TOLERANCE, checks })
}

/// The published values of a model of these sizes.
fn published_for(config: &Gpt2Config) -> Option<Published> {
    (*config == Gpt2Config::SMALL).then_some(Published::Gpt2Small)
}

/// Published for `openai-community/gpt2`, by ids where the source gives ids.
fn gpt2_small() -> Result<Vec<Case>, Error> {
    let mut cases = vec![
        // rust-bert's own test of its GPT-2, which runs on libtorch on the CPU (-69.4948 ± 1e-3 there).
        Case {
            text: "One two three four".to_owned(),
            ids: vec![3198, 734, 1115, 1440],
            expected: Expected::Next { id: 1936, logit: -69.4948 },
        },
        // transformers' own test of its GPT-2: "The dog was found in a field near the intersection of West and West".
        Case {
            text: "The dog".to_owned(),
            ids: vec![464, 3290],
            expected: Expected::Greedy(&[
                373, 1043, 287, 257, 2214, 1474, 262, 16246, 286, 2688, 290, 2688, 27262, 13, 198, 198, 464, 3290,
            ]),
        },
        // ln p of " tree", " trees", " apple", " table", " head".
        Case {
            text: "The apple doesn't fall far from the".to_owned(),
            ids: vec![464, 17180, 1595, 470, 2121, 1290, 422, 262],
            expected: Expected::LogProbabilities(&[
                (5509, -0.281),
                (7150, -3.60),
                (17180, -4.29),
                (3084, -4.50),
                (1182, -4.83),
            ]),
        },
    ];
    // All logits of five prompts: see data/recorded/README.md.
    let recorded = RecordedLogits::from_bytes(include_bytes!("../../../../data/recorded/gpt2-small.safetensors"))?;
    let tokenizer = Gpt2Tokenizer::published()?;
    for prompt in recorded.models.into_iter().flat_map(|model| model.prompts) {
        let text = prompt.text.unwrap_or_default();
        let ids = tokenizer.encode(&text)?;
        cases.push(Case { text, ids, expected: Expected::Logits(prompt.logits) });
    }
    Ok(cases)
}

/// What differs from the published values in the rows of logits from the prompt's last position on.
fn difference(expected: &Expected, rows: &[&[f32]]) -> Result<Option<String>, Error> {
    let row = rows[0];
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

impl VerifyAnswer {
    pub(super) fn lines(&self) -> Vec<Line> {
        let tensors = format!(
            "{}: {} parameters, every tensor as its configuration says",
            self.folder,
            thousands(self.parameters)
        );
        let mut lines = vec![Line::new(Kind::Note, tensors)];
        for Check { prompt, difference } in &self.checks {
            let line = match difference {
                None => format!("  as published  {prompt:?}"),
                Some(what) => format!("  DIFFERS       {prompt:?}: {what}"),
            };
            lines.push(Line::new(Kind::Note, line));
        }
        let verdict = match (self.published, self.differs()) {
            (None, _) => "No values are published for a model of these sizes.".to_owned(),
            (Some(name), None) => format!("It computes what is published for {name}: logits within {TOLERANCE}."),
            (Some(name), Some(_)) => format!("It does not compute what is published for {name}."),
        };
        lines.push(Line::new(Kind::Note, verdict));
        lines
    }

    /// The failure that a difference is, for the exit code.
    pub(super) fn verdict(&self) -> Result<(), Error> {
        match (self.published, self.differs()) {
            (Some(published), Some(Check { prompt, difference: Some(what) })) => Err(Error::NotAsPublished {
                folder: Path::new(&self.folder).to_owned(),
                published: published.to_string(),
                prompt: prompt.clone(),
                what: what.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn differs(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.difference.is_some())
    }
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
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        difference(&gpt2_small().unwrap()[case].expected, &rows).unwrap()
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

    #[test]
    fn the_recorded_prompts_have_the_ids_that_were_recorded_with_them() {
        #[derive(serde::Deserialize)]
        struct Prompt {
            prompt: String,
            token_ids: Vec<u32>,
        }
        let json = include_bytes!("../../../../data/recorded/gpt2-small.json");
        let recorded: Vec<Prompt> = serde_json::from_slice(json).unwrap();
        let cases = gpt2_small().unwrap();
        assert_eq!(cases.len(), 3 + recorded.len());
        for (case, Prompt { prompt, token_ids }) in cases[3..].iter().zip(recorded) {
            assert_eq!((&case.text, &case.ids), (&prompt, &token_ids));
        }
    }
}
