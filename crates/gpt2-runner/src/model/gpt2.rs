//! The whole model, and the token that it goes on with; `logits` and `reading` are the other questions to it.
#[cfg(feature = "torch")]
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{borrow::Cow, path::Path};

#[cfg(feature = "torch")]
use super::torch::{TorchKeysValues, TorchTransformer};
use super::{
    Device, KvCache,
    cache::{Layers, ModelId},
    cpu::{KeysValues, Transformer, Weights},
};
use crate::{
    Error, Gpt2Config,
    checkpoint::{Checkpoint, open_bytes, open_folder},
    threads,
};

/// A GPT-2 with its language-model head, computing in f32. It can be shared between threads; their passes take turns.
///
/// Shapes: T tokens, V `vocab_size`, C `n_embd`.
#[derive(Debug)]
pub struct Gpt2 {
    id: ModelId,
    config: Gpt2Config,
    device: Device,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Cpu(Box<Transformer>),
    /// Tensors may go from thread to thread, but not be used by two.
    #[cfg(feature = "torch")]
    Torch(Mutex<TorchTransformer>),
}

impl Gpt2 {
    /// Opens a folder in the Hugging Face layout: `config.json` with `model.safetensors`, or with the shards of
    /// `model.safetensors.index.json`; F32, F16 or BF16 (widened to f32 as they are read); keys with or without
    /// `transformer.`.
    ///
    /// On the CPU nothing is copied: the file is mapped into memory and read where it lies, during the passes. It must
    /// not change as long as the model is there (a file that is replaced by renaming another may).
    ///
    /// # Errors
    /// [`Error::Device`]; what [`Gpt2Config::from_file`] refuses; [`Error::NoCheckpoint`], [`Error::Safetensors`],
    /// [`Error::ShardIndex`] or [`Error::Io`]; and [`Error::Tensors`], which lists every tensor that is missing or
    /// is not as the configuration says.
    pub fn load(folder: impl AsRef<Path>, device: Device) -> Result<Self, Error> {
        let (config, checkpoint) = open_folder(folder.as_ref())?;
        Self::from_checkpoint(&checkpoint, config, device)
    }

