//! Opens checkpoints on disk or in memory and checks their tensors against a configuration.
//!
//! Independent of libtorch: the model receives the checked bytes.
use std::{borrow::Cow, path::Path};

use crate::{Error, Gpt2Config, files::OpenFile};

mod header;
mod layout;
mod open;

pub(crate) use header::{Header, Limits, TensorInfo};
pub(crate) use layout::Parameter;
use open::WeightFiles;
pub(crate) use open::{Checkpoint, MappedFiles, Source, Stored};

/// Checks a folder in the Hugging Face layout as `Gpt2::load` does, without libtorch and without reading the values:
/// its configuration, its files' headers, and every parameter's name, dtype and shape. If a file has both `wte.weight`
/// and `lm_head.weight`, it reads these two values; if they differ, the result has `tie_word_embeddings` false
/// regardless of `config.json`, as in transformers 5.
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");
/// let config = gpt2_runner::check_checkpoint(folder)?;
/// assert_eq!(config.num_parameters(), 3_332_928);
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
///
/// # Errors
/// Those of [`Gpt2Config::from_file`]; [`Error::NoCheckpoint`], [`Error::Safetensors`], [`Error::ShardIndex`],
/// [`Error::Io`], [`Error::NotAFile`] or [`Error::TooLong`]; and [`Error::Tensors`], which lists every missing tensor
/// and every tensor that does not match the configuration.
pub fn check_checkpoint(folder: impl AsRef<Path>) -> Result<Gpt2Config, Error> {
    let (config, checkpoint) = open_folder(folder.as_ref())?;
    checkpoint.check(&Parameter::all(&config), &config)?;
    Ok(config)
}

/// The names of the files that a folder's checkpoint consists of: `config.json`, then `model.safetensors`, or the index
/// and its shards in the order of their names. [`check_checkpoint`] checks their contents.
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");
/// assert_eq!(gpt2_runner::checkpoint_files(folder)?, ["config.json", "model.safetensors"]);
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoCheckpoint`], [`Error::ShardIndex`], [`Error::Io`], [`Error::NotAFile`] or [`Error::TooLong`].
pub fn checkpoint_files(folder: impl AsRef<Path>) -> Result<Vec<String>, Error> {
    let WeightFiles { first, shards } = WeightFiles::find(folder.as_ref())?;
    let mut names = vec!["config.json".to_owned(), first.to_owned()];
    names.extend(shards.into_iter().flatten());
    Ok(names)
}

/// Checks the bytes of a `config.json` and of a safetensors file, as `Gpt2::from_bytes` does.
///
/// # Errors
/// Those of [`check_checkpoint`].
pub fn check_checkpoint_bytes(config_json: &[u8], safetensors: &[u8]) -> Result<Gpt2Config, Error> {
    let (config, checkpoint) = open_bytes(config_json, safetensors.into())?;
    checkpoint.check(&Parameter::all(&config), &config)?;
    Ok(config)
}

/// The configuration and the files of a folder, of which the headers are read.
pub(crate) fn open_folder(folder: &Path) -> Result<(Gpt2Config, Checkpoint<OpenFile>), Error> {
    std::fs::metadata(folder).map_err(|source| Error::Io { path: folder.to_owned(), source })?;
    let mut checkpoint = Checkpoint::open(folder)?;
    let mut config = Gpt2Config::from_file(folder.join("config.json"))?;
    checkpoint.settle_head(&mut config)?;
    Ok((config, checkpoint))
}

/// The configuration and the tensors of two files in memory.
pub(crate) fn open_bytes<'a>(
    config_json: &[u8],
    safetensors: Cow<'a, [u8]>,
) -> Result<(Gpt2Config, Checkpoint<Source<'a>>), Error> {
    let mut config = Gpt2Config::from_json(config_json)?;
    let mut checkpoint = Checkpoint::from_bytes(safetensors, Path::new("model.safetensors"))?;
    checkpoint.settle_head(&mut config)?;
    Ok((config, checkpoint))
}
