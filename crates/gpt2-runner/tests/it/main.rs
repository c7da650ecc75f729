//! The crate from outside: parity with transformers, bad input, files.
mod files;
#[cfg(feature = "torch")]
mod full_size;
#[cfg(feature = "torch")]
mod parity;
#[cfg(feature = "torch")]
#[path = "../support/plain.rs"]
mod plain;
#[cfg(feature = "torch")]
#[path = "../support/random_checkpoint.rs"]
mod random_checkpoint;
#[path = "../support/temporary.rs"]
mod temporary;
