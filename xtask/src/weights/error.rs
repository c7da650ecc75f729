use std::io;
use std::path::PathBuf;

use crate::download;

/// Why weights are not in place, or not what they should be. Each message is one line and ends with what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest has no such model.
    #[error("there is no model `{name}`; known are {known}")]
    UnknownModel {
        /// The name as it was given.
        name: String,
        /// The manifest's names.
        known: String,
    },
    /// The manifest cannot be used.
    #[error("the manifest {} cannot be used: {cause}", .path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Something is missing, and the network is not to be used.
    #[error("{name}: {file} is neither in {} nor in Python's cache, and {why} forbids to fetch it; \
             run `cargo xtask weights {name}` with a network", .folder.display())]
    Offline {
        /// The model.
        name: String,
        /// The first missing file.
        file: String,
        /// The model's folder.
        folder: PathBuf,
        /// The option or variable.
        why: String,
    },
    /// A file did not arrive.
    #[error("{name}: {source}")]
    Download {
        /// The model.
        name: String,
        /// Why it did not.
        source: download::Error,
    },
    /// A file is not the one that was verified or pinned.
    #[error("{name}: {} has sha256 {got} where {expected} is expected; \
             run `cargo xtask weights {name}` to fetch it anew", .path.display())]
    Damaged {
        /// The model.
        name: String,
        /// The file.
        path: PathBuf,
        /// The sha256 of the manifest or of the first download.
        expected: String,
        /// The sha256 of the file.
        got: String,
    },
    /// There is nothing to verify.
    #[error("{name}: {} holds no verified weights; run `cargo xtask weights {name}` first", .folder.display())]
    Missing {
        /// The model.
        name: String,
        /// The model's folder.
        folder: PathBuf,
    },
    /// The files are whole, but not those of a GPT-2 with this configuration.
    #[error("{name}: {} is not a usable checkpoint: {cause}; check the manifest and the endpoint", .path.display())]
    Checkpoint {
        /// The model.
        name: String,
        /// The file.
        path: PathBuf,
        /// What does not fit.
        cause: String,
    },
    /// The model computes something else than what is published.
    #[error(
        "{name}: differs from the published values: {cause}; the weights are whole, so look for the fault in the \
             model's code (`cargo test -p gpt2-runner`)"
    )]
    Behaviour {
        /// The model.
        name: String,
        /// The values that differ.
        cause: String,
    },
    /// The program that runs the model failed.
    #[error("the behaviour of {name} cannot be checked: {cause}")]
    Lab {
        /// The model.
        name: String,
        /// What happened.
        cause: String,
    },
    /// A file or folder on this machine could not be used.
    #[error("cannot {action} {} ({source}); check the folder and its permissions, then run again", .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl Error {
    /// Whether the hub could not be reached, or was not to be asked: the caller may do without.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Offline { .. } => true,
            Self::Download { source, .. } => source.is_unreachable(),
            _ => false,
        }
    }

    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn download(name: &str) -> impl FnOnce(download::Error) -> Self + use<> {
        let name = name.to_owned();
        move |source| Self::Download { name, source }
    }
}
