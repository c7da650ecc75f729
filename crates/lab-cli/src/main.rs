//! The five-part softmax lab.
fn main() {}
