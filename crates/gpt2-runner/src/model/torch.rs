//! GPT-2 on libtorch, for the devices that it has beside the CPU.
use tch::{Kind, TchError, Tensor};

use super::cpu::{Linear, Matrix, Transformer};
use crate::{Activation, Error, kernels::Format};

/// The parts of a GPT-2 as tensors of f32 on a device.
#[derive(Debug)]
pub(super) struct TorchTransformer {
    device: tch::Device,
    /// `[V, C]`.
    wte: Tensor,
    /// `[n_positions, C]`.
    wpe: Tensor,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[V, C]`.
    lm_head: Tensor,
}

#[derive(Debug)]
struct Block {
    ln_1: LayerNorm,
    c_attn: Conv1D,
    c_proj: Conv1D,
    ln_2: LayerNorm,
    c_fc: Conv1D,
    mlp_c_proj: Conv1D,
    n_head: i64,
    scale: f64,
    activation: Activation,
}

#[derive(Debug)]
struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f64,
}

/// `[in, out]` and `[out]`.
#[derive(Debug)]
struct Conv1D {
    weight: Tensor,
    bias: Tensor,
}

/// One block's keys and values, each `[1, H, P, D]`.
#[derive(Debug, Default)]
pub(super) struct TorchKeysValues(Option<(Tensor, Tensor)>);

impl TorchKeysValues {
    pub(super) fn truncate(&mut self, len: usize) {
        if let Some((keys, values)) = &mut self.0 {
            for x in [keys, values] {
                *x = x.narrow(2, 0, len as i64);
            }
        }
    }
}

impl Clone for TorchKeysValues {
    /// A tensor is not written to once it is here, so that both may look into the same memory.
    fn clone(&self) -> Self {
        Self(self.0.as_ref().map(|(keys, values)| (keys.shallow_clone(), values.shallow_clone())))
    }
}

impl TorchTransformer {
    /// Copies the weights to a device.
    pub(super) fn new(model: &Transformer, device: tch::Device) -> Result<Self, TchError> {
        let vector = |x: &[f32]| Tensor::f_from_slice(x)?.f_to_device(device);
        let layer_norm = |ln: &super::cpu::LayerNorm| {
            Ok::<_, TchError>(LayerNorm { weight: vector(&ln.weight)?, bias: vector(&ln.bias)?, epsilon: ln.epsilon })
        };
        let conv_1d = |linear: &Linear| {
            Ok::<_, TchError>(Conv1D { weight: upload(&linear.weight, device)?, bias: vector(&linear.bias)? })
        };
        let blocks = model.h.iter().map(|block| {
            Ok::<_, TchError>(Block {
                ln_1: layer_norm(&block.ln_1)?,
                c_attn: conv_1d(&block.attn.c_attn)?,
                c_proj: conv_1d(&block.attn.c_proj)?,
                ln_2: layer_norm(&block.ln_2)?,
                c_fc: conv_1d(&block.mlp.c_fc)?,
                mlp_c_proj: conv_1d(&block.mlp.c_proj)?,
                n_head: block.attn.n_head as i64,
                scale: f64::from(block.attn.scale),
                activation: block.mlp.activation,
            })
        });
        let wte = upload(&model.wte, device)?;
        let lm_head = model.lm_head.as_ref().map_or_else(|| Ok(wte.shallow_clone()), |head| upload(head, device))?;
        let h = blocks.collect::<Result<_, _>>()?;
        Ok(Self { device, wte, wpe: upload(&model.wpe, device)?, h, ln_f: layer_norm(&model.ln_f)?, lm_head })
    }

    /// `[T] -> [T, C]`: embeddings and all blocks.
    pub(super) fn forward(&self, ids: &[u32], first: usize, past: &mut [TorchKeysValues]) -> Result<Vec<f32>, Error> {
        let _no_grad = tch::no_grad_guard();
        let mut x = self.embedded(ids, first)?;
        // A pass that fails leaves the past as it was.
        let mut present = past.to_vec();
        for (block, present) in self.h.iter().zip(&mut present) {
            x = block.forward(&x, present)?.0;
        }
        let x = to_vec(&x)?;
        past.clone_from_slice(&present);
        Ok(x)
    }

    /// `[T] -> [T, C]`.
    pub(super) fn embed(&self, ids: &[u32], first: usize) -> Result<Vec<f32>, Error> {
        let _no_grad = tch::no_grad_guard();
        Ok(to_vec(&self.embedded(ids, first)?)?)
    }

    /// `[T, C]`, in place: the `n`th block, and its scores before they are scaled, `[H, T, P]`.
    pub(super) fn block(
        &self,
        n: usize,
        x: &mut [f32],
        past: &mut TorchKeysValues,
        scores: Option<&mut [f32]>,
    ) -> Result<(), Error> {
        let _no_grad = tch::no_grad_guard();
        let (y, q) = self.h[n].forward(&self.to_device(x)?, past)?;
        y.f_to_device(tch::Device::Cpu)?.f_contiguous()?.f_copy_data(x, x.len())?;
        if let (Some(scores), TorchKeysValues(Some((keys, _)))) = (scores, past) {
            let raw = q.f_matmul(&keys.f_transpose(2, 3)?)?; // [1, H, T, P]
            let (_, _, t, p) = raw.size4()?;
            let raw = raw.f_tril(p - t)?.f_to_device(tch::Device::Cpu)?.f_contiguous()?;
            raw.f_copy_data(scores, scores.len())?;
        }
        Ok(())
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn ln_f(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        let _no_grad = tch::no_grad_guard();
        Ok(to_vec(&self.ln_f.forward(&self.to_device(x)?)?)?)
    }

    /// `[T, C] -> [T, V]`.
    pub(super) fn lm_head(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        let _no_grad = tch::no_grad_guard();
        Ok(to_vec(&self.to_device(x)?.f_linear(&self.lm_head, None::<&Tensor>)?)?)
    }

    fn embedded(&self, ids: &[u32], first: usize) -> Result<Tensor, TchError> {
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        let tokens = self.wte.f_index_select(0, &Tensor::f_from_slice(&ids)?.f_to_device(self.device)?)?;
        tokens.f_add(&self.wpe.f_narrow(0, first as i64, ids.len() as i64)?)
    }

    /// `[T, C]`.
    fn to_device(&self, x: &[f32]) -> Result<Tensor, TchError> {
        let (_, c) = self.wte.size2()?;
        Tensor::f_from_slice(x)?.f_view([-1, c])?.f_to_device(self.device)
    }
}

impl Block {
    /// `[T, C] -> [T, C]`, and the queries, `[1, H, T, D]`.
    fn forward(&self, x: &Tensor, past: &mut TorchKeysValues) -> Result<(Tensor, Tensor), TchError> {
        let (attention, q) = self.attention(&self.ln_1.forward(x)?, past)?;
        let x = attention.f_add(x)?;
        let hidden = self.c_fc.forward(&self.ln_2.forward(&x)?)?; // [T, I]
        let hidden = hidden.f_gelu(match self.activation {
            Activation::GeluNew => "tanh",
            Activation::Gelu => "none",
        })?;
        Ok((self.mlp_c_proj.forward(&hidden)?.f_add(&x)?, q))
    }

    fn attention(&self, x: &Tensor, past: &mut TorchKeysValues) -> Result<(Tensor, Tensor), TchError> {
        let (t, c) = x.size2()?;
        let (h, d) = (self.n_head, c / self.n_head);
        let qkv = self.c_attn.forward(x)?; // [T, 3·C]
        let qkv = qkv.f_view([1, t, 3, h, d])?.f_permute([2, 0, 3, 1, 4])?; // [3, 1, H, T, D]
        let (q, mut k, mut v) = (qkv.f_get(0)?, qkv.f_get(1)?, qkv.f_get(2)?); // each [1, H, T, D]
        if let Some((keys, values)) = &past.0 {
            (k, v) = (Tensor::f_cat(&[keys, &k], 2)?, Tensor::f_cat(&[values, &v], 2)?); // [1, H, P, D]
        }
        let p = k.size()[2];
        // A query sees the keys up to its own: the last of T queries all P.
        let visible = Tensor::f_ones([t, p], (Kind::Bool, x.device()))?.f_tril(p - t)?;
        // softmax(q·kᵀ·scale + causal mask)·v
        let y = Tensor::f_scaled_dot_product_attention(&q, &k, &v, Some(&visible), 0.0, false, self.scale, false)?;
        let y = y.f_transpose(1, 2)?.f_reshape([t, c])?; // [1, H, T, D] -> [T, C]
        let y = self.c_proj.forward(&y)?;
        past.0 = Some((k, v));
        Ok((y, q))
    }
}

impl LayerNorm {
    /// `[T, C] -> [T, C]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        x.f_layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.epsilon, false)
    }
}

