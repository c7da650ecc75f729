//! What can go wrong, each with the path, the tensor or the id in it.
use std::path::PathBuf;

use thiserror::Error;

/// Everything that this crate refuses or that fails below it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `config.json` that is not JSON, or has a field of another type.
    #[error("{}: not a GPT-2 configuration: {source}", path.display())]
    ConfigJson {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A setting that this crate does not support.
    #[error("{}: {field} is {value}, expected {expected}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The field of `config.json`.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be accepted.
        expected: String,
    },
    /// A folder without `model.safetensors` or `model.safetensors.index.json`.
    #[error("{}: no model.safetensors and no model.safetensors.index.json here; {hint}", folder.display())]
    NoCheckpoint {
        /// The folder.
        folder: PathBuf,
        /// What it holds, and what to do.
        hint: String,
    },
    /// A file that is not in the safetensors format.
    #[error("{}: not a safetensors file: {problem}", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A `model.safetensors.index.json` that does not describe shards.
    #[error("{}: not an index of safetensors shards: {problem}", path.display())]
    ShardIndex {
        /// The index.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Tensors that are not those of the configuration: all of them, not only the first. The message shows up to 100.
    #[error("{}: {}", path.display(), list(problems))]
    Tensors {
        /// The checkpoint.
        path: PathBuf,
        /// One line per tensor.
        problems: Vec<TensorProblem>,
    },
    /// Tables or a `tokenizer.json` from which no tokenizer can be built.
    #[error("{}: not a GPT-2 tokenizer: {problem}", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A text that the tokenizer could not encode.
    #[error("the tokenizer failed on this text: {problem}")]
    Encode {
        /// What the tokenizer said.
        problem: String,
    },
    /// A token id that the tokenizer does not have.
    #[error("{id} is not a token id: the vocabulary has 0 to {}", vocab_size.saturating_sub(1))]
    UnknownToken {
        /// The id.
        id: u32,
        /// The size of the vocabulary.
        vocab_size: usize,
    },
    /// A prompt without tokens: there is no position to predict from.
    #[error("the prompt is empty: a GPT-2 needs at least one token")]
    EmptyPrompt,
    /// A prompt with an id outside the model's vocabulary.
    #[error("token id {id} at position {position} is outside this model's vocabulary of {vocab_size}")]
    TokenOutOfRange {
        /// The id.
        id: u32,
        /// Its position in the prompt, from 0.
        position: usize,
        /// The model's `vocab_size`.
        vocab_size: usize,
    },
    /// A prompt longer than the position table.
    #[error("the prompt has {tokens} tokens; this model has {n_positions} positions")]
    PromptTooLong {
        /// The prompt's length.
        tokens: usize,
        /// The model's `n_positions`.
        n_positions: usize,
    },
    /// Logits with NaN or infinities, and the first place in the network where they arise.
    #[error(
        "{count} of {vocab_size} logits at position {position} are not finite (the first: token {token}, {value}); \
        the first values that are not finite come out of {stage}"
    )]
    NotFinite {
        /// How many.
        count: usize,
        /// Of how many.
        vocab_size: usize,
        /// The position in the prompt, from 0.
        position: usize,
        /// The first token id whose logit is not finite.
        token: usize,
        /// That logit.
        value: f32,
        /// The stage of the network, named as in the checkpoint: `wte + wpe`, `h.3`, `ln_f` or `lm_head`.
        stage: String,
    },
    /// A device that this libtorch does not have.
    #[error("no device {requested:?} here; this libtorch has {available}")]
    Device {
        /// What was asked for.
        requested: String,
        /// The names that would be accepted.
        available: String,
    },
    /// A file of recorded logits with parts missing or out of place.
    #[error("{}: not a file of recorded logits: {problem}", path.display())]
    Recorded {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// libtorch refused an operation.
    #[cfg(feature = "torch")]
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

/// Why a tensor of a checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TensorProblem {
    /// The configuration needs it and the checkpoint does not have it.
    #[error("{name}: missing, expected {expected:?}")]
    Missing {
        /// The key, without `transformer.`.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
    },
    /// It has another shape.
    #[error("{name}: is {shape:?}, expected {expected:?}")]
    Shape {
        /// The key, without `transformer.`.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
    },
    /// It is not made of floats that can be widened to f32.
    #[error("{name}: is {dtype}, expected F32, F16 or BF16")]
    Dtype {
        /// The key, without `transformer.`.
        name: String,
        /// Its dtype.
        dtype: String,
    },
    /// It belongs to a block that the configuration does not have.
    #[error("{name}: no such parameter in a GPT-2 with n_layer {n_layer}")]
    Unexpected {
        /// The key, without `transformer.`.
        name: String,
        /// The configuration's `n_layer`.
        n_layer: usize,
    },
    /// It is there more than once: with and without `transformer.`, or in two shards.
    #[error("{name}: is there twice")]
    Duplicate {
        /// The key, without `transformer.`.
        name: String,
    },
}

/// How many problems a message shows: a whole checkpoint of other names has hundreds.
const SHOWN: usize = 100;

fn list(problems: &[TensorProblem]) -> String {
    let count = problems.len();
    let are = if count == 1 { "is" } else { "are" };
    let mut list = format!("{count} of its tensors {are} not as config.json says:");
    for problem in problems.iter().take(SHOWN) {
        list += &format!("\n  {problem}");
    }
    if count > SHOWN {
        list += &format!("\n  and {} more", count - SHOWN);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_in_the_message_only() {
        let problem = |n: usize| TensorProblem::Duplicate { name: n.to_string() };
        let message = list(&(0..102).map(problem).collect::<Vec<_>>());
        assert!(message.starts_with("102 of its tensors are not as config.json says:\n  0: is there twice\n"));
        assert!(message.ends_with("\n  99: is there twice\n  and 2 more"));
    }
}
