//! Judges softmax implementations on the inputs in `data/examination`, whose README explains themes and error bounds.
//!
//! An engine answers each [`Case`] with those of softmax, log_softmax and logsumexp that it has. A [`Report`] counts, by
//! theme, the answers within the error that correct arithmetic in the case's type allows. Samplers, sinks, pieces of
//! rows, softcaps and gradients are [`Operation`]s, with separate answers and allowed errors.

mod adapter;
mod case;
mod engine;
mod judge;
mod operating;
mod operation;
mod page;

pub use adapter::{Function, record, sit, sit_operating, write};
pub use case::{Case, Number, read};
pub use engine::{Answers, Recorded, broken, ours, recorded};
pub use judge::{Finding, Report, Row, errors, judge};
pub use operating::{broken_operating, ours_operating};
pub use operation::{Answer, Asked, Operation, Right, judge_operations, read_operations};
pub use page::{markdown, operations_markdown};

/// An error of reading: a file is missing or does not have the format of `generate.py` and `sit.py`.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
