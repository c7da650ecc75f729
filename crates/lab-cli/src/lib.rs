//! The softmax lab.

pub mod print;
