//! The published models' weights, fetched once and verified: `cargo xtask weights`.

mod error;

use std::path::PathBuf;
use std::time::Duration;

pub use error::Error;

use crate::download;

/// The arguments of `cargo xtask weights`.
#[derive(Debug, clap::Args)]
pub struct WeightsArgs {
    /// The models.
    #[arg(default_values = ["gpt2", "gpt2-large"])]
    models: Vec<String>,
}

/// Where the weights lie, where they come from, and how hard to try.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with one folder per model.
    pub dir: PathBuf,
    /// The hub; `HF_ENDPOINT`, else the public hub, if nothing is given.
    pub endpoint: Option<String>,
    /// Another manifest than the project's own.
    pub manifest: Option<PathBuf>,
    /// No packet leaves; `HF_HUB_OFFLINE` sets it too.
    pub offline: bool,
    /// Fetches from the hub again what is there already.
    pub force: bool,
    /// If something has to come from the hub and nobody answers there within this time, it is unreachable.
    pub reach_within: Option<Duration>,
    /// The `lab` binary that the behaviour is checked with; unchecked without.
    pub lab: Option<PathBuf>,
    /// How a file is fetched.
    pub download: download::Options,
}

/// A model that is in place, its files verified.
#[derive(Debug, Clone)]
pub struct ModelDir {
    /// Its name in the manifest.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
}

/// Puts the models in place.
///
/// # Errors
/// An [`Error`] of one line.
pub fn ensure(_options: &Options, _names: &[&str]) -> Result<Vec<ModelDir>, Error> {
    Err(Error::Offline)
}

/// Runs `cargo xtask weights`.
///
/// # Errors
/// An [`Error`] of one line.
pub fn run(_args: &WeightsArgs) -> Result<(), Error> {
    Err(Error::Offline)
}
