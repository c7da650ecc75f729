//! A GPT-2 on libtorch, for the rest of the crate: slices in, slices out, one pass at a time.
use std::{
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use safetensors::tensor::Dtype;
use tch::{Kind, TchError, Tensor};

use super::{Gpt2, TorchKeysValues};
use crate::{
    Error, Gpt2Config,
    checkpoint::Stored,
    model::{Device, weights::Weights},
    threads::threads,
};

/// A GPT-2 on libtorch.
#[derive(Debug)]
pub(in crate::model) struct TorchTransformer {
    /// Tensors may go from thread to thread, but not be used by two.
    model: Mutex<Gpt2>,
    device: tch::Device,
    n_layer: usize,
    /// The storage that the model's tensors refer to; dropped after them.
    _files: Vec<Stored<'static>>,
}

/// The devices that this libtorch has on this machine.
pub(in crate::model) fn devices() -> Vec<Device> {
    let gpus = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
    let mps = tch::utils::has_mps().then_some(Device::Mps);
    std::iter::once(Device::Cpu).chain((0..gpus).map(Device::Cuda)).chain(mps).collect()
}

impl TorchTransformer {
    pub(in crate::model) fn load(weights: Weights, config: &Gpt2Config, device: Device) -> Result<Self, Error> {
        let device = match device {
            Device::Cpu => tch::Device::Cpu,
            Device::Cuda(n) => tch::Device::Cuda(n),
            Device::Mps => tch::Device::Mps,
        };
        let mut parameters = Parameters::new(weights, device);
        let model = Mutex::new(Gpt2::load(&mut parameters, config)?);
        Ok(Self { model, device, n_layer: config.n_layer, _files: parameters.files() })
    }

    /// Keys and values of no token.
    pub(in crate::model) fn no_past(&self) -> Vec<TorchKeysValues> {
        vec![TorchKeysValues::default(); self.n_layer]
    }

    /// `[T] -> [T, C]`: embeddings and all blocks; the tokens' keys and values are added to `past`, which has those of
    /// the tokens before. On error `past` does not change.
    pub(in crate::model) fn forward(
        &self,
        ids: &[u32],
        first: usize,
        past: &mut [TorchKeysValues],
    ) -> Result<Vec<f32>, Error> {
        debug_assert!(past.iter().all(|block| block.len() == first as i64));
        let mut present = past.to_vec();
        let x = self.pass(|model| to_vec(&model.forward(&self.ids(ids)?, &mut present)?))?;
        past.clone_from_slice(&present);
        Ok(x)
    }

    /// `[T] -> [T, C]`, from the first position on.
    pub(in crate::model) fn embed(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        self.pass(|model| to_vec(&model.embed(&self.ids(ids)?, 0)?))
    }

    /// `[T, C]`, in place: the `n`th block of a text from its first position on, and its scores before they are scaled,
    /// `[H, T, T]`.
    pub(in crate::model) fn block(&self, n: usize, x: &mut [f32], scores: Option<&mut [f32]>) -> Result<(), Error> {
        self.pass(|model| {
            let (block, input) = (&model.h[n], self.hidden(model, x)?);
            if let Some(scores) = scores {
                copy(&block.attn.scores(&block.ln_1.forward(&input)?)?, scores)?;
            }
            copy(&block.forward(&input, &mut TorchKeysValues::default(), None)?, x)
        })
    }

    /// `[T, C] -> [T, C]`.
    pub(in crate::model) fn ln_f(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        self.pass(|model| to_vec(&model.ln_f.forward(&self.hidden(model, x)?)?))
    }

    /// `[T, C] -> [T, V]`.
    pub(in crate::model) fn lm_head(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        self.pass(|model| to_vec(&model.lm_head(&self.hidden(model, x)?)?))
    }

    /// `[T, C] -> [T, V]`: `ln_f` and the head.
    pub(in crate::model) fn logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        self.pass(|model| to_vec(&model.logits(&self.hidden(model, x)?)?))
    }

    /// `[T, C] -> [V]`: the same at all positions, and of that the last.
    pub(in crate::model) fn last_logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        self.pass(|model| to_vec(&model.logits(&self.hidden(model, x)?)?.f_select(1, -1)?))
    }

    /// Runs a pass after any pass in progress: without gradients, on the number of threads from [`set_threads`], at
    /// most one per core. libtorch stores this number per calling thread.
    ///
    /// [`set_threads`]: crate::set_threads
    fn pass<R>(&self, pass: impl FnOnce(&Gpt2) -> Result<R, TchError>) -> Result<R, Error> {
        // A pass that panicked has changed nothing.
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let threads = available_parallelism().map_or(threads(), |cores| cores.min(threads()));
        let threads = i32::try_from(threads.get()).unwrap_or(i32::MAX);
        if tch::get_num_threads() != threads {
            tch::set_num_threads(threads);
        }
        let _no_grad = tch::no_grad_guard();
        pass(&model).map_err(Error::torch)
    }

    /// `[1, T]`.
    fn ids(&self, ids: &[u32]) -> Result<Tensor, TchError> {
        let ids: Vec<i64> = ids.iter().map(|&id| i64::from(id)).collect();
        Tensor::f_from_slice(&ids)?.f_unsqueeze(0)?.f_to_device(self.device)
    }

    /// `[1, T, C]`.
    fn hidden(&self, model: &Gpt2, x: &[f32]) -> Result<Tensor, TchError> {
        let (_, c) = model.wte.size2()?;
        Tensor::f_from_slice(x)?.f_view((1, -1, c))?.f_to_device(self.device)
    }
}

