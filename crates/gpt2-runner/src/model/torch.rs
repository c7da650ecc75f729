//! GPT-2 whole: the operations of libtorch that Hugging Face transformers calls for it (`modeling_gpt2.py`, attention
//! `sdpa`), in the same order.
//!
//! On one machine, with the same libtorch and number of threads, the logits therefore have the same bits. Operations
//! that are only mathematically equal would not do: a fused GELU, attention written out, or the head for fewer
//! positions round differently. Fields are named as in the checkpoint.
//!
//! Shapes: a text has P tokens, the last T of which are read now; V, C, H, D and I as in [`Gpt2Config`]. The first
//! dimension is a batch of one, as in transformers.
use std::{
    f64::consts::FRAC_2_PI,
    sync::{Mutex, PoisonError},
};

use tch::{Kind, TchError, Tensor};

use crate::{Activation, Error, Gpt2Config};

mod transformer;

use transformer::Parameters;
pub(super) use transformer::{TorchTransformer, devices};

/// Token and position embeddings, `n_layer` blocks, a last layer norm, and the head.
#[derive(Debug)]
struct Gpt2 {
    /// `[V, C]`.
    wte: Tensor,
    /// `[n_positions, C]`.
    wpe: Tensor,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[V, C]`; the same tensor as `wte` where the head is tied.
    lm_head: Tensor,
}

impl Gpt2 {
    fn load(parameters: &mut Parameters, config: &Gpt2Config) -> Result<Self, Error> {
        let wte = parameters.take("wte.weight")?;
        let lm_head =
            if config.tie_word_embeddings { wte.shallow_clone() } else { parameters.take("lm_head.weight")? };
        let wpe = parameters.take("wpe.weight")?;
        let h = (0..config.n_layer).map(|n| Block::load(parameters, config, n)).collect::<Result<_, _>>()?;
        Ok(Self { wte, wpe, h, ln_f: LayerNorm::load(parameters, config, "ln_f")?, lm_head })
    }

    /// `[1, T] -> [1, T, C]`: embeddings and all blocks. The keys and values in `past` are of the P - T tokens before;
    /// those of these tokens are added.
    fn forward(&self, ids: &Tensor, past: &mut [TorchKeysValues]) -> Result<Tensor, TchError> {
        let (_, t) = ids.size2()?;
        let before = past.first().map_or(0, TorchKeysValues::len);
        let mut x = self.embed(ids, before)?;
        let mask = causal_mask(t, before, ids.device())?;
        for (block, past) in self.h.iter().zip(past) {
            x = block.forward(&x, past, mask.as_ref())?;
        }
        Ok(x)
    }

    /// `[1, T] -> [1, T, C]`: token and position embeddings, the first at position `before`.
    fn embed(&self, ids: &Tensor, before: i64) -> Result<Tensor, TchError> {
        let (_, t) = ids.size2()?;
        let positions = Tensor::f_arange_start(before, before + t, (Kind::Int64, ids.device()))?.f_unsqueeze(0)?; // [1, T]
        embedding(&self.wte, ids)?.f_add(&embedding(&self.wpe, &positions)?)
    }

    /// `[1, T, C] -> [1, T, V]`: `ln_f` and the head.
    fn logits(&self, x: &Tensor) -> Result<Tensor, TchError> {
        self.lm_head(&self.ln_f.forward(x)?)
    }

    /// `[1, T, C] -> [1, T, V]`.
    fn lm_head(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_linear(&self.lm_head, None::<&Tensor>)
    }
}

/// `x + attn(ln_1(x))`, then `x + mlp(ln_2(x))`.
#[derive(Debug)]
struct Block {
    ln_1: LayerNorm,
    attn: Attention,
    ln_2: LayerNorm,
    mlp: Mlp,
}

impl Block {
    fn load(parameters: &mut Parameters, config: &Gpt2Config, n: usize) -> Result<Self, Error> {
        Ok(Self {
            ln_1: LayerNorm::load(parameters, config, &format!("h.{n}.ln_1"))?,
            attn: Attention::load(parameters, config, n)?,
            ln_2: LayerNorm::load(parameters, config, &format!("h.{n}.ln_2"))?,
            mlp: Mlp::load(parameters, config, &format!("h.{n}.mlp"))?,
        })
    }

    /// `[1, T, C] -> [1, T, C]`.
    fn forward(&self, x: &Tensor, past: &mut TorchKeysValues, mask: Option<&Tensor>) -> Result<Tensor, TchError> {
        let x = self.attn.forward(&self.ln_1.forward(x)?, past, mask)?.f_add(x)?;
        self.mlp.forward(&self.ln_2.forward(&x)?)?.f_add(&x)
    }
}

/// Causal self-attention with H heads.
#[derive(Debug)]
struct Attention {
    /// `[C] -> [3·C]`: query, key and value.
    c_attn: Conv1D,
    /// `[C] -> [C]`.
    c_proj: Conv1D,
    n_head: i64,
    /// The factor of `query · key`: 1/√D by default.
    scale: f64,
}

impl Attention {
    fn load(parameters: &mut Parameters, config: &Gpt2Config, n: usize) -> Result<Self, Error> {
        Ok(Self {
            c_attn: Conv1D::load(parameters, &format!("h.{n}.attn.c_attn"))?,
            c_proj: Conv1D::load(parameters, &format!("h.{n}.attn.c_proj"))?,
            n_head: config.n_head as i64,
            scale: config.attention_scale(n),
        })
    }

    /// `[1, T, C] -> [1, T, C]`.
    fn forward(&self, x: &Tensor, past: &mut TorchKeysValues, mask: Option<&Tensor>) -> Result<Tensor, TchError> {
        let (b, t, c) = x.size3()?;
        let [q, k, v] = self.queries_keys_values(x)?;
        let (k, v) = past.push(&k, &v)?; // [1, H, P, D]
        // softmax(q·kᵀ·scale + causal mask)·v. No mask is needed for one token, nor for a text from its start, where
        // attention is causal.
        let is_causal = mask.is_none() && t > 1;
        let y = Tensor::f_scaled_dot_product_attention(&q, k, v, mask, 0.0, is_causal, self.scale, false)?;
        let y = y.f_transpose(1, 2)?.f_contiguous()?; // [1, H, T, D] -> [1, T, H, D]
        self.c_proj.forward(&y.f_reshape([b, t, c])?)
    }

    /// `[1, T, C] ->` three times `[1, H, T, D]`.
    fn queries_keys_values(&self, x: &Tensor) -> Result<[Tensor; 3], TchError> {
        let (b, t, c) = x.size3()?;
        let (h, d) = (self.n_head, c / self.n_head);
        let qkv = self.c_attn.forward(x)?; // [1, T, 3·C]
        // The nth C of each token, [1, T, C] -> [1, H, T, D].
        let part = |n: i64| qkv.f_narrow(2, n * c, c)?.f_view((b, t, h, d))?.f_transpose(1, 2);
        Ok([part(0)?, part(1)?, part(2)?])
    }

    /// `[1, T, C] -> [1, H, T, T]`: `query · key` before scaling, for a text from its first position on; zero where the
    /// key comes after the query.
    fn scores(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let [q, k, _] = self.queries_keys_values(x)?;
        q.f_matmul(&k.f_transpose(2, 3)?)?.f_tril(0)
    }
}

/// One block's keys and values, each `[1, H, P, D]`; nothing before the first token.
///
/// A tensor is `Send` and not `Sync`. With the lock this type is both, as the keys and values of the engine `native`
/// are. All uses but `clone` and `len` have `&mut self`, which needs no locking.
#[derive(Debug, Default)]
pub(super) struct TorchKeysValues(Mutex<Option<(Tensor, Tensor)>>);

impl TorchKeysValues {
    /// P.
    fn len(&self) -> i64 {
        let both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.as_ref().map_or(0, |(keys, _)| keys.size()[2])
    }

    /// Appends the keys and values of T tokens, `[1, H, T, D]`, and returns all, `[1, H, P, D]`.
    fn push(&mut self, keys: &Tensor, values: &Tensor) -> Result<(&Tensor, &Tensor), TchError> {
        let both = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let all = match &both {
            None => (keys.shallow_clone(), values.shallow_clone()),
            Some((k, v)) => (Tensor::f_cat(&[k, keys], 2)?, Tensor::f_cat(&[v, values], 2)?),
        };
        let (keys, values) = both.insert(all);
        Ok((keys, values))
    }

    /// Keeps the first `len` positions.
    pub(super) fn truncate(&mut self, len: usize) {
        if let Some((keys, values)) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            for x in [keys, values] {
                *x = x.narrow(2, 0, (len as i64).min(x.size()[2]));
            }
        }
    }
}

impl Clone for TorchKeysValues {
    /// Shares the memory: stored tensors are not written to.
    fn clone(&self) -> Self {
        let both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Mutex::new(both.as_ref().map(|(keys, values)| (keys.shallow_clone(), values.shallow_clone()))))
    }
}

/// `c_proj(gelu(c_fc(x)))`.
#[derive(Debug)]
struct Mlp {
    /// `[C] -> [I]`.
    c_fc: Conv1D,
    /// `[I] -> [C]`.
    c_proj: Conv1D,
    activation: Activation,
}

impl Mlp {
    fn load(parameters: &mut Parameters, config: &Gpt2Config, key: &str) -> Result<Self, Error> {
        Ok(Self {
            c_fc: Conv1D::load(parameters, &format!("{key}.c_fc"))?,
            c_proj: Conv1D::load(parameters, &format!("{key}.c_proj"))?,
            activation: config.activation,
        })
    }

    /// `[1, T, C] -> [1, T, C]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let hidden = self.c_fc.forward(x)?; // [1, T, I]
        let hidden = match self.activation {
            Activation::GeluNew => gelu_new(&hidden)?,
            Activation::Gelu => hidden.f_gelu("none")?,
        };
        self.c_proj.forward(&hidden)
    }
}

