//! The five-part softmax lab, as a library. The binary `lab` calls it.
//!
//! - *part*: a function from plain inputs to a typed report ([`parts`]), without printing or drawing: the notebook's
//!   five parts, and one for each other command;
//! - *rendering*: a report as text ([`text`]), JSON, figures ([`figures`], drawn by [`drawing`]) and one page
//!   ([`page`]);
//! - *source*: where logits come from, a pair of models or files of recorded logits ([`source`]);
//! - *run*: the notebook's parts, computed and drawn together ([`run`]), and all its numbers ([`report`]);
//! - *command*: a subcommand's code ([`commands`]).
//!
//! ```
//! use lab_cli::{parts::{part1, Library, NOTEBOOK_Z}, print::numpy_vector};
//!
//! let probabilities = softmax_core::softmax(&NOTEBOOK_Z.map(|z| z as f32))?;
//! let report = part1(&NOTEBOOK_Z, Library { name: "softmax-core".into(), probabilities })?;
//! assert!(numpy_vector(&report.manual).starts_with("[0.00263681 0.00291413 0.0071676 "));
//! # Ok::<(), lab_cli::Error>(())
//! ```

mod browse;
mod check;
pub mod cli;
pub mod commands;
mod context;
pub mod drawing;
mod error;
pub mod figures;
mod model;
pub mod page;
pub mod parts;
mod place;
pub mod print;
pub mod process;
pub mod report;
pub mod run;
#[cfg(feature = "serve")]
pub mod serve;
pub mod simd;
pub mod source;
pub mod terminal;
pub mod text;
pub mod timings;
mod token;
mod write;

use gpt2_runner::printable;

pub use context::Context;
pub use error::{Error, RecordedError};
pub use token::{Prompt, TokenNames, TokenProbability, Word, top_tokens};
