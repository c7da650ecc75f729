//! The project's own commands, as a library so that its tests can call their parts.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub mod download;
pub mod weights;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch and verify the published models' weights.
    Weights(weights::WeightsArgs),
}

/// Reads the command line, runs the command and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let Cli { command: Command::Weights(args) } = Cli::parse();
    match weights::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
