//! Runs GPT-2: a text's logits, token by token, and the hidden states and attention scores behind them.
//!
//! Checkpoints have the Hugging Face layout. [`Gpt2::load`] copies one into memory; [`Gpt2::load_mapped`] reads it in
//! place, and is `unsafe` because no process may write to a mapped file. One of two engines computes:
//!
//! - `torch` is libtorch through tch, on CPUs and GPUs. It calls the operations of Hugging Face transformers in the
//!   same order (`src/model/torch.rs`). On one machine, with the same libtorch and number of threads, the logits have
//!   the same bits: [`Gpt2::next_token_logits`] returns `model(ids).logits[0, -1]`, [`Gpt2::logits`] returns
//!   `model(ids).logits[0]`, and [`Gpt2::start`] and [`Gpt2::next`] return those of `generate` (`logits_to_keep=1`,
//!   with a cache).
//! - `native` is this crate's own kernels, on the CPU, and faster there: it reads f32, f16 or bf16 weights from the
//!   file in place and keeps its threads awake between products. It adds in another order, so its logits are not the same
//!   bits; they are within 2e-4 of those of `torch` on the tests' models.
//!
//! [`Engine::Auto`] takes `native` on the CPU and `torch` on a GPU.
//!
//! - *token*: a piece of text with an *id*, a number below the vocabulary's size V = 50,257;
//! - *logits*: for each position of a prompt, V numbers, one for each possible next token; softmax turns them into
//!   probabilities;
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
//! | How does the text continue? | [`Gpt2::generate`] with softmax-core's sampler; step by step, [`Gpt2::start`] and [`Gpt2::next`] |
//! | How probable is a text? | [`Gpt2::score`] |
//! | What happens inside? | [`Gpt2::hidden_states`], [`Gpt2::attention`] |
//!
//! The example `ask` answers the first three for a text: `cargo run --release -p gpt2-runner --example ask --
//! FOLDER`.
//!
//! Without the feature `torch` (on by default) the crate is pure Rust and has only the engine `native`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod checkpoint;
mod config;
mod error;
mod files;
mod json;
mod kernels;
mod message;
mod model;
mod recorded;
mod threads;
mod tokenizer;
#[cfg(feature = "torch")]
mod torch;
mod vocabulary;

pub use checkpoint::{check_checkpoint, check_checkpoint_bytes, checkpoint_files};
pub use config::{Activation, Gpt2Config};
pub use error::{Error, TensorProblem};
pub use model::{AttentionScores, Backend, Device, Engine, Gpt2, HiddenStates, KvCache, Logits, LogitsInPieces};
pub use recorded::{RecordedLogits, RecordedModel, RecordedPrompt};
pub use threads::{set_threads, threads};
pub use tokenizer::{END_OF_TEXT, Gpt2Tokenizer};
#[cfg(feature = "torch")]
pub use torch::torch_softmax;
pub use vocabulary::Vocabulary;
