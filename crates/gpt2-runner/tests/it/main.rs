//! The crate from outside: parity with transformers, bad input, files.
mod files;
#[cfg(feature = "torch")]
mod parity;
