//! The next token of a text, its probability, and a continuation: `cargo run --release -p gpt2-runner --example ask [--
//! FOLDER [TEXT]]`
//!
//! After `cargo xtask figures`, this reuses the dependencies that are built: with the other packages, they have the same
//! features. `cargo build --release -p gpt2-runner -p xtask --example ask && target/release/examples/ask`
//!
//! FOLDER is a checkpoint in the Hugging Face layout; without it, a model that is part of the repository.
use std::{env, error::Error, process::ExitCode};

use gpt2_runner::{Device, Gpt2, Gpt2Tokenizer};
use softmax_core::{Sampler, Stage, Temperature, log_softmax, softmax, top_k};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small");

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| DEMO.to_owned());
    let text = arguments.next().unwrap_or_else(|| "It was a dark and stormy".to_owned());
    match run(&folder, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let tokenizer = Gpt2Tokenizer::published()?;
    let model = Gpt2::load(folder, Device::Cpu)?;
    let ids = tokenizer.encode(text)?;
    next(&model, &tokenizer, &ids)?;
    score(&model, &tokenizer, &ids)?;
    go_on(&model, &tokenizer, &ids)
}

/// The five most probable next tokens.
fn next(model: &Gpt2, tokenizer: &Gpt2Tokenizer, ids: &[u32]) -> Result<(), Box<dyn Error>> {
    println!("What comes next?");
    let probabilities = softmax(&model.next_token_logits(ids)?)?;
    for choice in top_k(&probabilities, 5)? {
        println!("{:>8.4}  {:?}", choice.value, tokenizer.decode(&[choice.index as u32])?);
    }
    Ok(())
}

/// The probability of each token after those before it, and the perplexity.
fn score(model: &Gpt2, tokenizer: &Gpt2Tokenizer, ids: &[u32]) -> Result<(), Box<dyn Error>> {
    println!("How probable is it?");
    let logits = model.logits(ids)?;
    // The logits at a position are of the token after it, so the first token has no probability.
    let mut surprisals = Vec::new();
    for (row, &token) in logits.rows().zip(ids.iter().skip(1)) {
        let log_p = f64::from(log_softmax(row)?[token as usize]);
        println!("{:>8.4}  {:?}", log_p.exp(), tokenizer.decode(&[token])?);
        surprisals.push(-log_p);
    }
    if !surprisals.is_empty() {
        println!("perplexity {:.2}", (surprisals.iter().sum::<f64>() / surprisals.len() as f64).exp());
    }
    Ok(())
}

/// Up to forty tokens more, drawn at a temperature from the nucleus.
fn go_on(model: &Gpt2, tokenizer: &Gpt2Tokenizer, ids: &[u32]) -> Result<(), Box<dyn Error>> {
    println!("How does it go on?");
    let seed = 1;
    let mut sampler = Sampler::new([Stage::Temperature(Temperature::new(0.8)?), Stage::TopP(0.95)], seed)?;
    let (mut logits, mut cache) = model.start(ids)?;
    let end = model.config().n_positions.min(ids.len() + 40);
    while cache.len() < end {
        let id = sampler.step(&logits, cache.ids())?.index as u32;
        if Some(id) == tokenizer.end_of_text() {
            break;
        }
        logits = model.next(&mut cache, &[id])?;
    }
    println!("{}", tokenizer.decode(cache.ids())?);
    Ok(())
}
