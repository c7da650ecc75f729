//! Shared by the project's tests and benchmarks: seeded random numbers, files that are damaged with them, and the rows
//! that a benchmark prints.
pub mod bench;
mod damage;
mod random;

pub use damage::{damage_safetensors, damage_text, damage_tokenizer};
pub use random::Random;
