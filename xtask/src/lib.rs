//! The project's own commands, one module each: `cargo xtask --help` lists them.
//!
//! This package never links libtorch, so that it can put libtorch in place; and it is the only code of the project
//! that uses the network.
pub mod bench;
#[path = "../../crates/lab-cli/tests/browser/executable.rs"]
mod browser;
pub mod cargo;
pub mod checks;
pub mod disk;
pub mod download;
pub mod examine;
pub mod figures;
pub mod lab;
pub mod parity;
pub mod setup;
pub mod steps;
pub mod weights;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The softmax lab's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put libtorch in place (idempotent; the other commands call it).
    Setup(setup::SetupArgs),
    /// Set up, then draw all nine figures and print what the notebook prints.
    Figures(figures::FiguresArgs),
    /// Fetch the published models' weights, once, and verify them.
    Weights(weights::WeightsArgs),
    /// Set up, then run every test of the workspace, doc tests included.
    Test(checks::TestArgs),
    /// Compare the logits' bits with those of Hugging Face transformers, run by a Python.
    Parity(parity::ParityArgs),
    /// Measure every speed claim of the project: ours, the peer, the ratio, the target, the limit.
    Bench(bench::BenchArgs),
    /// Let softmax-core and other engines sit the examination in data/examination.
    Examine(examine::ExamineArgs),
    /// Everything that a change has to pass: format, lints, tests, docs, figures.
    Ci(checks::CiArgs),
}

/// Runs the command that the command line names. Failure: one line on stderr, exit code 1; wrong usage: 2.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    let result = cargo::find_root().and_then(|_| match command {
        Command::Setup(args) => setup::run(&args),
        Command::Figures(args) => figures::run(&args),
        Command::Weights(args) => weights::run(args),
        Command::Test(args) => checks::test(&args),
        Command::Parity(args) => parity::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Examine(args) => examine::run(&args),
        Command::Ci(args) => checks::ci(&args),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
