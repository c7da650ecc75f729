//! The model and its next token. Its other methods are in `logits`, `reading` and `text`.
#![allow(unsafe_code)]
use std::{borrow::Cow, path::Path};

use super::{Backend, Device, Engine, KvCache, cache::ModelId, transformer::Transformer, weights::Weights};
use crate::{
    Error, Gpt2Config,
    checkpoint::{Checkpoint, MappedFiles, Parameter, Source, open_bytes, open_folder},
    files::OpenFile,
};

/// A GPT-2 with its language-model head, computing in f32. Threads can share it; their passes run one at a time.
///
/// Shapes: T tokens, V `vocab_size`, C `n_embd`.
#[derive(Debug)]
pub struct Gpt2 {
    id: ModelId,
    config: Gpt2Config,
    backend: Backend,
    pub(super) transformer: Transformer,
    /// The files that passes read weights from.
    mapped: MappedFiles,
}

impl Gpt2 {
    /// Opens a folder in the Hugging Face layout: `config.json` with `model.safetensors`, or with the shards of
    /// `model.safetensors.index.json`; F32, F16 or BF16 (widened to f32); keys with or without `transformer.`.
    ///
    /// `on` is an [`Engine`] (on the CPU), a [`Device`] (with its default engine), or a [`Backend`] of both.
    ///
    /// The file is copied into memory, so it may change afterwards. This takes the file's size in memory (3.2 GB for
    /// `gpt2-large`) and the time to copy it; [`load_mapped`](Self::load_mapped) copies nothing. `native` keeps F16 and
    /// BF16 as they are and widens them in each pass; `torch` widens them once, and then drops the copy.
    ///
    /// # Errors
    /// [`Error::Device`] and [`Error::Engine`]; those of [`Gpt2Config::from_file`]; [`Error::NoCheckpoint`],
    /// [`Error::Safetensors`], [`Error::ShardIndex`] or [`Error::Io`]; [`Error::Tensors`], which lists every missing
    /// tensor and every tensor that does not match the configuration; and [`Error::Changed`] if a file is written to
    /// while it is read.
    pub fn load(folder: impl AsRef<Path>, on: impl Into<Backend>) -> Result<Self, Error> {
        let (config, backend, files) = open(folder.as_ref(), on.into())?;
        Self::from_checkpoint(&files.read()?, config, backend)
    }