impl Conv1D {
    /// `[T, in] -> [T, out]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        self.bias.f_addmm(x, &self.weight)
    }
}

fn upload(matrix: &Matrix, device: tch::Device) -> Result<Tensor, TchError> {
    let kind = match matrix.format() {
        Format::F32 => Kind::Float,
        Format::F16 => Kind::Half,
        Format::BF16 => Kind::BFloat16,
    };
    let shape = matrix.shape().map(|n| n as i64);
    Tensor::f_from_data_size(matrix.bytes(), &shape, kind)?.f_to_device(device)?.f_to_kind(Kind::Float)
}

/// A tensor's values, row after row.
fn to_vec(x: &Tensor) -> Result<Vec<f32>, TchError> {
    let x = x.f_to_device(tch::Device::Cpu)?.f_contiguous()?;
    let mut values = vec![0.0; x.numel()];
    x.f_copy_data(&mut values, x.numel())?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        checkpoint::open_folder,
        model::cpu::{KeysValues, Weights},
        threads::Team,
    };

    /// The second block's keys fit and its values do not, so that the pass fails between the two.
    #[test]
    fn a_pass_that_fails_leaves_the_past_as_it_was() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpt2-tiny/hub-layout");
        let (config, checkpoint) = open_folder(&folder).unwrap();
        let cpu = Transformer::load(Weights::find(&checkpoint, &config).unwrap(), &config).unwrap();
        let torch = TorchTransformer::new(&cpu, tch::Device::Cpu).unwrap();
        let mut past: Vec<TorchKeysValues> = (0..config.n_layer).map(|_| TorchKeysValues::default()).collect();
        torch.forward(&[1, 2, 3], 0, &mut past).unwrap();
        let expected = torch.forward(&[4], 3, &mut past.clone()).unwrap();

        let mut broken = past.clone();
        broken[1].0.as_mut().unwrap().1 = Tensor::zeros([1, 1, 1, 1], (Kind::Float, tch::Device::Cpu));
        torch.forward(&[4], 3, &mut broken).unwrap_err();
        let (keys, _) = broken[1].0.as_ref().expect("the past is still there");
        assert_eq!(keys.size(), past[1].0.as_ref().unwrap().0.size());
        broken[1] = past[1].clone();
        assert_eq!(torch.forward(&[4], 3, &mut broken).unwrap(), expected);
    }

    /// A GPU is not on every machine, but libtorch's operations are the same on the CPU.
    #[test]
    fn every_stage_is_that_of_the_kernels() {
        for fixture in
            ["hub-layout", "bfloat16", "float16", "inner-eps", "exact-gelu", "inverse-layer-scale", "untied-head"]
        {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpt2-tiny").join(fixture);
            let (config, checkpoint) = open_folder(&folder).unwrap();
            let cpu = Transformer::load(Weights::find(&checkpoint, &config).unwrap(), &config).unwrap();
            let torch = TorchTransformer::new(&cpu, tch::Device::Cpu).unwrap();
            // Logits here are below 10; the sums run in another order.
            let agree = |a: &[f32], b: &[f32], what: &str| {
                assert_eq!(a.len(), b.len(), "{fixture}, {what}");
                assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 2e-4), "{fixture}, {what}: {a:?}, not {b:?}");
            };
            let team = Team::new(2).unwrap();
            let mut pasts: Vec<(KeysValues, TorchKeysValues, TorchKeysValues)> =
                (0..config.n_layer).map(|_| Default::default()).collect();
            let mut before = 0;
            for ids in [&[1, 2, 300][..], &[17], &[4, 5, 6, 7]] {
                let (t, p) = (ids.len(), before + ids.len());
                let mut x = cpu.embed(ids, before);
                let mut y = torch.embed(ids, before).unwrap();
                agree(&y, &x, "embedding");
                for (n, (past, torch_past, _)) in pasts.iter_mut().enumerate() {
                    let mut scores = vec![1.0; config.n_head * t * p];
                    let mut torch_scores = scores.clone();
                    cpu.block(&team, n, &mut x, past, Some(&mut scores));
                    torch.block(n, &mut y, torch_past, Some(&mut torch_scores)).unwrap();
                    agree(&y, &x, "block");
                    agree(&torch_scores, &scores, "scores");
                }
                let mut whole: Vec<TorchKeysValues> = pasts.iter().map(|(_, _, past)| past.clone()).collect();
                agree(&torch.forward(ids, before, &mut whole).unwrap(), &x, "forward");
                for ((_, _, past), whole) in pasts.iter_mut().zip(whole) {
                    *past = whole;
                }
                let (x, y) = (cpu.ln_f(&team, &x), torch.ln_f(&y).unwrap());
                agree(&y, &x, "ln_f");
                agree(&torch.lm_head(&y).unwrap(), &cpu.lm_head(&team, &x), "lm_head");
                before = p;
            }
            // Cut back and gone on from.
            let mut x = torch.embed(&[9], 3).unwrap();
            let mut y = cpu.embed(&[9], 3);
            for (n, (past, torch_past, _)) in pasts.iter_mut().enumerate() {
                past.truncate(3);
                torch_past.truncate(3);
                torch.block(n, &mut x, torch_past, None).unwrap();
                cpu.block(&team, n, &mut y, past, None);
            }
            agree(&x, &y, "after a cut");
        }
    }
}
