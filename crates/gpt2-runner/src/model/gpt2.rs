//! The whole model, and the token that it goes on with; `logits` and `reading` are the other questions to it.
use std::{borrow::Cow, path::Path};

use super::{Backend, Device, Engine, KvCache, cache::ModelId, transformer::Transformer, weights::Weights};
use crate::{
    Error, Gpt2Config,
    checkpoint::{Checkpoint, Sources, open_bytes, open_folder},
};

/// A GPT-2 with its language-model head, computing in f32. It can be shared between threads; their passes take turns.
///
/// Shapes: T tokens, V `vocab_size`, C `n_embd`.
#[derive(Debug)]
pub struct Gpt2 {
    id: ModelId,
    config: Gpt2Config,
    backend: Backend,
    pub(super) transformer: Transformer,
    /// What the weights are read from during the passes.
    sources: Sources<'static>,
}

impl Gpt2 {
    /// Opens a folder in the Hugging Face layout: `config.json` with `model.safetensors`, or with the shards of
    /// `model.safetensors.index.json`; F32, F16 or BF16 (widened to f32); keys with or without `transformer.`.
    ///
    /// `on` is an [`Engine`] (on the CPU), a [`Device`] (with the engine that is best there), or a [`Backend`] of both.
    ///
    /// On the CPU F32 weights are not copied: the file is mapped into memory and read where it lies, during the passes.
    /// It must not change as long as the model is there (a file that is replaced by renaming another may): a pass during
    /// which it was written to returns [`Error::Changed`], and a file that is cut ends the process with SIGBUS. F16 and
    /// BF16 are widened as they are read by the engine `native`, and once, into memory, by `torch`.
    ///
    /// # Errors
    /// [`Error::Device`] and [`Error::Engine`]; what [`Gpt2Config::from_file`] refuses; [`Error::NoCheckpoint`],
    /// [`Error::Safetensors`], [`Error::ShardIndex`] or [`Error::Io`]; and [`Error::Tensors`], which lists every tensor
    /// that is missing or is not as the configuration says.
    pub fn load(folder: impl AsRef<Path>, on: impl Into<Backend>) -> Result<Self, Error> {
        let (config, checkpoint) = open_folder(folder.as_ref())?;
        Self::from_checkpoint(&checkpoint, config, on.into())
    }

    /// Takes the bytes of a `config.json` and of a safetensors file, which may lie at any alignment: a model that is
    /// part of the program, say.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn from_bytes(
        config_json: &[u8],
        safetensors: impl Into<Cow<'static, [u8]>>,
        on: impl Into<Backend>,
    ) -> Result<Self, Error> {
        let (config, checkpoint) = open_bytes(config_json, safetensors.into())?;
        Self::from_checkpoint(&checkpoint, config, on.into())
    }

    /// The sizes and settings.
    pub fn config(&self) -> &Gpt2Config {
        &self.config
    }

    /// What computes it: `Torch` or `Native`.
    pub fn engine(&self) -> Engine {
        self.backend.engine
    }

    /// Where it runs.
    pub fn device(&self) -> Device {
        self.backend.device
    }

    /// The number of parameters, as transformers' `num_parameters` counts it: a tied head once, causal masks not at
    /// all.
    pub fn num_parameters(&self) -> u64 {
        self.config.num_parameters()
    }

    /// Refuses a checkpoint that was written to since it was loaded, as every pass on the CPU does at its end.
    ///
    /// # Errors
    /// [`Error::Changed`]; [`Error::Io`].
    pub fn check_unchanged(&self) -> Result<(), Error> {
        self.sources.unchanged()
    }

    /// `[V]`: the logits of the token after a prompt.
    ///
    /// On `torch` they are `model(ids).logits[0, -1]` of transformers, for which the head is computed at all T positions:
    /// V·T values that are dropped again, 206 MB of them after 1,024 tokens. On `native` it is computed at the last.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and [`Error::NotFinite`], which says where NaN or an infinity first arises.
    pub fn next_token_logits(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        self.check_prompt(ids)?;
        self.last_logits(&self.transformer.forward_alone(ids)?, ids)
    }

    /// Reads a prompt: the logits of the token after it, `[V]`, and what [`next`](Self::next) goes on from.
    ///
    /// The head is computed at the last position alone. On `torch` these are the logits of transformers' `generate`, that
    /// is of `model(ids, logits_to_keep=1)`; they differ from [`next_token_logits`](Self::next_token_logits) in their
    /// last bits.
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

    /// Reads more of the text in a cache: the logits of the token after `ids`, `[V]`, as if all of it had been read at
    /// once. After an error the cache is as it was.
    ///
    /// # Errors
    /// Those of [`next_token_logits`](Self::next_token_logits); [`Error::CacheFull`] beyond the model's positions;
    /// [`Error::ForeignCache`] for one of another model.
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

    fn from_checkpoint(checkpoint: &Checkpoint<'static>, config: Gpt2Config, on: Backend) -> Result<Self, Error> {
        let backend = on.resolve()?;
        let transformer = Transformer::load(Weights::find(checkpoint, &config)?, &config, backend)?;
        let sources = checkpoint.sources();
        sources.unchanged()?;
        // Other devices have memory of their own, into which the weights have been copied.
        let sources = if backend.device == Device::Cpu { sources } else { Sources::default() };
        Ok(Self { id: ModelId::new(), config, backend, transformer, sources })
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

    /// `[T, C] -> [V]`, at the last position; `ids` are all that have led to it.
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

    /// The first stage whose output has NaN or an infinity: only asked when the logits have.
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