    /// Opens a folder as [`load`](Self::load) does, without a copy: the file is mapped, and passes on the CPU read it
    /// in place.
    ///
    /// The model is there at once. Its weights are in the system's page cache, which processes share: the first pass
    /// waits for the disk if they are not there yet. `torch` widens F16 and BF16 into memory.
    ///
    /// Renaming another file over a mapped one is allowed. Each pass on the CPU ends with a check of the file's length
    /// and change time, and returns [`Error::Changed`] if it was written to. This check detects a breach of the
    /// condition below afterwards; it does not prevent it. If the file is truncated, the process gets SIGBUS.
    ///
    /// # Safety
    /// While the model exists, no process may write to the mapped files or truncate them: the weights are read through
    /// shared references, and a change of their values is undefined behaviour.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub unsafe fn load_mapped(folder: impl AsRef<Path>, on: impl Into<Backend>) -> Result<Self, Error> {
        let (config, backend, files) = open(folder.as_ref(), on.into())?;
        // SAFETY: the caller ensures it.
        Self::from_checkpoint(&unsafe { files.map() }?, config, backend)
    }

    /// Builds a model from the bytes of a `config.json` and of a safetensors file, at any alignment: for example a
    /// model embedded in the program.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn from_bytes(
        config_json: &[u8],
        safetensors: impl Into<Cow<'static, [u8]>>,
        on: impl Into<Backend>,
    ) -> Result<Self, Error> {
        let (config, checkpoint) = open_bytes(config_json, safetensors.into())?;
        Self::from_checkpoint(&checkpoint, config, on.into().resolve()?)
    }

    /// The sizes and settings.
    pub fn config(&self) -> &Gpt2Config {
        &self.config
    }

    /// The engine: `Torch` or `Native`.
    pub fn engine(&self) -> Engine {
        self.backend.engine
    }

    /// The device.
    pub fn device(&self) -> Device {
        self.backend.device
    }

    /// The number of parameters, as transformers' `num_parameters` counts it: a tied head once, causal masks not at
    /// all.
    pub fn num_parameters(&self) -> u64 {
        self.config.num_parameters()
    }

    /// An error if a [mapped](Self::load_mapped) checkpoint was written to since it was loaded. Every pass on the CPU
    /// ends with this check.
    ///
    /// # Errors
    /// [`Error::Changed`]; [`Error::Io`].
    pub fn check_unchanged(&self) -> Result<(), Error> {
        self.mapped.unchanged()
    }

    /// `[V]`: the logits of the token after a prompt.
    ///
    /// On `torch` they are transformers' `model(ids).logits[0, -1]`, which computes the head at all T positions, and
    /// drops V·(T − 1) values: 206 MB after 1,024 tokens. `native` computes the head at the last position only.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and [`Error::NotFinite`], which names the first stage with a NaN or an
    /// infinity.
    pub fn next_token_logits(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        self.check_prompt(ids)?;
        self.last_logits(&self.transformer.forward_alone(ids)?, ids)
    }

    /// Reads a prompt. Returns the logits of the next token, `[V]`, and the cache for [`next`](Self::next).
    ///
    /// The head is computed at the last position only. On `torch` these are the logits of transformers' `generate`,
    /// `model(ids, logits_to_keep=1)`; they differ from [`next_token_logits`](Self::next_token_logits) in their last
    /// bits.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");
    /// use gpt2_runner::{Device, Gpt2};
    ///
    /// let model = Gpt2::load(folder, Device::Cpu)?;
    /// let (_, mut cache) = model.start(&[1026, 373, 257])?;
    /// let logits = model.next(&mut cache, &[3223])?;
    /// assert_eq!(cache.ids(), [1026, 373, 257, 3223]);
    /// let uncached = model.next_token_logits(cache.ids())?;
    /// assert!(logits.iter().zip(uncached).all(|(a, b)| (a - b).abs() < 2e-4));
    /// # Ok::<(), gpt2_runner::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`next_token_logits`](Self::next_token_logits).
    pub fn start(&self, ids: &[u32]) -> Result<(Vec<f32>, KvCache), Error> {
        self.check_prompt(ids)?;
        let mut cache = KvCache { model: self.id, ids: Vec::new(), past: self.transformer.no_past() };
        let logits = self.next(&mut cache, ids)?;
        Ok((logits, cache))
    }

    /// Appends `ids` to the text in a cache. Returns the logits of the next token, `[V]`, as if the whole text had been
    /// read at once. On error the cache does not change.
    ///
    /// # Errors
    /// Those of [`next_token_logits`](Self::next_token_logits); [`Error::CacheFull`] beyond the model's positions;
    /// [`Error::ForeignCache`] for another model's cache.
    pub fn next(&self, cache: &mut KvCache, ids: &[u32]) -> Result<Vec<f32>, Error> {
        cache.accepts(self.id, ids.len(), self.config.n_positions)?;
        self.check_ids(ids)?;
        let before = cache.len();
        let hidden = self.transformer.forward(ids, before, &mut cache.past);
        cache.ids.extend_from_slice(ids);
        let last = (ids.len() - 1) * self.config.n_embd;
        let logits = hidden.and_then(|hidden| self.last_logits(&hidden[last..], &cache.ids));
        if logits.is_err() {
            cache.truncate(before);
        }
        logits
    }

    fn from_checkpoint(
        checkpoint: &Checkpoint<Source<'static>>,
        config: Gpt2Config,
        backend: Backend,
    ) -> Result<Self, Error> {
        let transformer = Transformer::load(Weights::find(checkpoint, &config)?, &config, backend)?;
        let mapped = checkpoint.mapped_files();
        mapped.unchanged()?;
        // On other devices the weights were copied to device memory.
        let mapped = if backend.device == Device::Cpu { mapped } else { MappedFiles::default() };
        Ok(Self { id: ModelId::new(), config, backend, transformer, mapped })
    }

    pub(super) fn check_prompt(&self, ids: &[u32]) -> Result<(), Error> {
        let n_positions = self.config.n_positions;
        if ids.len() > n_positions {
            return Err(Error::PromptTooLong { tokens: ids.len(), n_positions });
        }
        self.check_ids(ids)
    }

    fn check_ids(&self, ids: &[u32]) -> Result<(), Error> {
        let vocab_size = self.config.vocab_size;
        match ids.iter().position(|&id| id as usize >= vocab_size) {
            Some(position) => Err(Error::TokenOutOfRange { id: ids[position], position, vocab_size }),
            None if ids.is_empty() => Err(Error::EmptyPrompt),
            None => Ok(()),
        }
    }

    /// `[T, C] -> [V]`, at the last position; `ids` are all tokens up to it.
    fn last_logits(&self, hidden: &[f32], ids: &[u32]) -> Result<Vec<f32>, Error> {
        let logits = self.transformer.last_logits(hidden)?;
        self.check_unchanged()?;
        let mut not_finite = logits.iter().enumerate().filter(|(_, x)| !x.is_finite());
        match not_finite.next() {
            None => Ok(logits),
            Some((token, &value)) => Err(Error::NotFinite {
                count: 1 + not_finite.count(),
                vocab_size: logits.len(),
                position: ids.len() - 1,
                token,
                value,
                stage: self.first_not_finite(ids)?,
            }),
        }
    }

    /// The first stage whose output has NaN or an infinity. Called only if the logits have.
    fn first_not_finite(&self, ids: &[u32]) -> Result<String, Error> {
        let is_finite = |x: &[f32]| x.iter().all(|x| x.is_finite());
        let mut x = self.transformer.embed(ids)?;
        if !is_finite(&x) {
            return Ok("wte + wpe".into());
        }
        for n in 0..self.config.n_layer {
            self.transformer.block(n, &mut x, None)?;
            if !is_finite(&x) {
                return Ok(format!("h.{n}"));
            }
        }
        Ok(if is_finite(&self.transformer.ln_f(&x)?) { "lm_head" } else { "ln_f" }.into())
    }
}

/// Opens and checks a folder's files, before any value is read or mapped.
fn open(folder: &Path, on: Backend) -> Result<(Gpt2Config, Backend, Checkpoint<OpenFile>), Error> {
    let (config, files) = open_folder(folder)?;
    let backend = on.resolve()?;
    files.check(&Parameter::all(&config), &config)?;
    Ok((config, backend, files))
}
