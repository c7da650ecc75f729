//! Stands in for `torch.rs` in a build without libtorch. These types have no values, so other modules need no `cfg`.
use super::{Device, Engine, weights::Weights};
use crate::{Error, Gpt2Config};

#[derive(Debug)]
pub(super) enum TorchTransformer {}

#[derive(Debug, Clone)]
pub(super) enum TorchKeysValues {}

pub(super) fn devices() -> Vec<Device> {
    vec![Device::Cpu]
}

impl TorchTransformer {
    pub(super) fn load(_: Weights, _: &Gpt2Config, _: Device) -> Result<Self, Error> {
        Err(Engine::Torch.not_here("this build is without libtorch"))
    }

    pub(super) fn no_past(&self) -> Vec<TorchKeysValues> {
        match *self {}
    }

    pub(super) fn forward(&self, _: &[u32], _: usize, _: &mut [TorchKeysValues]) -> Result<Vec<f32>, Error> {
        match *self {}
    }

    pub(super) fn embed(&self, _: &[u32]) -> Result<Vec<f32>, Error> {
        match *self {}
    }

    pub(super) fn block(&self, _: usize, _: &mut [f32], _: Option<&mut [f32]>) -> Result<(), Error> {
        match *self {}
    }

    pub(super) fn ln_f(&self, _: &[f32]) -> Result<Vec<f32>, Error> {
        match *self {}
    }

    pub(super) fn lm_head(&self, _: &[f32]) -> Result<Vec<f32>, Error> {
        match *self {}
    }

    pub(super) fn logits(&self, _: &[f32]) -> Result<Vec<f32>, Error> {
        match *self {}
    }

    pub(super) fn last_logits(&self, _: &[f32]) -> Result<Vec<f32>, Error> {
        match *self {}
    }
}

impl TorchKeysValues {
    pub(super) fn truncate(&mut self, _: usize) {
        match *self {}
    }
}
