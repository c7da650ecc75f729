//! The crate from outside: parity with transformers, bad input, files.
mod bad_input;
mod cache;
mod files;
#[cfg(feature = "torch")]
mod full_size;
mod fuzz;
mod not_files;
mod parity;
#[cfg(unix)]
mod process;
#[cfg(feature = "torch")]
#[path = "../support/random_checkpoint.rs"]
mod random_checkpoint;
mod reading;
mod recorded;
mod running;
#[path = "../../../../fuzz/targets.rs"]
mod targets;
#[path = "../support/temporary.rs"]
mod temporary;
mod tokenizer;
mod tokenizer_files;
mod variations;
