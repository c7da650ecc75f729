//! The next token of a text, its probability, and a continuation.
//!
//! `cargo run --release -p gpt2-runner --example ask -- FOLDER [TEXT]`
//!
//! FOLDER is a GPT-2 in the Hugging Face layout: `config.json` and `model.safetensors`.
use std::{env, error::Error, process::ExitCode};

use gpt2_runner::{Device, Gpt2, Gpt2Tokenizer};
use softmax_core::{Sampler, Stage, Temperature, softmax, top_k};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: ask FOLDER [TEXT], where FOLDER has config.json and model.safetensors");
        return ExitCode::FAILURE;
    };
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

/// The probability of each token after those before it, and the perplexity. The first token has no probability.
fn score(model: &Gpt2, tokenizer: &Gpt2Tokenizer, ids: &[u32]) -> Result<(), Box<dyn Error>> {
    println!("How probable is it?");
    let log_p = model.score(ids)?;
    for (&id, log_p) in ids.iter().skip(1).zip(&log_p) {
        println!("{:>8.4}  {:?}", log_p.exp(), tokenizer.decode(&[id])?);
    }
    if !log_p.is_empty() {
        println!("perplexity {:.2}", (-log_p.iter().sum::<f64>() / log_p.len() as f64).exp());
    }
    Ok(())
}

/// Up to forty more tokens, drawn at a temperature from the nucleus.
fn go_on(model: &Gpt2, tokenizer: &Gpt2Tokenizer, ids: &[u32]) -> Result<(), Box<dyn Error>> {
    println!("How does it go on?");
    let seed = 1;
    let mut sampler = Sampler::new([Stage::Temperature(Temperature::new(0.8)?), Stage::TopP(0.95)], seed)?;
    let chosen = model.generate(ids, |logits, all| -> Result<_, Box<dyn Error>> {
        let id = sampler.step(logits, all)?.index as u32;
        Ok(Some(id).filter(|_| all.len() < ids.len() + 40 && Some(id) != tokenizer.end_of_text()))
    })?;
    println!("{}{}", tokenizer.decode(ids)?, tokenizer.decode(&chosen)?);
    Ok(())
}