    /// Takes the bytes of a `config.json` and of a safetensors file, which may lie at any alignment: a model that is
    /// part of the program, say.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn from_bytes(
        config_json: &[u8],
        safetensors: impl Into<Cow<'static, [u8]>>,
        device: Device,
    ) -> Result<Self, Error> {
        let (config, checkpoint) = open_bytes(config_json, safetensors.into())?;
        Self::from_checkpoint(&checkpoint, config, device)
    }

    /// The sizes and settings.
    pub fn config(&self) -> &Gpt2Config {
        &self.config
    }

    /// Where it runs.
    pub fn device(&self) -> Device {
        self.device
    }

    /// The number of parameters, as transformers' `num_parameters` counts it: a tied head once, causal masks not at
    /// all.
    pub fn num_parameters(&self) -> u64 {
        self.config.num_parameters()
    }

    /// `[V]`: the logits of the token after a prompt. The head is computed for the last position only.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and [`Error::NotFinite`], which says where NaN or an infinity first arises.
    pub fn next_token_logits(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        self.check_prompt(ids)?;
        self.last_logits(&self.forward_alone(ids)?, ids)
    }

    /// Reads a prompt: the logits of the token after it, `[V]`, and what [`next`](Self::next) goes on from.
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
        let mut cache = KvCache { model: self.id, ids: Vec::new(), layers: self.no_layers() };
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
        let hidden = self.forward(ids, before, &mut cache.layers);
        cache.ids.extend_from_slice(ids);
        let logits = hidden.and_then(|hidden| self.last_logits(&hidden, &cache.ids));
        if logits.is_err() {
            cache.truncate(before);
        }
        logits
    }

    fn from_checkpoint(checkpoint: &Checkpoint<'static>, config: Gpt2Config, device: Device) -> Result<Self, Error> {
        let model = Transformer::load(Weights::find(checkpoint, &config)?, &config)?;
        let engine = match device {
            Device::Cpu => Engine::Cpu(Box::new(model)),
            #[cfg(feature = "torch")]
            _ => Engine::Torch(Mutex::new(TorchTransformer::new(&model, device.checked()?)?)),
            #[cfg(not(feature = "torch"))]
            _ => return Err(device.not_here()),
        };
        Ok(Self { id: ModelId::new(), config, device, engine })
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

    /// Empty keys and values.
    fn no_layers(&self) -> Layers {
        let n = self.config.n_layer;
        match self.engine {
            Engine::Cpu(_) => Layers::Cpu(vec![KeysValues::default(); n]),
            #[cfg(feature = "torch")]
            Engine::Torch(_) => Layers::Torch(vec![TorchKeysValues::default(); n]),
        }
    }

    /// `[T] -> [T, C]`: all but `ln_f` and the head. The first token is at position `first`, and `layers` has those
    /// before it.
    fn forward(&self, ids: &[u32], first: usize, layers: &mut Layers) -> Result<Vec<f32>, Error> {
        match (&self.engine, layers) {
            (Engine::Cpu(model), Layers::Cpu(layers)) => threads::run(|team| {
                let mut x = model.embed(ids, first);
                for (n, past) in layers.iter_mut().enumerate() {
                    model.block(team, n, &mut x, past, None);
                }
                x
            }),
            #[cfg(feature = "torch")]
            (Engine::Torch(model), Layers::Torch(layers)) => lock(model).forward(ids, first, layers),
            #[cfg(feature = "torch")]
            _ => Err(Error::ForeignCache),
        }
    }

    /// The same from the first position on, when nothing is to be remembered.
    pub(super) fn forward_alone(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        match &self.engine {
            Engine::Cpu(model) => threads::run(|team| {
                let mut x = model.embed(ids, 0);
                let mut past = KeysValues::default();
                for n in 0..self.config.n_layer {
                    past.clear();
                    model.block(team, n, &mut x, &mut past, None);
                }
                x
            }),
            #[cfg(feature = "torch")]
            Engine::Torch(_) => self.forward(ids, 0, &mut self.no_layers()),
        }
    }

    /// `[T] -> [T, C]`.
    pub(super) fn embed(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        match &self.engine {
            Engine::Cpu(model) => Ok(model.embed(ids, 0)),
            #[cfg(feature = "torch")]
            Engine::Torch(model) => lock(model).embed(ids, 0),
        }
    }

    /// `[T, C]`, in place; `scores` as [`AttentionScores`](super::AttentionScores) has them.
    pub(super) fn block(&self, n: usize, x: &mut [f32], scores: Option<&mut [f32]>) -> Result<(), Error> {
        match &self.engine {
            Engine::Cpu(model) => threads::run(|team| model.block(team, n, x, &mut KeysValues::default(), scores)),
            #[cfg(feature = "torch")]
            Engine::Torch(model) => lock(model).block(n, x, &mut TorchKeysValues::default(), scores),
        }
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn ln_f(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match &self.engine {
            Engine::Cpu(model) => threads::run(|team| model.ln_f(team, x)),
            #[cfg(feature = "torch")]
            Engine::Torch(model) => lock(model).ln_f(x),
        }
    }

    /// `[T, C] -> [T, V]`.
    pub(super) fn lm_head(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match &self.engine {
            Engine::Cpu(model) => threads::run(|team| model.lm_head(team, x)),
            #[cfg(feature = "torch")]
            Engine::Torch(model) => lock(model).lm_head(x),
        }
    }

    /// `[T, C] -> [V]`, at the last position; `ids` are all that have led to it.
    fn last_logits(&self, hidden: &[f32], ids: &[u32]) -> Result<Vec<f32>, Error> {
        let last = &hidden[hidden.len() - self.config.n_embd..];
        let logits = self.lm_head(&self.ln_f(last)?)?;
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
        let mut x = self.embed(ids)?;
        if !is_finite(&x) {
            return Ok("wte + wpe".into());
        }
        for n in 0..self.config.n_layer {
            self.block(n, &mut x, None)?;
            if !is_finite(&x) {
                return Ok(format!("h.{n}"));
            }
        }
        Ok(if is_finite(&self.ln_f(&x)?) { "lm_head" } else { "ln_f" }.into())
    }
}

/// A pass that panicked has changed nothing.
#[cfg(feature = "torch")]
fn lock<T>(model: &Mutex<T>) -> MutexGuard<'_, T> {
    model.lock().unwrap_or_else(PoisonError::into_inner)
}
