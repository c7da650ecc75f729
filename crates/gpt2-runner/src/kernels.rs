//! The arithmetic of a forward pass on the CPU: products with weights in place, layer norm, GELU.
//!
//! The kernels are single-threaded; `model` distributes work over `threads`. Each kernel is compiled for every
//! instruction set, and runs on the calling thread's [`SimdPath::active`](softmax_core::SimdPath::active), whose
//! instructions the CPU has. Except for the mapping of files and the threads, this module has the crate's `unsafe` code.
#![allow(unsafe_code)]

mod elementwise;
mod lanes;
mod matrix;
mod product;

pub(crate) use elementwise::{add, gelu, layer_norm, scale_by};
pub(crate) use matrix::{Format, Rows, Vectors, VectorsMut};
pub(crate) use product::{Sweep, accumulate, dots};
