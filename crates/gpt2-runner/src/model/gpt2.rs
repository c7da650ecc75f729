//! The whole model: embeddings, blocks, final norm, head.
use std::path::Path;

use tch::{TchError, Tensor};

use super::{
    Device, Logits,
    attention::Attention,
    block::Block,
    layer_norm::LayerNorm,
    linear::Linear,
    mlp::Mlp,
    weights::{WeightMemory, Weights},
};
use crate::{
    Error, Gpt2Config,
    checkpoint::{Checkpoint, Parameter, open_bytes, open_folder},
};

/// For how many positions the head is computed at a time: enough for full speed, and 26 MB of logits.
const POSITIONS_AT_A_TIME: i64 = 128;

/// A GPT-2 with its language-model head, in f32.
///
/// Shapes: T tokens, V `vocab_size`, C `n_embd`.
#[derive(Debug)]
pub struct Gpt2 {
    config: Gpt2Config,
    device: Device,
    num_parameters: u64,
    /// `[V, C]`.
    wte: Tensor,
    /// `[n_positions, C]`.
    wpe: Tensor,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[C] -> [V]`, without a bias; its weight is `wte` if they are tied.
    lm_head: Linear,
    /// The memory that the tensors above look into: the last field, so that it is dropped after them.
    _memory: WeightMemory,
}

impl Gpt2 {
    /// Loads a folder in the Hugging Face layout: `config.json` with `model.safetensors`, or with the shards of
    /// `model.safetensors.index.json`; F32, F16 or BF16 (widened to f32); keys with or without `transformer.`.
    ///
    /// The file is memory-mapped and copied once, on [`threads`](super::threads) threads; the peak of the process'
    /// memory is that of the weights in f32 and a few MB.
    ///
    /// # Errors
    /// [`Error::Device`]; what [`Gpt2Config::from_file`] refuses; [`Error::NoCheckpoint`], [`Error::Safetensors`],
    /// [`Error::ShardIndex`] or [`Error::Io`]; and [`Error::Tensors`], which lists every tensor that is missing or
    /// is not as the configuration says. Nothing is allocated for the weights before all of them are checked.
    pub fn load(folder: impl AsRef<Path>, device: Device) -> Result<Self, Error> {
        device.checked()?;
        let (config, checkpoint) = open_folder(folder.as_ref())?;
        Self::from_checkpoint(&checkpoint, config, device)
    }

    /// Loads the bytes of a `config.json` and of a safetensors file, which may lie at any alignment: a model that is
    /// part of the program, say.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn from_bytes(config_json: &[u8], safetensors: &[u8], device: Device) -> Result<Self, Error> {
        device.checked()?;
        let (config, checkpoint) = open_bytes(config_json, safetensors)?;
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
        self.num_parameters
    }

    /// `[T, V]`: the logits at each position of a prompt.
    ///
    /// They are what the weights give, NaN included: [`next_token_logits`](Self::next_token_logits) checks.
    ///
    /// # Errors
    /// [`Error::EmptyPrompt`], [`Error::TokenOutOfRange`], [`Error::PromptTooLong`], [`Error::Torch`].
    pub fn logits(&self, ids: &[u32]) -> Result<Logits, Error> {
        let _no_grad = tch::no_grad_guard();
        let x = self.hidden(&self.checked_ids(ids)?)?; // [T, C]
        // A prompt of 1,024 tokens has 206 MB of logits: in pieces, they are not in memory several times over.
        let mut logits = Vec::with_capacity(ids.len() * self.config.vocab_size);
        for x in x.f_split(POSITIONS_AT_A_TIME, 0)? {
            append(&self.lm_head.forward(&x)?, &mut logits)?; // [t, C] -> [t, V]
        }
        Ok(Logits::new(logits, self.config.vocab_size))
    }

    /// `[V]`: the logits of the token after a prompt. The head is computed for the last position only.
    ///
    /// # Errors
    /// Those of [`logits`](Self::logits), and [`Error::NotFinite`], which says where NaN or an infinity first arises.
    pub fn next_token_logits(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        let _no_grad = tch::no_grad_guard();
        let ids = self.checked_ids(ids)?;
        let t = ids.size1()?;
        let x = self.hidden(&ids)?.f_narrow(0, t - 1, 1)?; // [T, C] -> [1, C]
        let mut logits = Vec::with_capacity(self.config.vocab_size);
        append(&self.lm_head.forward(&x)?, &mut logits)?; // [1, C] -> [1, V]
        let mut not_finite = logits.iter().enumerate().filter(|(_, x)| !x.is_finite());
        match not_finite.next() {
            None => Ok(logits),
            Some((token, &value)) => Err(Error::NotFinite {
                count: 1 + not_finite.count(),
                vocab_size: logits.len(),
                position: t as usize - 1,
                token,
                value,
                stage: self.first_not_finite(&ids)?,
            }),
        }
    }

    fn from_checkpoint(checkpoint: &Checkpoint<'_>, config: Gpt2Config, device: Device) -> Result<Self, Error> {
        let parameters = Parameter::all(&config);
        let stored = checkpoint.find(&parameters, &config)?;
        let (mut weights, memory) = Weights::load(&parameters, &stored, device.checked()?)?;
        let num_parameters = parameters.iter().map(|p| p.len() as u64).sum();
        let mut take = |name: &str| weights.take(name);
        let wte = take("wte.weight")?;
        let wpe = take("wpe.weight")?;
        let mut h = Vec::with_capacity(config.n_layer);
        for n in 0..config.n_layer {
            let epsilon = config.layer_norm_epsilon;
            let mut key = |key: &str| take(&format!("h.{n}.{key}"));
            let mut scale = 1.0;
            if config.scale_attn_weights {
                scale /= ((config.n_embd / config.n_head) as f64).sqrt();
            }
            if config.scale_attn_by_inverse_layer_idx {
                scale /= (n + 1) as f64;
            }
            h.push(Block {
                ln_1: LayerNorm { weight: key("ln_1.weight")?, bias: key("ln_1.bias")?, epsilon },
                attn: Attention {
                    c_attn: Linear::new(key("attn.c_attn.weight")?, Some(key("attn.c_attn.bias")?)),
                    c_proj: Linear::new(key("attn.c_proj.weight")?, Some(key("attn.c_proj.bias")?)),
                    n_head: config.n_head as i64,
                    scale,
                },
                ln_2: LayerNorm { weight: key("ln_2.weight")?, bias: key("ln_2.bias")?, epsilon },
                mlp: Mlp {
                    c_fc: Linear::new(key("mlp.c_fc.weight")?, Some(key("mlp.c_fc.bias")?)),
                    c_proj: Linear::new(key("mlp.c_proj.weight")?, Some(key("mlp.c_proj.bias")?)),
                    activation: config.activation,
                },
            });
        }
        let ln_f =
            LayerNorm { weight: take("ln_f.weight")?, bias: take("ln_f.bias")?, epsilon: config.layer_norm_epsilon };
        let head = if config.tie_word_embeddings { wte.shallow_clone() } else { take("lm_head.weight")? };
        let lm_head = Linear::new(head, None);
        Ok(Self { config, device, num_parameters, wte, wpe, h, ln_f, lm_head, _memory: memory })
    }

    /// `[T]`, on the device; refuses what the tables do not have.
    fn checked_ids(&self, ids: &[u32]) -> Result<Tensor, Error> {
        let Gpt2Config { vocab_size, n_positions, .. } = self.config;
        if ids.is_empty() {
            return Err(Error::EmptyPrompt);
        }
        if ids.len() > n_positions {
            return Err(Error::PromptTooLong { tokens: ids.len(), n_positions });
        }
        if let Some(position) = ids.iter().position(|&id| id as usize >= vocab_size) {
            return Err(Error::TokenOutOfRange { id: ids[position], position, vocab_size });
        }
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        Ok(Tensor::f_from_slice(&ids)?.f_to_device(self.wte.device())?)
    }

    /// `[T] -> [T, C]`: all but the head.
    fn hidden(&self, ids: &Tensor) -> Result<Tensor, TchError> {
        let mut x = self.embed(ids)?;
        for block in &self.h {
            x = block.forward(&x)?;
        }
        self.ln_f.forward(&x)
    }

    /// `[T] -> [T, C]`: what each token is, and where.
    fn embed(&self, ids: &Tensor) -> Result<Tensor, TchError> {
        let tokens = self.wte.f_index_select(0, ids)?;
        tokens.f_add(&self.wpe.f_narrow(0, 0, ids.size1()?)?)
    }

    /// The first stage whose output has NaN or an infinity: only asked when the logits have.
    fn first_not_finite(&self, ids: &Tensor) -> Result<String, TchError> {
        let is_finite = |x: &Tensor| Ok::<_, TchError>(x.f_isfinite()?.f_all()?.f_int64_value(&[])? != 0);
        let mut x = self.embed(ids)?;
        if !is_finite(&x)? {
            return Ok("wte + wpe".into());
        }
        for (n, block) in self.h.iter().enumerate() {
            x = block.forward(&x)?;
            if !is_finite(&x)? {
                return Ok(format!("h.{n}"));
            }
        }
        Ok(if is_finite(&self.ln_f.forward(&x)?)? { "lm_head" } else { "ln_f" }.into())
    }
}

/// Appends the values of a tensor, row after row.
fn append(x: &Tensor, values: &mut Vec<f32>) -> Result<(), TchError> {
    let x = x.f_to_device(tch::Device::Cpu)?.f_contiguous()?;
    let start = values.len();
    values.resize(start + x.numel(), 0.0);
    x.f_copy_data(&mut values[start..], x.numel())
}
