//! `cargo xtask figures`
use std::process::Command;

use clap::Args;

use crate::{Error, cargo, setup};

/// `cargo xtask figures`
#[derive(Args)]
pub struct FiguresArgs {
    /// Which pair of models: pretrained if it can be had, the demo pair, or exactly the pretrained
    #[arg(long, default_value = "auto")]
    models: String,
    /// Anything else that `lab part all` takes; `cargo xtask figures -- --help` shows it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Sets up, builds the lab and runs all five parts.
///
/// # Errors
/// If a step fails.
pub fn run(args: &FiguresArgs) -> Result<(), Error> {
    setup::run(&setup::SetupArgs::default())?;
    cargo::run(&mut cargo::command(["build", "--release", "--package", "lab-cli"]))?;
    let lab = cargo::root().join("target/release/lab");
    cargo::run(Command::new(lab).args(["part", "all", "--models", &args.models]).args(&args.args))
}