/// `(x - mean(x)) / √(variance(x) + ε) · weight + bias`, at each position.
#[derive(Debug)]
struct LayerNorm {
    /// `[C]`.
    weight: Tensor,
    /// `[C]`.
    bias: Tensor,
    epsilon: f64,
}

impl LayerNorm {
    fn load(parameters: &mut Parameters, config: &Gpt2Config, key: &str) -> Result<Self, Error> {
        let weight = parameters.take(&format!("{key}.weight"))?;
        let bias = parameters.take(&format!("{key}.bias"))?;
        Ok(Self { weight, bias, epsilon: config.layer_norm_epsilon })
    }

    /// `[1, T, C] -> [1, T, C]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.epsilon, true)
    }
}

/// A linear layer whose weight is stored transposed.
#[derive(Debug)]
struct Conv1D {
    /// `[in, out]`.
    weight: Tensor,
    /// `[out]`.
    bias: Tensor,
}

impl Conv1D {
    fn load(parameters: &mut Parameters, key: &str) -> Result<Self, Error> {
        let weight = parameters.take(&format!("{key}.weight"))?;
        Ok(Self { weight, bias: parameters.take(&format!("{key}.bias"))? })
    }

    /// `[1, T, in] -> [1, T, out]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let (b, t, inputs) = x.size3()?;
        let (_, outputs) = self.weight.size2()?;
        self.bias.f_addmm(&x.f_view((-1, inputs))?, &self.weight)?.f_view((b, t, outputs))
    }
}

/// `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`, unfused.
fn gelu_new(x: &Tensor) -> Result<Tensor, TchError> {
    let cubic = x.f_pow_tensor_scalar(3.0)?.f_mul_scalar(0.044_715)?.f_add(x)?;
    let tanh = cubic.f_mul_scalar(FRAC_2_PI.sqrt())?.f_tanh()?;
    x.f_mul_scalar(0.5)?.f_mul(&tanh.f_add_scalar(1.0)?)
}

/// `[n, C], [1, T] -> [1, T, C]`: a table's rows.
fn embedding(table: &Tensor, rows: &Tensor) -> Result<Tensor, TchError> {
    Tensor::f_embedding(table, rows, -1, false, false)
}

/// `[T, P]`, true where a query may see a key: the last of T queries sees all P. Needed only for several tokens after
/// others: one token sees all, and for a text from its start attention is causal by itself.
fn causal_mask(t: i64, before: i64, device: tch::Device) -> Result<Option<Tensor>, TchError> {
    if t == 1 || before == 0 {
        return Ok(None);
    }
    Tensor::f_ones([t, before + t], (Kind::Bool, device))?.f_tril(before).map(Some)
}
