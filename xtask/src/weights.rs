//! The published models' weights, fetched once and verified: `cargo xtask weights`.
//!
//! [`ensure`] first looks, then loads: a verified copy in `data/weights`; a copy in Python's Hugging Face cache, linked
//! and verified once; then the hub. A model's folder holds `config.json`, `vocab.json`, `merges.txt`,
//! `model.safetensors` and, written last, `verified.json` with revision, sha256 and what was checked. With that file in
//! place a later run neither touches the network nor reads the weights. Where there are published values, `lab verify`
//! says whether the model computes them.
mod behaviour;
mod cache;
mod hub;
mod manifest;
mod place;
mod record;

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, anyhow};
use clap::Args;

pub use hub::Hub;
pub use record::{Behaviour, Source};

use crate::{cargo::root, disk::human, download, lab, steps::Steps};
use place::Placer;

/// `cargo xtask weights`
#[derive(Debug, Args)]
pub struct WeightsArgs {
    /// The models, of gpt2, gpt2-medium, gpt2-large and gpt2-xl (or of the manifest)
    #[arg(value_name = "MODEL", default_values = ["gpt2", "gpt2-large"])]
    models: Vec<String>,
    /// The folder with one folder per model [default: data/weights]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The hub's address [default: HF_ENDPOINT, else the public hub]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Another list of models, for a mirror or your own: JSON like xtask/models.json
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Fetch again from the hub what is there already
    #[arg(long, conflicts_with_all = ["offline", "verify"])]
    force: bool,
    /// Send no packet (HF_HUB_OFFLINE=1 does the same)
    #[arg(long)]
    offline: bool,
    /// Fetch nothing: check the hashes of what is there, and have the lab check what it computes
    #[arg(long)]
    verify: bool,
    /// The `lab` program that runs the model [default: target/release/lab; --verify builds it]
    #[arg(long, value_name = "FILE", hide = true)]
    lab: Option<PathBuf>,
    /// Failed tries in a row before giving up
    #[arg(long, value_name = "N", hide = true)]
    retries: Option<u32>,
    /// The pause after the first failed try, in seconds
    #[arg(long, value_name = "SECONDS", hide = true)]
    backoff: Option<f64>,
    /// The longest silence on a connection, in seconds
    #[arg(long, value_name = "SECONDS", hide = true)]
    timeout: Option<f64>,
}

/// Where the weights lie, where they come from, and how hard to try.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with one folder per model.
    pub dir: PathBuf,
    /// The hub and Python's cache.
    pub hub: Hub,
    /// Another manifest than the project's own.
    pub manifest: Option<PathBuf>,
    /// Fetches from the hub again what is there already.
    pub force: bool,
    /// If something has to come from the hub and nobody answers there within this time, that is an error.
    pub reach_within: Option<Duration>,
    /// The `lab` program, to compare the model's behaviour with published values; not compared without.
    pub lab: Option<PathBuf>,
    /// How a file is fetched.
    pub download: download::Options,
}

impl Default for Options {
    /// `data/weights`, the environment's hub and proxies, and `lab` if it has been built.
    fn default() -> Self {
        Self {
            dir: root().join("data/weights"),
            hub: Hub::from_env(),
            manifest: None,
            force: false,
            reach_within: None,
            lab: Some(lab::path()).filter(|lab| lab.is_file()),
            download: download::Options::default(),
        }
    }
}

/// A model that is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDir {
    /// Its name in the manifest.
    pub name: String,
    /// Its folder, in the Hugging Face layout.
    pub path: PathBuf,
    /// The length of its files together.
    pub bytes: u64,
    /// Where its files came from when they were put in place; if from several places, the farthest.
    pub source: Source,
    /// What its files were held against, in a few words.
    pub checked: String,
    /// What is known of its outputs.
    pub behaviour: Behaviour,
}

/// Puts the models of these names in place, and gives their folders in the same order.
///
/// # Errors
/// One line, for the first model that cannot be had.
pub fn ensure(options: &Options, names: &[&str]) -> Result<Vec<ModelDir>> {
    each(options, names, Placer::place)
}

/// Checks the hashes and, with [`Options::lab`], the behaviour of models that are in place. Nothing is fetched.
///
/// # Errors
/// One line, for the first model that is not what it should be.
pub fn verify(options: &Options, names: &[&str]) -> Result<Vec<ModelDir>> {
    each(options, names, Placer::verify)
}

fn each<'o>(
    options: &'o Options,
    names: &[&str],
    what: impl Fn(&Placer<'o>, &manifest::Model) -> Result<ModelDir>,
) -> Result<Vec<ModelDir>> {
    download::survive_file_limit();
    let models = manifest::load(options.manifest.as_deref())?;
    let placer = Placer::new(options);
    let one = |model: &manifest::Model| what(&placer, model).map_err(|error| anyhow!("{}: {error}", model.name));
    manifest::pick(&models, names)?.into_iter().map(one).collect()
}

/// Runs `cargo xtask weights`: one line per model on stdout.
///
/// # Errors
/// An error of one line.
pub fn run(args: &WeightsArgs) -> Result<()> {
    let names: Vec<&str> = args.models.iter().map(String::as_str).collect();
    let mut options = args.options()?;
    let models = if args.verify {
        if args.lab.is_none() {
            options.lab = Some(lab::build(&Steps::new(lab::STEPS))?);
        }
        verify(&options, &names)?
    } else {
        ensure(&options, &names)?
    };
    for ModelDir { name, path, bytes, checked, behaviour, .. } in models {
        println!("{name}: {}, {}, {checked}, {}", path.display(), human(bytes), behaviour.text());
        if behaviour == Behaviour::Unchecked {
            println!("{name}: `cargo xtask weights --verify {name}` builds the lab and compares with published values");
        }
    }
    Ok(())
}

impl WeightsArgs {
    fn options(&self) -> Result<Options> {
        let seconds = |name: &str, value: Option<f64>, default| match value {
            Some(value) => Duration::try_from_secs_f64(value).map_err(|error| anyhow!("--{name} {value}: {error}")),
            None => Ok(default),
        };
        let mut options = Options { manifest: self.manifest.clone(), force: self.force, ..Options::default() };
        options.dir = self.dir.clone().unwrap_or(options.dir);
        options.lab = self.lab.clone().or(options.lab);
        if let Some(endpoint) = &self.endpoint {
            options.hub.endpoint = endpoint.trim_end_matches('/').to_owned();
        }
        if self.offline {
            options.hub.offline = Some("--offline".to_owned());
        }
        let download = &mut options.download;
        download.retries = self.retries.unwrap_or(download.retries);
        download.backoff = seconds("backoff", self.backoff, download.backoff)?;
        download.idle_timeout = seconds("timeout", self.timeout, download.idle_timeout)?;
        Ok(options)
    }
}
