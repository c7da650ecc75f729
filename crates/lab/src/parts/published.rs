use std::fmt;

use gpt2_runner::{Gpt2Config, Gpt2Tokenizer, RecordedLogits};
use serde::Serialize;

use crate::Error;

/// A model for which others have published values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// openai-community/gpt2.
    Gpt2Small,
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gpt2Small => "gpt2-small",
        })
    }
}

impl Published {
    /// The published values of a model of these sizes.
    pub fn of(config: &Gpt2Config) -> Option<Self> {
        (*config == Gpt2Config::SMALL).then_some(Self::Gpt2Small)
    }
}

/// A model's expected result for some token ids.
pub(super) struct Case {
    pub(super) text: String,
    pub(super) ids: Vec<u32>,
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    /// The most probable next token and its logit.
    Next { id: u32, logit: f32 },
    /// The tokens that follow if the most probable one is always taken.
    Greedy(&'static [u32]),
    /// Natural logarithms of next tokens' probabilities.
    LogProbabilities(&'static [(u32, f32)]),
    /// All V logits.
    Logits(Vec<f32>),
}

/// Published for `openai-community/gpt2`, by ids where the source gives ids.
pub(super) fn gpt2_small() -> Result<Vec<Case>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
