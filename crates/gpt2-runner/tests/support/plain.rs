//! The plain path: what transformers runs for GPT-2, op by op, on the weights as tch reads them.
use std::{collections::HashMap, error::Error, path::Path};

use gpt2_runner::Gpt2Config;
use tch::{Kind, Tensor};

/// A GPT-2 with weights as stored: `[in, out]` for `addmm`.
pub(crate) struct PlainGpt2 {
    config: Gpt2Config,
    tensors: HashMap<String, Tensor>,
    /// True on and below the diagonal, `[n_positions, n_positions]`.
    mask: Tensor,
}

impl PlainGpt2 {
    /// Reads `model.safetensors` with `Tensor::read_safetensors`.
    pub(crate) fn load(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let config = Gpt2Config::from_file(folder.join("config.json"))?;
        let tensors = Tensor::read_safetensors(folder.join("model.safetensors"))?;
        let tensors = tensors.into_iter().map(|(k, v)| (k.trim_start_matches("transformer.").to_owned(), v)).collect();
        let p = config.n_positions as i64;
        let mask = Tensor::ones([p, p], (Kind::Bool, tch::Device::Cpu)).tril(0);
        Ok(Self { config, tensors, mask })
    }

    /// `[T, V]`, as a tensor.
    pub(crate) fn logits(&self, ids: &[u32]) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let t = ids.len() as i64;
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        let wte = self.get("wte.weight");
        // [T] -> [T, C]
        let mut x = wte.index_select(0, &Tensor::from_slice(&ids)) + self.get("wpe.weight").narrow(0, 0, t);
        for n in 0..self.config.n_layer {
            let key = |key: &str| format!("h.{n}.{key}");
            x = &x + self.attention(&self.layer_norm(&x, &key("ln_1")), &key("attn"));
            let hidden = self.conv_1d(&self.layer_norm(&x, &key("ln_2")), &key("mlp.c_fc"));
            x = &x + self.conv_1d(&hidden.gelu("tanh"), &key("mlp.c_proj"));
        }
        self.layer_norm(&x, "ln_f").matmul(&wte.tr()) // [T, C]·[C, V] -> [T, V]
    }

    /// The logits of the token after a prompt, as the notebook takes them: the last of `[T, V]`.
    pub(crate) fn next_token_logits(&self, ids: &[u32]) -> Vec<f32> {
        let logits = self.logits(ids);
        to_vec(&logits.select(0, -1))
    }

    fn attention(&self, x: &Tensor, key: &str) -> Tensor {
        let (t, c) = x.size2().expect("[T, C]");
        let (h, d) = (self.config.n_head as i64, c / self.config.n_head as i64);
        let qkv = self.conv_1d(x, &format!("{key}.c_attn")); // [T, 3·C]
        let heads = |x: &Tensor| x.view([t, h, d]).transpose(0, 1); // [T, C] -> [H, T, D]
        let parts: Vec<Tensor> = qkv.split(c, 1).iter().map(heads).collect();
        let scores = parts[0].matmul(&parts[1].transpose(1, 2)) / (d as f64).sqrt(); // [H, T, T]
        let visible = self.mask.narrow(0, 0, t).narrow(1, 0, t);
        let scores = scores.masked_fill(&visible.logical_not(), f64::NEG_INFINITY);
        let y = scores.softmax(-1, Kind::Float).matmul(&parts[2]); // [H, T, D]
        self.conv_1d(&y.transpose(0, 1).reshape([t, c]), &format!("{key}.c_proj"))
    }

    fn conv_1d(&self, x: &Tensor, key: &str) -> Tensor {
        self.get(&format!("{key}.bias")).addmm(x, self.get(&format!("{key}.weight")))
    }

    fn layer_norm(&self, x: &Tensor, key: &str) -> Tensor {
        let (weight, bias) = (self.get(&format!("{key}.weight")), self.get(&format!("{key}.bias")));
        x.layer_norm(weight.size(), Some(weight), Some(bias), self.config.layer_norm_epsilon, false)
    }

    fn get(&self, name: &str) -> &Tensor {
        &self.tensors[name]
    }
}

/// The values of a tensor.
pub(crate) fn to_vec(x: &Tensor) -> Vec<f32> {
    Vec::try_from(x.contiguous().view(-1)).expect("an f32 tensor")
}
