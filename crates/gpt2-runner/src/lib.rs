//! GPT-2's logits for a text, token after token, and what is in the model on the way to them.
//!
//! Reads checkpoints in the Hugging Face layout where they lie, and computes on one of two engines:
//!
//! - `torch` is libtorch through tch, on CPUs and GPUs. It is GPT-2 as Hugging Face transformers computes it: the same
//!   operations in the same order, in one file, `src/model/torch.rs`. On one machine, with the same libtorch and as many
//!   threads, [`Gpt2::next_token_logits`] has the bits of `model(ids).logits[0, -1]`, [`Gpt2::logits`] those of
//!   `model(ids).logits[0]`, and [`Gpt2::start`] and [`Gpt2::next`] those of `generate` (`logits_to_keep=1`, with a
//!   cache).
//! - `native` is kernels of this crate, on the CPU, and the faster of the two there: it multiplies by weights in f32, f16
//!   or bf16 where the file has them, and keeps threads awake between products. It adds in another order, so that its
//!   logits are within 2e-4 of those of `torch` on the tests' models, and not the same bits.
//!
//! [`Engine::Auto`] takes `native` on the CPU and `torch` on a GPU.
//!
//! - *token*: a piece of text with an *id*, a number below the vocabulary's size V = 50,257;
//! - *logits*: for each position of a prompt, V numbers, one for each token that could come next; softmax makes
//!   probabilities of them;
//! - *checkpoint*: a folder with `config.json` and `model.safetensors` (or its shards).
//!
//! ```no_run
//! use gpt2_runner::{Engine, Gpt2, Gpt2Tokenizer};
//!
//! let tokenizer = Gpt2Tokenizer::published()?;
//! let model = Gpt2::load("gpt2", Engine::Torch)?; // or Engine::Native, or Device::Cuda(0)
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
//! Without the feature `torch` (on by default) the crate builds in pure Rust and has the engine `native` alone.

mod checkpoint;
mod config;
mod error;
mod files;
mod json;
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
