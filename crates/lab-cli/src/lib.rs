//! The five-part softmax lab as a library: what the binary `lab` is made of.
//!
//! - *part*: a function from plain inputs to a typed report ([`parts`]), which nothing prints or draws;
//! - *report*: every number of a run ([`report`]), rendered as text ([`text`]), JSON, figures ([`drawing`]) and one
//!   page ([`page`]);
//! - *source*: where logits are from, a pair of models or files of recorded logits ([`source`]);
//! - *command*: what a subcommand does with these ([`commands`]).
//!
//! ```
//! use lab_cli::{parts::{part1, Library, NOTEBOOK_Z}, print::numpy_vector};
//!
//! let probabilities = softmax_core::softmax(&NOTEBOOK_Z.map(|z| z as f32))?;
//! let report = part1(&NOTEBOOK_Z, Library { name: "softmax-core", probabilities })?;
//! assert!(numpy_vector(&report.manual).starts_with("[0.00263681 0.00291413 0.0071676 "));
//! # Ok::<(), lab_cli::Error>(())
//! ```

pub mod cli;
pub mod commands;
pub mod drawing;
mod error;
pub mod figures;
pub mod page;
pub mod parts;
pub mod print;
pub mod report;
pub mod source;
pub mod terminal;
pub mod text;
pub mod timings;
mod token;

pub use error::Error;
pub use token::{Prompt, TokenProbability, top_tokens, word};
