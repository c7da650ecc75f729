//! The five-part softmax lab as a library: what the binary `lab` is made of.

pub mod figures;
