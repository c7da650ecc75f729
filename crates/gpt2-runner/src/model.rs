//! The model: GPT-2 on two engines. `torch` computes it as transformers does; `native` is optimised for CPUs.
mod cache;
mod device;
mod engine;
mod gpt2;
mod logits;
mod native;
mod reading;
mod text;
#[cfg_attr(not(feature = "torch"), path = "model/no_torch.rs")]
mod torch;
mod transformer;
mod weights;

pub use cache::KvCache;
pub use device::Device;
pub use engine::{Backend, Engine};
pub use gpt2::Gpt2;
pub use logits::{Logits, LogitsInPieces};
pub use reading::{AttentionScores, HiddenStates};
