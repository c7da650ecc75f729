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
pub use record::Behaviour;

use crate::{cargo::root, disk::human, download, lab, steps::Steps};
use place::Placer;

/// `cargo xtask weights`
#[derive(Args)]
pub struct WeightsArgs {
    /// The models, of gpt2, gpt2-medium, gpt2-large and gpt2-xl (or of the manifest)
    #[arg(value_name = "MODEL", default_values = ["gpt2", "gpt2-large"])]
    models: Vec<String>,
    /// The folder with one folder per model [default: data/weights]
    #[arg(long)]
    dir: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    /// The hub's address [default: HF_ENDPOINT, else the public hub]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Send no packet (HF_HUB_OFFLINE=1 does the same)
    #[arg(long)]
    offline: bool,
    /// Fetch nothing: check the hashes of what is there, and have the lab check what it computes
    #[arg(long)]
    verify: bool,
    /// The pause after the first failed try, in milliseconds
    #[arg(long, value_name = "MS", hide = true)]
    backoff: Option<u64>,
}

/// Where the weights lie, where they come from, and how hard to try.
#[derive(Clone, Args)]
pub struct Options {
    /// The folder with one folder per model.
    #[arg(skip)]
    pub dir: PathBuf,
    /// Another list of models, for a mirror or your own: JSON like xtask/models.json
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Fetch again from the hub what is there already
    #[arg(long, conflicts_with_all = ["offline", "verify"])]
    pub force: bool,
    /// The `lab` program that runs the model [default: target/release/lab if it is there; --verify builds it]
    #[arg(long, value_name = "FILE", hide = true)]
    pub lab: Option<PathBuf>,
    /// The hub and Python's cache.
    #[arg(skip = Hub::from_env())]
    pub hub: Hub,
    /// If something has to come from the hub and nobody answers there within this time, that is an error.
    #[arg(skip)]
    pub reach_within: Option<Duration>,
    /// How a file is fetched.
    #[arg(skip)]
    pub download: download::Options,
}

impl Default for Options {
    /// `data/weights`, the environment's hub and proxies, and `lab` if it has been built.
    fn default() -> Self {
        let (hub, download) = (Hub::from_env(), download::Options::default());
        Self {
            dir: root().join("data/weights"),
            manifest: None,
            force: false,
            lab: None,
            hub,
            reach_within: None,
            download,
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
pub(crate) fn run(args: &WeightsArgs) -> Result<()> {
    let names: Vec<&str> = args.models.iter().map(String::as_str).collect();
    let dir = args.dir.clone().unwrap_or_else(|| Options::default().dir);
    let mut options = Options { dir, ..args.options.clone() };
    if let Some(endpoint) = &args.endpoint {
        options.hub.endpoint = endpoint.trim_end_matches('/').to_owned();
    }
    if args.offline {
        options.hub.offline = Some("--offline".to_owned());
    }
    options.download.backoff = args.backoff.map_or(options.download.backoff, Duration::from_millis);
    if args.verify && options.lab.is_none() {
        options.lab = Some(lab::build(&Steps::new(lab::STEPS))?);
    }
    let models = if args.verify { verify(&options, &names)? } else { ensure(&options, &names)? };
    for ModelDir { name, path, bytes, checked, behaviour, .. } in models {
        println!("{name}: {}, {}, {checked}, {}", path.display(), human(bytes), behaviour.text());
        if behaviour == Behaviour::Unchecked {
            println!("{name}: `cargo xtask weights --verify {name}` builds the lab and compares with published values");
        }
    }
    Ok(())
}
