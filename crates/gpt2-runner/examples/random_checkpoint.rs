//! Writes a GPT-2 of a published size with seeded random weights, to try sizes and speed without a download:
//! `cargo run --release -p gpt2-runner --example random_checkpoint -- gpt2-large FOLDER [SEED]`.
use std::{path::Path, process::ExitCode};

use gpt2_runner::Gpt2Config;

#[path = "../tests/support/random_checkpoint.rs"]
mod random_checkpoint;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let (size, folder, seed) = match arguments {
        [size, folder] => (size, folder, 0),
        [size, folder, seed] => (size, folder, seed.parse().map_err(|_| format!("{seed:?} is not a seed: a number"))?),
        _ => return Err("usage: random_checkpoint gpt2|gpt2-medium|gpt2-large|gpt2-xl FOLDER [SEED]".into()),
    };
    let config = match size.as_str() {
        "gpt2" => Gpt2Config::SMALL,
        "gpt2-medium" => Gpt2Config::MEDIUM,
        "gpt2-large" => Gpt2Config::LARGE,
        "gpt2-xl" => Gpt2Config::XL,
        _ => return Err(format!("{size:?} is not a size: gpt2, gpt2-medium, gpt2-large or gpt2-xl")),
    };
    random_checkpoint::write(Path::new(folder), &config, seed).map_err(|e| format!("{folder}: {e}"))
}
