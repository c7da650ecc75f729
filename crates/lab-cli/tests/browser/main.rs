//! The page in a real browser: what it shows is read back and compared with softmax-core's.

mod chrome;
mod page;
mod run;
#[cfg(feature = "serve")]
mod served;
mod speed;
