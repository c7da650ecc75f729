//! GPT-2's logits for a text, token after token, and what is in the model on the way to them.
//!
//! Reads checkpoints in the Hugging Face layout where they lie and gives the logits that transformers gives: on the CPU
//! with kernels of its own, on GPUs with libtorch through tch.
//!
//! - *token*: a piece of text with an *id*, a number below the vocabulary's size V = 50,257;
//! - *logits*: for each position of a prompt, V numbers, one for each token that could come next; softmax makes
//!   probabilities of them;
//! - *checkpoint*: a folder with `config.json` and `model.safetensors` (or its shards).
//!
//! ```no_run
//! use gpt2_runner::{Device, Gpt2, Gpt2Tokenizer};
//!
//! let tokenizer = Gpt2Tokenizer::published()?;
//! let model = Gpt2::load("gpt2", Device::Cpu)?;
//! let ids = tokenizer.encode("It was a dark and stormy")?;
//! let (mut logits, mut cache) = model.start(&ids)?; // V = 50,257 numbers
//! for _ in 0..40 {
//!     let greedy = (0..).zip(&logits).max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(id, _)| id);
//!     logits = model.next(&mut cache, &[greedy])?;
//! }
//! println!("{}", tokenizer.decode(cache.ids())?);
//! # Ok::<(), gpt2_runner::Error>(())
//! ```
//!
//! | question | answer |
//! |---|---|
//! | What comes next? | [`Gpt2::next_token_logits`], and softmax-core's softmax |
//! | How does the text go on? | [`Gpt2::start`], [`Gpt2::next`], and softmax-core's sampler |
//! | How probable is a text? | [`Gpt2::logits`]; of a long one, [`Gpt2::logits_in_pieces`] |
//! | What happens inside? | [`Gpt2::hidden_states`], [`Gpt2::attention`] |
//!
//! The example `ask` answers the first three for a text: `cargo run --release -p gpt2-runner --example ask`.
//!
//! Without the feature `torch` (on by default) there is no libtorch: the crate builds in pure Rust, and runs models on
//! the CPU all the same.

mod checkpoint;
mod config;
mod error;
mod files;
mod kernels;
mod model;
mod printable;
mod recorded;
mod threads;
mod tokenizer;
#[cfg(feature = "torch")]
mod torch;
mod vocabulary;

pub use checkpoint::{check_checkpoint, check_checkpoint_bytes, checkpoint_files};
pub use config::{Activation, Gpt2Config};
pub use error::{Error, TensorProblem};
pub use files::read_file;
pub use model::{AttentionScores, Backend, Device, Engine, Gpt2, HiddenStates, KvCache, Logits, LogitsInPieces};
pub use printable::printable;
pub use recorded::{RecordedLogits, RecordedModel, RecordedPrompt};
pub use threads::{set_threads, threads};
pub use tokenizer::{END_OF_TEXT, Gpt2Tokenizer};
#[cfg(feature = "torch")]
pub use torch::torch_softmax;
pub use vocabulary::Vocabulary;
