//! The five-part softmax lab as a library: what the binary `lab` is made of.

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
