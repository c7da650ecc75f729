//! A checkpoint's parameters as tensors of f32.
#![allow(unsafe_code)]
use safetensors::tensor::Dtype;
use tch::{Kind, Tensor};

use crate::{Error, checkpoint::Stored, model::weights::Weights};

/// A checkpoint's parameters, to be taken by name.
pub(super) struct Parameters {
    weights: Weights,
    device: tch::Device,
    /// What tensors look into.
    files: Vec<Stored<'static>>,
}

impl Parameters {
    pub(super) fn new(weights: Weights, device: tch::Device) -> Self {
        Self { weights, device, files: Vec::new() }
    }

    /// Takes a parameter. On the CPU one of f32 stays where it is stored, at any byte; what is f16 or bf16 is converted,
    /// and what is for another device is copied there.
    ///
    /// transformers maps its files too. That is why no f32 is copied to a rounder address: products of one token round
    /// differently where a weight's address has another remainder by 16.
    pub(super) fn take(&mut self, name: &str) -> Result<Tensor, Error> {
        let stored = self.weights.take(name)?;
        let kind = match stored.dtype {
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::BFloat16,
            _ => Kind::Float,
        };
        let shape: Vec<i64> = stored.shape.iter().map(|&n| n as i64).collect();
        // SAFETY: there are as many bytes as dtype and shape say: the checkpoint was checked when it was opened. They
        // stay there and as they are as long as `stored` does, which `files` keeps until the model's tensors are gone;
        // for a mapped file, the caller of `Gpt2::load_mapped` ensures it. Nothing writes through this tensor, none of
        // whose uses is in place. libtorch reads numbers at any address, as it does for transformers.
        let tensor = unsafe { Tensor::f_from_blob(stored.bytes().as_ptr(), &shape, &[], kind, tch::Device::Cpu) };
        let tensor = tensor.and_then(|tensor| tensor.f_to_device(self.device)?.f_to_kind(Kind::Float));
        let tensor = tensor.map_err(Error::torch)?;
        if tensor.data_ptr().cast_const().cast() == stored.bytes().as_ptr() {
            self.files.push(stored);
        }
        Ok(tensor)
    }

    /// What the tensors that were taken look into: to be dropped after them.
    pub(super) fn files(self) -> Vec<Stored<'static>> {
        self.files
    }
}
