//! The model: GPT-2 on the CPU, in kernels of this crate, and on libtorch's other devices.
mod cache;
mod cpu;
mod device;
mod gpt2;
mod logits;
mod reading;
#[cfg(feature = "torch")]
mod torch;

pub use cache::KvCache;
pub use device::Device;
pub use gpt2::Gpt2;
pub use logits::{Logits, LogitsInPieces};
pub use reading::{AttentionScores, HiddenStates};
