//! Judges what a softmax answers to the inputs in `data/examination`, whose README explains themes and bounds.
//!
//! An engine answers each [`Case`] with softmax, log_softmax and logsumexp, or those of them that it has; a [`Report`]
//! counts by theme what is within the error that correct arithmetic of the case's type allows.

mod adapter;
mod case;
mod engine;
mod judge;
mod page;

pub use adapter::{Function, sit};
pub use case::{Case, Number, read};
pub use engine::{Answers, broken, ours, recorded};
pub use judge::{Finding, Report, Row, judge};
pub use page::markdown;

/// What can go wrong while reading: a file that is missing or not as `generate.py` and `sit.py` write it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
