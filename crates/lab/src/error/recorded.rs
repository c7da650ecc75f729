use std::path::PathBuf;

use thiserror::Error;

use super::shown;
use crate::{print::thousands, printable};

/// Errors of logits from files, and of requests for them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordedError {
    /// Logits over other tokens than the first ones.
    #[error(
        "{}: prompt {prompt} has {} logits, the first prompt has {}; logits of different vocabularies cannot be compared",
        shown(path),
        thousands(*len as u64),
        thousands(*vocab_size as u64)
    )]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// The number of the prompt.
        prompt: usize,
        /// How many logits it has.
        len: usize,
        /// How many the first prompt has.
        vocab_size: usize,
    },
    /// NaN or +∞ among the logits.
    #[error(
        "{}: prompt {prompt} has the logit {value} for token {token}{}; a logit is a finite number, or -inf for a token \
         that is left out",
        shown(path),
        position.map(|position| format!(" at position {position}")).unwrap_or_default()
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The number of the prompt.
        prompt: usize,
        /// The position, from 0, where the logits of every position are read.
        position: Option<usize>,
        /// The first token with such a logit.
        token: usize,
        /// That logit.
        value: f32,
    },
    /// Logits that leave out every token.
    #[error(
        "{}: prompt {prompt} has the logit -inf for every token; at least one must be a finite number",
        shown(path)
    )]
    Nothing {
        /// The file.
        path: PathBuf,
        /// The number of the prompt.
        prompt: usize,
    },
    /// A token id beyond the logits.
    #[error(
        "{}: prompt {prompt} has the token id {id}; the logits are of the tokens 0 to {}",
        shown(path),
        vocab_size.saturating_sub(1)
    )]
    Token {
        /// The file.
        path: PathBuf,
        /// The number of the prompt.
        prompt: usize,
        /// The first id beyond the logits.
        id: u32,
        /// V.
        vocab_size: usize,
    },
    /// More or fewer ids than the logits have positions.
    #[error("--ids: {}, and the logits are those of {}; give one id for each", many(*ids, "id"), many(*positions, "position"))]
    Ids {
        /// How many ids.
        ids: usize,
        /// T of the logits.
        positions: usize,
    },
    /// A text of another length than the logits.
    #[error(
        "the text {text:?} is {} of GPT-2, and the logits are those of {}; --ids gives the ids that the model has read",
        many(*tokens, "token"),
        many(*positions, "position")
    )]
    Text {
        /// The text.
        text: String,
        /// How many tokens it is.
        tokens: usize,
        /// T of the logits.
        positions: usize,
    },
    /// Two models' token ids of one text, which differ.
    #[error(
        "the token ids of {prompt:?} are {first:?} in the file of {} and {second:?} in that of {}: models of different \
         vocabularies cannot be compared",
        printable(&models.0),
        printable(&models.1)
    )]
    OtherIds {
        /// The text.
        prompt: String,
        /// The models.
        models: (String, String),
        /// The first model's ids.
        first: Vec<u32>,
        /// The second's.
        second: Vec<u32>,
    },
    /// Logits that are not those of each token of a text.
    #[error(
        "the logits are those of {}, and {}; a score needs logits at every position, [T, V], and the T token ids: --ids \
         gives them where the file does not",
        many(*positions, "position"),
        match tokens {
            0 => "the token ids of the text are not known".to_owned(),
            n => format!("the text has {}", many(*n, "token")),
        }
    )]
    NotEveryPosition {
        /// Rows of the logits.
        positions: usize,
        /// Token ids; 0 if they are not known.
        tokens: usize,
    },
    /// A tokenizer with more tokens than there are logits.
    #[error(
        "{}: it has a token {largest}, and there are {} logits: it is another model's",
        shown(path),
        thousands(*vocab_size as u64)
    )]
    TokenizerBeyondLogits {
        /// The `tokenizer.json`.
        path: PathBuf,
        /// Its largest id.
        largest: u32,
        /// V.
        vocab_size: usize,
    },
    /// A prompt that was not recorded.
    #[error("no recorded prompt {requested:?}; there are {available}")]
    NoPrompt {
        /// The requested value.
        requested: String,
        /// The prompts with their numbers.
        available: String,
    },
    /// Logits of more models than the lab compares.
    #[error("--logits: the files hold logits of {}; the lab compares two models", printable(models))]
    TooManyModels {
        /// Their names.
        models: String,
    },
    /// Logits of one model where two are compared.
    #[error(
        "--logits: two models' logits for {} are needed, and the files have those of {}: repeat --logits",
        if prompt.is_empty() { "the same prompt".to_owned() } else { format!("{prompt:?}") },
        printable(models)
    )]
    OneModel {
        /// The prompt; empty if the files do not have it.
        prompt: String,
        /// The models that there are.
        models: String,
    },
}

impl RecordedError {
    /// Whether it is in what was typed, and not in a file.
    pub(super) fn is_typed(&self) -> bool {
        match self {
            Self::Ids { .. }
            | Self::Text { .. }
            | Self::NotEveryPosition { .. }
            | Self::NoPrompt { .. }
            | Self::TooManyModels { .. }
            | Self::OneModel { .. } => true,
            Self::Vocabulary { .. }
            | Self::NotFinite { .. }
            | Self::Nothing { .. }
            | Self::Token { .. }
            | Self::OtherIds { .. }
            | Self::TokenizerBeyondLogits { .. } => false,
        }
    }
}

/// `1 token`, `1,024 tokens`.
fn many(n: usize, what: &str) -> String {
    format!("{} {what}{}", thousands(n as u64), if n == 1 { "" } else { "s" })
}
