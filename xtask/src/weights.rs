//! The published models' weights, fetched once and verified: `cargo xtask weights`.
//!
//! [`ensure`] first looks, then loads: a verified copy in `data/weights`; a copy in Python's Hugging Face cache; then
//! the hub. A model's folder holds `config.json`, `vocab.json`, `merges.txt`, `model.safetensors` and, written last,
//! `verified.json` with revision and sha256. Each file's hash is cached in the user's cache folder, so that a later run
//! neither touches the network nor reads the weights.
mod cache;
mod hub;
mod manifest;
mod record;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use file_sha256::Hashes;
use fs_err as fs;

pub use hub::Hub;

use crate::{
    cargo::{self, root},
    disk::{human, lock},
    download::{self, Request, fetch},
    lab,
    steps::{self, Steps},
};
use manifest::{Model, Pinned};
use record::Record;

/// The notebook's pair.
pub(crate) const PAIR: [&str; 2] = ["gpt2", "gpt2-large"];

/// `cargo xtask weights`
#[derive(Args)]
pub struct WeightsArgs {
    /// The models, of gpt2, gpt2-medium, gpt2-large and gpt2-xl (or of the manifest)
    #[arg(value_name = "MODEL", default_values = PAIR)]
    models: Vec<String>,
    /// The folder with one folder per model [default: data/weights]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Another list of models, for a mirror or your own: JSON like xtask/models.json
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Fetch nothing: check the hashes of what is there, and have `lab verify` check what it computes
    #[arg(long)]
    verify: bool,
    /// The `lab` program [default: target/release/lab, built]
    #[arg(long, value_name = "FILE", hide = true, requires = "verify")]
    lab: Option<PathBuf>,
}

/// Where the weights lie and where they come from.
#[derive(Clone)]
pub struct Options {
    /// The folder with one folder per model.
    pub dir: PathBuf,
    /// Another list of models than xtask/models.json.
    pub manifest: Option<PathBuf>,
    /// The hub and Python's cache.
    pub hub: Hub,
    /// How a file is fetched.
    pub download: download::Options,
}

impl Options {
    /// `data/weights` unless another folder is named; the environment's hub and proxies.
    pub fn new(dir: Option<PathBuf>, manifest: Option<PathBuf>) -> Self {
        let dir = dir.unwrap_or_else(|| root().join("data/weights"));
        Self { dir, manifest, hub: Hub::from_env(), download: download::Options::default() }
    }
}

/// A model that is in place, by sha256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDir {
    /// Its name in the manifest.
    pub name: String,
    /// Its folder, in the Hugging Face layout.
    pub path: PathBuf,
    /// The length of its files together.
    pub bytes: u64,
}

/// Puts the models of these names in place, and gives their folders in the same order.
///
/// # Errors
/// One line, for the first model that is not available.
pub fn ensure(options: &Options, names: &[&str]) -> Result<Vec<ModelDir>> {
    each(options, names, |model, folder| {
        if let Some(record) = in_place(options, model, folder)? {
            return Ok(record);
        }
        fs::create_dir_all(folder)?;
        let _held = lock(&options.dir.join(format!(".{}.lock", model.name)), || {
            eprintln!("{}: another run is fetching this; waiting for it", model.name);
        })?;
        match in_place(options, model, folder)? {
            Some(record) => Ok(record),
            None => gather(options, model, folder),
        }
    })
}

/// Reads the models of these names, which are in place, and checks their hashes. Nothing is fetched.
///
/// # Errors
/// One line, for the first model that is not what it should be.
pub fn verify(options: &Options, names: &[&str]) -> Result<Vec<ModelDir>> {
    each(options, names, |model, folder| {
        let again = format!("run `cargo xtask weights {}`", model.name);
        let files = model.files.iter().map(|file| (folder.join(&file.path), &file.sha256));
        if Record::read(folder)?.is_none() || !files.clone().all(|(path, _)| path.is_file()) {
            bail!("{} holds no verified weights; {again} first", folder.display());
        }
        for (path, sha256) in files {
            let got = hash(&path, &options.download.hashes)?;
            if got != *sha256 {
                // The lab names the model by it.
                Record::remove(folder)?;
                bail!("{} has sha256 {got} where {sha256} is expected; {again} to fetch it anew", path.display());
            }
        }
        Record::write(folder, model)
    })
}

