//! The model: GPT-2 on libtorch.
mod attention;
mod block;
mod copy;
mod device;
mod gpt2;
mod layer_norm;
mod linear;
mod logits;
mod mlp;
mod weights;

pub use device::{Device, set_threads, threads};
pub use gpt2::Gpt2;
pub use logits::Logits;
