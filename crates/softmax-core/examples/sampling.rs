//! Draws from logits of your own with temperature, top-k and top-p, and shows what each of them keeps: `cargo run -p
//! softmax-core --example sampling [-- 5.1 4.8 3.9 2 1.1 -0.5 -3]`
use std::process::ExitCode;

use softmax_core::{Order, Sampler, Stage, Temperature};

const DRAWS: usize = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let mut logits: Vec<f32> = Vec::new();
    for argument in arguments {
        logits.push(argument.parse().map_err(|_| format!("{argument:?} is not a number"))?);
    }
    if logits.is_empty() {
        logits = vec![5.1, 4.8, 3.9, 2.0, 1.1, -0.5, -3.0];
    }

    // As transformers orders them: the temperature first.
    let stages = [Stage::TopP(0.9), Stage::Temperature(Temperature::new(1.3)?), Stage::TopK(5.min(logits.len()))];
    let mut sampler = Sampler::new(Order::Transformers.arrange(stages), 1)?;
    for row in sampler.trace(&logits, &[])? {
        println!("{row}");
    }

    let mut counts = vec![0; logits.len()];
    for _ in 0..DRAWS {
        counts[sampler.step(&logits, &[])?.index] += 1;
    }
    println!("\n{:>5} {:>8} {:>12} {:>15}", "index", "logit", "probability", format!("of {DRAWS} draws"));
    for choice in sampler.distribution(&logits, &[])? {
        let (logit, count) = (logits[choice.index], counts[choice.index]);
        println!("{:>5} {logit:>8} {:>12.4} {count:>15}", choice.index, choice.value);
    }
    Ok(())
}
