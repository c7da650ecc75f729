//! Logits in files: a model's output without the model.
use std::collections::BTreeMap;

use crate::Error;

mod npy;
mod read;
mod values;
mod write;

/// Models' logits for prompts, as stored in a file.
///
/// The format is safetensors: a tensor of F32 for each prompt, `[V]` for its last position or `[T, V]` for all. It is
/// named `logits` if the file has only one, with the text and the token ids (as a JSON list) in the metadata as
/// `prompt` and `token_ids`; else they are `prompt_0`, `prompt_1`, …, with the texts under the same names and the ids
/// under `prompt_N.token_ids`. `model`, `revision`, `sha256` and the writer's notes are in the metadata, too. A second
/// model's tensors and metadata have the same names after `model_1.`, and so on.
///
/// [`RecordedPrompt::to_npy`] writes NumPy's format. Files of other programs can be read too: a safetensors file of one
/// tensor or with one named `logits`, and NumPy's `.npy`; F32, F16 or BF16; `[V]`, `[T, V]` or `[1, T, V]`; with or
/// without metadata. V and T are at most 2²⁰, and so are the token ids of all prompts together; a file has at most
/// 100,000 tensors and 201,000 entries in its metadata.
///
/// ```
/// use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};
///
/// let prompt = RecordedPrompt { token_ids: Some(vec![17250]), ..RecordedPrompt::last("Hi", vec![0.5, -1.0]) };
/// let model = RecordedModel { name: Some("tiny".into()), prompts: vec![prompt], ..Default::default() };
/// let recorded = RecordedLogits { models: vec![model] };
/// assert_eq!(RecordedLogits::from_bytes(&recorded.to_bytes()?)?, recorded);
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedLogits {
    /// The models, in the order of their numbers.
    pub models: Vec<RecordedModel>,
}

/// One model's logits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedModel {
    /// Its name.
    pub name: Option<String>,
    /// Its revision.
    pub revision: Option<String>,
    /// The sha256 of its weights' file, in hexadecimal.
    pub sha256: Option<String>,
    /// The writer's notes.
    pub notes: BTreeMap<String, String>,
    /// The prompts, in the order of their numbers.
    pub prompts: Vec<RecordedPrompt>,
}

/// One prompt and its logits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedPrompt {
    /// The prompt, if it is known.
    pub text: Option<String>,
    /// `[T]`: its token ids, if they are known.
    pub token_ids: Option<Vec<u32>>,
    /// T if `logits` are those of all positions, `[T, V]`; `None` if they are those of the last, `[V]`.
    pub n_positions: Option<usize>,
    /// T of the file's `[T, V]` if [`RecordedLogits::last_from_file`] kept only the last position; not written.
    pub n_positions_in_file: Option<usize>,
    /// The logits, position after position.
    pub logits: Vec<f32>,
}

impl RecordedModel {
    /// The prompt with this text.
    pub fn find(&self, text: &str) -> Option<&RecordedPrompt> {
        self.prompts.iter().find(|prompt| prompt.text.as_deref() == Some(text))
    }
}

impl RecordedPrompt {
    /// A prompt and the logits `[V]` of its last position.
    pub fn last(text: impl Into<String>, logits: Vec<f32>) -> Self {
        Self { text: Some(text.into()), logits, ..Self::default() }
    }

    /// V.
    pub fn vocab_size(&self) -> usize {
        self.logits.len() / self.n_positions.unwrap_or(1).max(1)
    }

    /// T, the prompt's number of tokens, if known from the shape `[T, V]` or from the token ids.
    pub fn n_tokens(&self) -> Option<usize> {
        self.n_positions.or(self.n_positions_in_file).or_else(|| self.token_ids.as_ref().map(Vec::len))
    }

    /// The logits of each stored position, `[V]` each.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.logits.chunks_exact(self.vocab_size().max(1))
    }
}

/// Why a file was not read.
#[derive(Debug)]
enum Fault {
    /// What is wrong with its contents.
    Format(String),
    Reading(Error),
}

impl From<String> for Fault {
    fn from(problem: String) -> Self {
        Self::Format(problem)
    }
}

impl From<&str> for Fault {
    fn from(problem: &str) -> Self {
        Self::Format(problem.to_owned())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Reading(error)
    }
}

/// The names of a tensor and of its entries in the metadata.
struct Names {
    tensor: String,
    text: String,
    token_ids: String,
}

impl Names {
    /// Of the only prompt of the only model.
    fn only() -> Self {
        Self { tensor: "logits".into(), text: "prompt".into(), token_ids: "token_ids".into() }
    }

    fn numbered(model: usize, prompt: usize) -> Self {
        let tensor = format!("{}prompt_{prompt}", prefix(model));
        Self { text: tensor.clone(), token_ids: format!("{tensor}.token_ids"), tensor }
    }
}

/// The prefix of a model's names.
fn prefix(model: usize) -> String {
    if model == 0 { String::new() } else { format!("model_{model}.") }
}
