//! The crate's errors. Each contains the path, the tensor or the id.
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{
    Device,
    message::{brief, escaped},
};

/// All errors of this crate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A system call failed.
    #[error("{}: {source}", shown(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A checkpoint was written to while a model was reading it: do not use what was computed from it.
    #[error(
        "{}: was written to while it was in use: run again, and replace a checkpoint by renaming a new file over it",
        shown(path)
    )]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A FIFO, a device, a folder or a socket where a file is expected; nothing was read from it.
    #[error("{}: is {kind}, expected a file", shown(path))]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is: `a folder`, say.
        kind: &'static str,
    },
    /// A file longer than its limit. At most the limit was read.
    #[error("{}: is longer than {}, which is more than any {what} has", shown(path), size(*limit))]
    TooLong {
        /// The file.
        path: PathBuf,
        /// What it should be: `config.json`, say.
        what: &'static str,
        /// How long it may be, in bytes.
        limit: u64,
    },
    /// A `config.json` that is not JSON, or has a field of another type.
    #[error("{}: not a GPT-2 configuration: {}", shown(path), brief(&source.to_string()))]
    ConfigJson {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A setting that this crate does not support.
    #[error("{}: {field} is {}, expected {expected}", shown(path), brief(value))]
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
    #[error("{}: no model.safetensors and no model.safetensors.index.json here; {}", shown(folder), escaped(hint))]
    NoCheckpoint {
        /// The folder.
        folder: PathBuf,
        /// What it holds, and what to do.
        hint: String,
    },
    /// A file that is not in the safetensors format.
    #[error("{}: not a safetensors file: {}", shown(path), escaped(problem))]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A `model.safetensors.index.json` that does not describe shards.
    #[error("{}: not an index of safetensors shards: {}", shown(path), escaped(problem))]
    ShardIndex {
        /// The index.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Tensors that are not those of the configuration: all of them, not only the first. The message shows up to
    /// ten.
    #[error("{}: {}{}", shown(path), list(problems), there(keys))]
    Tensors {
        /// The checkpoint.
        path: PathBuf,
        /// One for each tensor.
        problems: Vec<TensorProblem>,
        /// Some of the keys of a checkpoint in which none of the tensors was found.
        keys: Vec<String>,
    },
    /// Tables or a `tokenizer.json` from which no tokenizer can be built.
    #[error("{}: not a GPT-2 tokenizer: {}", shown(path), escaped(problem))]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A text that the tokenizer could not encode.
    #[error("the tokenizer failed on this text: {}", escaped(problem))]
    Encode {
        /// The tokenizer's error.
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
    /// A cache without space for more tokens.
    #[error("{cached} tokens in the cache and {tokens} more are too many: this model has {n_positions} positions")]
    CacheFull {
        /// The number of tokens in the cache.
        cached: usize,
        /// The number of tokens to add.
        tokens: usize,
        /// The model's `n_positions`.
        n_positions: usize,
    },
    /// A cache from another model.
    #[error("the cache is another model's: only the model that has started it can go on with it")]
    ForeignCache,
    /// Threads that could not be started.
    #[error("{threads} threads could not be started: {problem}")]
    Threads {
        /// The requested number.
        threads: usize,
        /// The system's error.
        problem: String,
    },
    /// Logits with NaN or infinities, and the first place in the network where they arise.
    #[error(
        "{count} of {vocab_size} logits at position {position} are not finite (the first: token {token}, {value}); \
        the first values that are not finite come out of {stage}"
    )]
    NotFinite {
        /// How many.
        count: usize,
        /// The number of logits.
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
    /// A text that is not the name of a device.
    #[error("no device {:?}: write cpu, cuda (which is cuda:0), cuda:1 and so on, or mps", brief(requested))]
    DeviceName {
        /// The text.
        requested: String,
    },
    /// A device that is not on this machine: every device except the CPU needs libtorch.
    #[error("no device \"{requested}\" here; {} has {available}", LIBRARY)]
    Device {
        /// The requested device.
        requested: Device,
        /// The names of the devices that are here.
        available: String,
    },
    /// An unknown engine, or one that is not in this build or not available on this device.
    #[error("no engine {requested:?} here: {problem}")]
    Engine {
        /// The requested name.
        requested: String,
        /// The reason, and what is accepted.
        problem: String,
    },
    /// A malformed file of recorded logits.
    #[error("{}: not a file of recorded logits: {}", shown(path), escaped(problem))]
    Recorded {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A libtorch operation failed. Only with the feature `torch`.
    #[error("libtorch: {}", brief(problem))]
    Torch {
        /// libtorch's error, without the backtrace.
        problem: String,
    },
}

#[cfg(feature = "torch")]
impl Error {
    /// libtorch appends a backtrace of its own code, from the second line on.
    ///
    /// Not `From`, which would make the version of tch a part of this crate's interface.
    #[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
    pub(crate) fn torch(error: tch::TchError) -> Self {
        Self::Torch { problem: error.to_string().lines().next().unwrap_or_default().to_owned() }
    }
}

/// Why a tensor of a checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TensorProblem {
    /// The checkpoint does not have it.
    #[error("{}: missing, expected {expected:?}", brief(name))]
    Missing {
        /// The key, without `transformer.`.
        name: String,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
    },
    /// It has another shape.
    #[error("{}: is {}, expected {expected:?}", brief(name), brief(&format!("{shape:?}")))]
    Shape {
        /// The key, without `transformer.`.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The shape that the configuration asks for.
        expected: Vec<usize>,
    },
    /// Its dtype cannot be widened to f32.
    #[error("{}: is {dtype}, expected F32, F16 or BF16", brief(name))]
    Dtype {
        /// The key, without `transformer.`.
        name: String,
        /// Its dtype.
        dtype: String,
    },
    /// It belongs to a block that the configuration does not have.
    #[error("{}: no such parameter in a GPT-2 with n_layer {n_layer}", brief(name))]
    Unexpected {
        /// The key, without `transformer.`.
        name: String,
        /// The configuration's `n_layer`.
        n_layer: usize,
    },
    /// It occurs more than once: with and without `transformer.`, or in two shards.
    #[error("{}: is there twice", brief(name))]
    Duplicate {
        /// The key, without `transformer.`.
        name: String,
    },
}

/// Describes where devices come from.
const LIBRARY: &str = if cfg!(feature = "torch") { "this libtorch" } else { "a build without libtorch" };

/// The number of problems in a message: a checkpoint with other names has hundreds.
const SHOWN: usize = 10;

fn list(problems: &[TensorProblem]) -> String {
    let count = problems.len();
    let are = if count == 1 { "is" } else { "are" };
    let mut list: Vec<String> = problems.iter().take(SHOWN).map(ToString::to_string).collect();
    if count > SHOWN {
        list.push(format!("and {} more", count - SHOWN));
    }
    format!("{count} of its tensors {are} not as config.json says: {}", list.join("; "))
}

fn there(keys: &[String]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| brief(key)).collect();
    if keys.is_empty() { String::new() } else { format!("; the file has {}, …", keys.join(", ")) }
}

fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

fn size(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_in_the_message_only() {
        let problem = |n: usize| TensorProblem::Duplicate { name: n.to_string() };
        let message = list(&(0..12).map(problem).collect::<Vec<_>>());
        assert!(message.starts_with("12 of its tensors are not as config.json says: 0: is there twice; 1: is there"));
        assert!(message.ends_with("; 9: is there twice; and 2 more"));
    }

    #[test]
    fn what_files_say_is_shown_escaped_and_on_one_line() {
        let path = || PathBuf::from("a\u{1b}]0;b");
        let bad = || "x\u{1b}[31m\n\0\u{9b}".to_owned();
        for error in [
            Error::Config { path: path(), field: "model_type", value: bad(), expected: "gpt2".into() },
            Error::NoCheckpoint { folder: path(), hint: bad() },
            Error::Safetensors { path: path(), problem: bad() },
            Error::ShardIndex { path: path(), problem: bad() },
            Error::Tokenizer { path: path(), problem: bad() },
            Error::Recorded { path: path(), problem: bad() },
            Error::Tensors {
                path: path(),
                problems: vec![
                    TensorProblem::Missing { name: bad(), expected: vec![1] },
                    TensorProblem::Shape { name: bad(), shape: vec![2], expected: vec![1] },
                    TensorProblem::Dtype { name: bad(), dtype: "I8".into() },
                    TensorProblem::Unexpected { name: bad(), n_layer: 1 },
                    TensorProblem::Duplicate { name: bad() },
                ],
                keys: vec![bad()],
            },
        ] {
            let message = error.to_string();
            assert_eq!(escaped(&message), message);
            assert!(message.starts_with(r"a\u{1b}]0;b: "), "{message}");
            assert!(message.contains(r"x\u{1b}[31m\n\u{0}\u{9b}"), "{message}");
        }
    }
}
