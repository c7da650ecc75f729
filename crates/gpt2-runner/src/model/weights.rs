//! The weights in memory: all parameters lie in one anonymous memory map, which the tensors look into.
//!
//! This module and the checkpoint's `map` are the only ones with unsafe code.
#![allow(unsafe_code)]
use std::{collections::HashMap, path::PathBuf};

use memmap2::MmapMut;
use tch::{Kind, TchError, Tensor};

use super::copy::{Copy, copy_all};
use crate::{
    Error,
    checkpoint::{Layout, Parameter, Stored},
};

/// Each parameter starts at a multiple of it: a cache line of 16 f32.
const ALIGN: usize = 16;

/// Loaded parameters, to be taken by name.
#[derive(Debug)]
pub(super) struct Weights {
    tensors: HashMap<String, Tensor>,
}

/// The memory that tensors look into: to be kept as long as they are. Empty on a GPU, which has its own copy.
#[derive(Debug)]
pub(super) struct WeightMemory {
    _map: Option<MmapMut>,
}

impl Weights {
    /// Copies every parameter out of the checkpoint, once.
    pub(super) fn load(
        parameters: &[Parameter],
        stored: &[Stored<'_>],
        device: tch::Device,
    ) -> Result<(Self, WeightMemory), Error> {
        let length: usize = parameters.iter().map(padded_len).sum();
        let out_of_memory = |source| Error::Io { path: PathBuf::from("memory for the weights"), source };
        let mut map = MmapMut::map_anon(length * size_of::<f32>()).map_err(out_of_memory)?;
        // Ordinary pages: asking for huge ones loads gpt2-large in 0.4 s where memory lies free, against 1 s; but where
        // the page cache fills it, as it does after any other program, the kernel then compacts memory for 3.5 s.

        // SAFETY: every bit pattern is an f32. A map starts at a page, so nothing is left over.
        let (_, mut free, _) = unsafe { map.align_to_mut::<f32>() };
        let mut copies = Vec::new();
        for (parameter, &stored) in parameters.iter().zip(stored) {
            let (values, rest) = free.split_at_mut(padded_len(parameter));
            free = rest;
            Copy::add(&mut copies, parameter, stored, &mut values[..parameter.len()]);
        }
        copy_all(copies);

        let mut tensors = HashMap::with_capacity(parameters.len());
        let mut start = 0;
        for parameter in parameters {
            let mut shape: Vec<i64> = parameter.shape.iter().map(|&n| n as i64).collect();
            if parameter.layout == Layout::Transposed {
                shape.reverse();
            }
            let values = &map[start * size_of::<f32>()..][..parameter.len() * size_of::<f32>()];
            // SAFETY: `values` holds as many f32 as `shape` has elements. They neither move nor change; whoever takes
            // the tensors keeps the `WeightMemory` longer than them, which `Gpt2` does by the order of its fields.
            let tensor = unsafe { Tensor::f_from_blob(values.as_ptr(), &shape, &[], Kind::Float, tch::Device::Cpu)? };
            tensors.insert(parameter.name.clone(), tensor.f_to_device(device)?);
            start += padded_len(parameter);
        }
        let _map = (device == tch::Device::Cpu).then_some(map);
        Ok((Self { tensors }, WeightMemory { _map }))
    }

    /// Hands a parameter out.
    pub(super) fn take(&mut self, name: &str) -> Result<Tensor, TchError> {
        let not_there = || TchError::TensorNameNotFound(name.to_owned(), "the loaded weights".to_owned());
        self.tensors.remove(name).ok_or_else(not_there)
    }
}

fn padded_len(parameter: &Parameter) -> usize {
    parameter.len().next_multiple_of(ALIGN)
}
