use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{print::thousands, printable, source};

mod recorded;

pub use recorded::RecordedError;

/// The values accepted by `--model`, `--small` and `--large`.
const MODELS: &str = "give a name that `lab models` prints, such as gpt2 or demo-small; small, large, or a folder with \
                      config.json and model.safetensors";

/// The lab's errors. Each message is one line with the input and what is accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A prompt without text.
    #[error("the prompt is empty: give at least one character of text")]
    EmptyPrompt,
    /// Standard input that is not UTF-8.
    #[error(
        "standard input is not UTF-8 text: byte {byte:#04x} at offset {offset}; prompts and numbers are read as UTF-8"
    )]
    StdinNotUtf8 {
        /// The first byte that does not belong.
        byte: u8,
        /// Its position, from 0.
        offset: usize,
    },
    /// A word on standard input that is not a number.
    #[error("{word:?} is not a number: softmax takes numbers such as 1, -2.5 or 3e-4, with spaces between them")]
    NotANumber {
        /// The word.
        word: String,
    },
    /// No numbers were given.
    #[error("there are no numbers: softmax takes at least one, such as 1, -2.5 or 3e-4")]
    NoNumbers,
    /// A token that a model does not have.
    #[error("no token {id}: the model has the tokens 0 to {}", vocab_size.saturating_sub(1))]
    NoSuchToken {
        /// The token id.
        id: u32,
        /// V.
        vocab_size: usize,
    },
    /// A text that is not a single token.
    #[error(
        "--token {text:?}: {}; give one token, and remember that GPT-2's words begin with a space, as in ' coffee'",
        match tokens.len() { 0 => "no token".to_owned(), n => format!("{n} tokens, {}", tokens.join(" and ")) }
    )]
    NotOneToken {
        /// The text.
        text: String,
        /// Its tokens, as they are shown.
        tokens: Vec<String>,
    },
    /// An option's number is out of range.
    #[error("{option} {given}: give {accepted}")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// The given value.
        given: usize,
        /// What is accepted: `1 to 6 (qwen has 6 tokens)`.
        accepted: String,
    },
    /// All heads of a text that is too long for that.
    #[error(
        "the text has {} tokens; all heads are shown of at most {up_to}: give --layer and --head to see one head of \
         a longer text",
        thousands(*tokens as u64)
    )]
    AllHeads {
        /// The text's length.
        tokens: usize,
        /// The longest for all heads.
        up_to: usize,
    },
    /// A file of text without a character.
    #[error("{} is empty: give a file with at least one character of text", shown(path))]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file name extension that the command does not write.
    #[error("{option} {}: the name must end in {accepted}", shown(path))]
    Format {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// The endings that are accepted.
        accepted: String,
    },
    /// A folder with the name of a file.
    #[error("--out {}: give a folder; the pictures, report.txt, report.json and index.html go into it", shown(path))]
    NotAFolder {
        /// The given value.
        path: PathBuf,
    },
    /// A file that is not text.
    #[error("{}: not UTF-8 text: byte {byte:#04x} at offset {offset}", path.display())]
    FileNotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that does not belong.
        byte: u8,
        /// Its position, from 0.
        offset: usize,
    },
    /// More tokens than a model can read.
    #[error("the prompt has {} tokens; {} reads at most {}", thousands(*tokens as u64), printable(model), thousands(*n_positions as u64))]
    PromptTooLong {
        /// The prompt's length.
        tokens: usize,
        /// The model.
        model: String,
        /// Its `n_positions`.
        n_positions: usize,
    },
    /// `--models pretrained` where they are not.
    #[error(
        "--models pretrained: {missing} not in {} ; {}, and --models demo runs the demo pair",
        shown(weights),
        in_workspace_or(
            "`cargo xtask weights gpt2 gpt2-large` downloads them",
            "`lab models` lists which files to put there"
        )
    )]
    NoWeights {
        /// What is missing, with its verb: `gpt2-large is`.
        missing: String,
        /// Where it was looked for.
        weights: PathBuf,
    },
    /// A model that is neither a name nor a folder.
    #[error("{option} {given:?}: no such model: {MODELS}")]
    UnknownModel {
        /// The option.
        option: &'static str,
        /// The given value.
        given: String,
    },
    /// A published model that is not here.
    #[error(
        "{option} {name}: it is not in {} ; {}`lab models` lists what is here and how to get the others",
        shown(weights),
        in_workspace_or(&format!("`cargo xtask weights {name}` downloads it, and "), "")
    )]
    NotDownloaded {
        /// The option.
        option: &'static str,
        /// The model.
        name: &'static str,
        /// Where it was looked for.
        weights: PathBuf,
    },
    /// A folder that holds no model, or one that cannot be used.
    #[error("{option}: {problem}; {MODELS}")]
    Folder {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        problem: Box<Error>,
    },
    /// An option without effect on this command.
    #[error("{option} has no effect {when}: leave it out")]
    NoEffect {
        /// The option.
        option: &'static str,
        /// In which case.
        when: String,
    },
    /// A model whose token ids are not those of the tokenizer.
    #[error(
        "{} has a vocabulary of {}, the tokenizer one of {}: put the model's own tokenizer.json, or vocab.json and \
         merges.txt, into its folder",
        printable(model),
        thousands(*vocab_size as u64),
        thousands(*tokenizer as u64)
    )]
    ModelVocabulary {
        /// The model's title.
        model: String,
        /// The model's vocabulary.
        vocab_size: usize,
        /// The tokenizer's.
        tokenizer: usize,
    },
    /// Two models that do not number the same tokens alike.
    #[error(
        "{} and {} cannot be compared token by token: {}",
        printable(first),
        printable(second),
        printable(difference)
    )]
    Vocabularies {
        /// The one model.
        first: String,
        /// The other.
        second: String,
        /// Where they differ.
        difference: String,
    },
    /// A model whose results differ from the published ones.
    #[error("{} is not {published}: after {prompt:?}, {what}", shown(folder))]
    NotAsPublished {
        /// The model's folder.
        folder: PathBuf,
        /// Whose values they are.
        published: String,
        /// The first prompt whose logits differ.
        prompt: String,
        /// The difference.
        what: String,
    },
    /// An address that is not available, or is lost.
    #[error("the page cannot be served: {0}; --port takes another port, 0 a free one")]
    Serve(io::Error),
    /// A file that could not be written.
    #[error("cannot write to {}: {source}", shown(path))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A disk without space for a file.
    #[error("the disk of {} is full: free some space there, or choose a folder on another disk", shown(folder))]
    DiskFull {
        /// The folder, or the nearest one above it that exists.
        folder: PathBuf,
    },
    /// A folder for `--out` that cannot be written.
    #[error("cannot write to {}: {source}; choose a folder you can write to with --out", shown(path))]
    UnwritableFolder {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder for `--check` that does not exist.
    #[error("--check {0}: no such folder; draw the figures into it first, with --out {0}", shown(folder))]
    NothingToCheck {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder that a run would overwrite before it is compared.
    #[error("--check and --out are the same folder, {}: choose another folder for the new files", shown(folder))]
    ChecksItself {
        /// The folder.
        folder: PathBuf,
    },
    /// Figures or reports that are no longer what the program draws.
    #[error(
        "{} of {of} files in {} have changed: {}; the new ones are in {}, with a picture of the difference beside each \
         picture; if the change is meant, repeat the command with --bless",
        files.len(), shown(folder), printable(&files.join(", ")), shown(out)
    )]
    Changed {
        /// The files that have changed.
        files: Vec<String>,
        /// How many were compared.
        of: usize,
        /// Where the old ones are.
        folder: PathBuf,
        /// Where the new ones are.
        out: PathBuf,
    },
    /// A file that cannot be written.
    #[error("cannot write to {}: {source}; give {option} a file name in a folder that exists", shown(path))]
    UnwritableFile {
        /// The file.
        path: PathBuf,
        /// The option that names it.
        option: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A file that cannot be read.
    #[error("{}: {source}", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A `verified.json` that is not one.
    #[error(
        "{}: not a list of verified files: {source}; {}",
        shown(path),
        in_workspace_or("`cargo xtask weights --verify` writes it again", "delete it, the lab works without it")
    )]
    Verified {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A file that differs from the published model's.
    #[error(
        "{}: sha256 {sha256}, where the published file has {stated}; {}, or name the folder with --small, --large or \
         --model to use this one",
        shown(path),
        in_workspace_or("`cargo xtask weights` fetches that one again", "put that one in its place")
    )]
    NotPublished {
        /// The file.
        path: PathBuf,
        /// Its sha256.
        sha256: String,
        /// The one that was downloaded and verified.
        stated: String,
    },
    /// An instruction set that is not there.
    #[error("{variable}: {problem}")]
    Simd {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with its value.
        problem: softmax_core::Error,
    },
    /// Standard input or output failed.
    #[error("{stream}: {source}")]
    Stream {
        /// Which.
        stream: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A report that could not be put into JSON.
    #[error("the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Logits from files were refused.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// A model, tokenizer or recorded file was refused.
    #[error(transparent)]
    Runner(#[from] gpt2_runner::Error),
    /// A computation was refused.
    #[error(transparent)]
    Softmax(#[from] softmax_core::Error),
    /// A figure could not be drawn or written.
    #[error(transparent)]
    Figure(#[from] viz::Error),
}

/// The first text names a command of the workspace; an installed program has the second.
fn in_workspace_or<'a>(command: &'a str, installed: &'a str) -> &'a str {
    if source::is_installed() { installed } else { command }
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

impl Error {
    /// [`Error::NoEffect`].
    pub fn no_effect(option: &'static str, when: impl Into<String>) -> Self {
        Self::NoEffect { option, when: when.into() }
    }

    /// The process' exit code: 2 for a wrong command line, 3 for figures that have changed, 1 for other failures.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::EmptyPrompt
            | Self::NotANumber { .. }
            | Self::NoNumbers
            | Self::UnknownModel { .. }
            | Self::NotOneToken { .. }
            | Self::OutOfRange { .. }
            | Self::AllHeads { .. }
            | Self::NoEffect { .. }
            | Self::Format { .. }
            | Self::NotAFolder { .. }
            | Self::ChecksItself { .. }
            | Self::Simd { .. } => 2,
            Self::Recorded(error) if error.is_typed() => 2,
            Self::Changed { .. } => 3,
            _ => 1,
        }
    }

    /// Whether the reader of the output has closed it, as `head` does: no failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stream { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
