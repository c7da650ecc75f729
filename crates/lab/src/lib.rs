//! Questions about a language model's logits, and their answers.
//!
//! - *part*: a function from plain inputs to a typed report ([`parts`]), without printing or drawing: the notebook's
//!   five parts, and one for each other question;
//! - *rendering*: a report as text ([`text`]), JSON, and figures ([`figures`], drawn by [`drawing`]);
//! - *source*: where logits come from, a pair of models or files of recorded logits ([`source`]); a prompt's logits from
//!   either ([`logits`]);
//! - *run*: the notebook's parts, computed and drawn together ([`run`]), and all its numbers ([`report`]);
//! - *check*: a run's files compared with those of an earlier run ([`check`]).
//!
//! ```
//! use lab::{parts::{part1, Library, NOTEBOOK_Z}, print::numpy_vector};
//!
//! let probabilities = softmax_core::softmax(&NOTEBOOK_Z.map(|z| z as f32))?;
//! let report = part1(&NOTEBOOK_Z, Library { name: "softmax-core".into(), probabilities })?;
//! assert!(numpy_vector(&report.manual).starts_with("[0.00263681 0.00291413 0.0071676 "));
//! # Ok::<(), lab::Error>(())
//! ```

pub mod check;
mod context;
pub mod drawing;
mod error;
pub mod figures;
pub mod logits;
pub mod parts;
pub mod print;
mod printable;
pub mod report;
pub mod run;
pub mod source;
pub mod text;
pub mod timings;
mod token;

pub use context::{Context, Progress};
pub use error::{Error, RecordedError};
pub use printable::printable;
pub use token::{Prompt, TokenNames, TokenProbability, Word, top_tokens};
