//! `cargo xtask parity`: whether the engine `torch` gives the bits of Hugging Face transformers on this machine.
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::{cargo, setup, steps::Steps};

/// `cargo xtask parity`
#[derive(Args)]
pub struct ParityArgs {
    /// A Python with torch 2.13.0, transformers and safetensors
    #[arg(long, value_name = "PATH")]
    python: PathBuf,
    /// gpt2-large as well, with random weights: 3 GB on disk, 7 GB in memory
    #[arg(long)]
    large: bool,
}

/// Compares the demo pair and a gpt2 with random weights, at 1, 7 and 64 tokens and with a cache, on one thread and on
/// two.
///
/// # Errors
/// If a logit has another bit, or a step fails.
pub fn run(args: &ParityArgs) -> Result<()> {
    let steps = Steps::new(2);
    setup::ensure(&steps)?;
    steps.begin("the engine torch and transformers on the same models: comparing bits");
    let mut command = cargo::command(["test", "--release", "--config", "xtask/tests.toml"]);
    command.args(["--workspace", "--test", "transformers", "--", "--ignored", "--nocapture"]);
    command.env("PYTHON", &args.python);
    if !args.large {
        command.args(["--skip", "gpt2_large"]);
    }
    cargo::run(&mut command)
}