/// A checkpoint's parameters, to be taken by name.
pub(super) struct Parameters {
    weights: Weights,
    device: tch::Device,
    /// The storage that tensors refer to.
    files: Vec<Stored<'static>>,
}

impl Parameters {
    fn new(weights: Weights, device: tch::Device) -> Self {
        Self { weights, device, files: Vec::new() }
    }

    /// Takes a parameter. On the CPU, f32 stays in place, at any byte offset; f16 and bf16 are converted. Other devices
    /// get a copy.
    ///
    /// transformers maps its files, too, so f32 is not copied to an aligned address: the rounding of one token's
    /// products depends on a weight's address modulo 16.
    pub(super) fn take(&mut self, name: &str) -> Result<Tensor, Error> {
        let stored = self.weights.take(name)?;
        let kind = match stored.dtype {
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            _ => Kind::Float,
        };
        let shape: Vec<i64> = stored.shape.iter().map(|&n| n as i64).collect();
        // SAFETY: there are as many bytes as dtype and shape require: the checkpoint was checked when it was opened.
        // `files` keeps `stored` alive until the model's tensors are dropped, and the bytes do not change; for a mapped
        // file, the caller of `Gpt2::load_mapped` ensures that. Nothing writes to this tensor: no operation on it is in
        // place. libtorch reads numbers at any address, as for transformers.
        #[allow(unsafe_code)]
        let tensor = unsafe { Tensor::f_from_blob(stored.bytes().as_ptr(), &shape, &[], kind, tch::Device::Cpu) };
        let tensor = tensor.and_then(|tensor| tensor.f_to_device(self.device)?.f_to_kind(Kind::Float));
        let tensor = tensor.map_err(Error::torch)?;
        if tensor.data_ptr().cast_const().cast() == stored.bytes().as_ptr() {
            self.files.push(stored);
        }
        Ok(tensor)
    }

    /// The storage of the tensors that were taken: to be dropped after them.
    fn files(self) -> Vec<Stored<'static>> {
        self.files
    }
}

/// A tensor's values, row after row.
fn to_vec(x: &Tensor) -> Result<Vec<f32>, TchError> {
    let mut values = vec![0.0; x.numel()];
    copy(x, &mut values)?;
    Ok(values)
}

/// Writes a tensor's values, row after row, into as many.
fn copy(x: &Tensor, values: &mut [f32]) -> Result<(), TchError> {
    debug_assert_eq!(x.kind(), Kind::Float);
    x.f_to_device(tch::Device::Cpu)?.f_contiguous()?.f_copy_data(values, values.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::checkpoint::open_folder;

    fn load(fixture: &str) -> (TorchTransformer, Gpt2Config) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpt2-tiny").join(fixture);
        let (config, checkpoint) = open_folder(&folder).unwrap();
        let weights = Weights::find(&checkpoint.read().unwrap(), &config).unwrap();
        (TorchTransformer::load(weights, &config, Device::Cpu).unwrap(), config)
    }

    #[test]
    fn weights_of_f32_stay_where_they_are_and_others_are_converted() {
        // Of 28 parameters, those of `float16` and `bfloat16` are all converted.
        for (fixture, in_place) in [("hub-layout", 28), ("float16", 0), ("bfloat16", 0)] {
            let (torch, _) = load(fixture);
            assert_eq!(torch._files.len(), in_place, "{fixture}");
        }
    }

    #[test]
    fn a_pass_runs_on_the_number_of_threads_that_was_set() {
        let (torch, _) = load("hub-layout");
        let before = threads();
        for threads in [1, before.get()] {
            crate::set_threads(threads.try_into().unwrap());
            torch.embed(&[1]).unwrap();
            assert_eq!(tch::get_num_threads(), threads as i32);
        }
    }

    /// The second block's keys fit and its values do not, so the pass fails between the two.
    #[test]
    fn a_pass_that_fails_leaves_the_past_as_it_was() {
        let (torch, _) = load("hub-layout");
        let mut past = torch.no_past();
        torch.forward(&[1, 2, 3], 0, &mut past).unwrap();
        let expected = torch.forward(&[4], 3, &mut past.clone()).unwrap();

        let mut broken = past.clone();
        let (keys, _) = broken[1].clone().0.into_inner().unwrap().expect("three tokens have been read");
        let values = Tensor::zeros([1, 1, 1, 1], (Kind::Float, tch::Device::Cpu));
        broken[1] = TorchKeysValues(Mutex::new(Some((keys, values))));
        torch.forward(&[4], 3, &mut broken).unwrap_err();
        assert_eq!(broken.iter().map(TorchKeysValues::len).collect::<Vec<_>>(), [3, 3]);
        broken[1] = past[1].clone();
        assert_eq!(torch.forward(&[4], 3, &mut broken).unwrap(), expected);
    }
}