/// The record of a model whose files are all here, by their sha256.
fn in_place(options: &Options, model: &Model, folder: &Path) -> Result<Option<Record>> {
    let Some(record) = Record::read(folder)?.filter(|record| record.is_of(folder, model)) else { return Ok(None) };
    for file in &model.files {
        if !holds(options, &folder.join(&file.path), &file.sha256)? {
            return Ok(None);
        }
    }
    Ok(Some(record))
}

/// Whether a file with this sha256 exists.
fn holds(options: &Options, path: &Path, sha256: &str) -> Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let hashes = &options.download.hashes;
    Ok(hashes.cached(path).map_or_else(|| hash(path, hashes), Ok)? == sha256)
}

/// Reads a file for its sha256, and shows that it does: it may take seconds.
fn hash(path: &Path, hashes: &Hashes) -> Result<String> {
    let bar = steps::bar(0, "checking {msg}");
    bar.set_message(path.display().to_string());
    let sha256 = hashes.compute(path).with_context(|| path.display().to_string());
    bar.finish_and_clear();
    sha256
}

/// Does something with the folder of each model, which leaves a record there.
fn each(options: &Options, names: &[&str], what: impl Fn(&Model, &Path) -> Result<Record>) -> Result<Vec<ModelDir>> {
    download::settle_signals();
    let models = manifest::load(options.manifest.as_deref())?;
    let one = |model: &Model| {
        let path = options.dir.join(&model.name);
        let bytes = what(model, &path).context(model.name.clone())?.bytes();
        Ok(ModelDir { name: model.name.clone(), path, bytes })
    };
    manifest::pick(&models, names)?.into_iter().map(one).collect()
}

/// Puts every file of a model in place: one that is right already stays; else Python's cache; else the hub.
fn gather(options: &Options, model: &Model, folder: &Path) -> Result<Record> {
    // From here on the folder may change: until all is verified again, no record names the model.
    Record::remove(folder)?;
    let Options { hub, download, .. } = options;
    for file in &model.files {
        let Pinned { path, bytes, sha256 } = file;
        let dest = folder.join(path);
        if holds(options, &dest, sha256)? || cache::take(&hub.cache, model, file, &dest, &download.hashes)? {
            continue;
        }
        if hub.offline {
            let folder = folder.display();
            bail!("{path} is neither in {folder} nor in Python's cache, and HF_HUB_OFFLINE=1 forbids to fetch it");
        }
        let url = format!("{}/{}/resolve/{}/{path}", hub.endpoint, model.repo, model.revision);
        let label = format!("{}/{path}", model.name);
        let request = Request { url: &url, bytes: *bytes, sha256, token: hub.token.as_deref(), label: &label };
        fetch(&request, &dest, download)?;
    }
    Record::write(folder, model)
}

/// Runs `cargo xtask weights`: one line per model on stdout.
pub(crate) fn run(args: WeightsArgs) -> Result<()> {
    let names: Vec<&str> = args.models.iter().map(String::as_str).collect();
    let options = Options::new(args.dir, args.manifest);
    let models = if args.verify { verify(&options, &names)? } else { ensure(&options, &names)? };
    for ModelDir { name, path, bytes } in &models {
        println!("{name}: {}, {}, sha256 verified", path.display(), human(*bytes));
    }
    if args.verify {
        let lab = args.lab.map_or_else(|| lab::build(&Steps::new(lab::STEPS)), Ok)?;
        for model in &models {
            cargo::run(lab::command(&lab).arg("verify").arg(&model.path))?;
        }
    }
    Ok(())
}
