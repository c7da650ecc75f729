//! What temperature does to a distribution: `cargo run -p softmax-core --example temperature [-- 0.3 0.6 1 1.4]`
use std::{
    io::{self, Write},
    process::ExitCode,
};

use softmax_core::{Error, Temperature, argmax, entropy, linspace, perplexity, top_p};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has closed the pipe.
        Err(error) if error.downcast_ref().is_some_and(is_closed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

fn run(arguments: &[String], out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let mut temperatures: Vec<f64> = Vec::new();
    for argument in arguments {
        temperatures.push(argument.parse().map_err(|_| format!("{argument:?} is not a number"))?);
    }
    if temperatures.is_empty() {
        temperatures = vec![0.3, 0.6, 1.0, 1.4];
    }
    let logits = linspace(-5.0_f32, 5.0, 55);
    let lines = temperatures.into_iter().map(|t| line(&logits, t)).collect::<Result<Vec<_>, _>>()?;
    writeln!(out, "55 logits from -5 to 5\n")?;
    writeln!(
        out,
        "{:>5}  {:>9}  {:>14}  {:>10}  {:>12}",
        "T", "largest p", "entropy [nats]", "perplexity", "nucleus 0.9"
    )?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn line(logits: &[f32], t: f64) -> Result<String, Error> {
    let p = Temperature::new(t)?.softmax(logits)?;
    let (largest, h, choices) = (p[argmax(&p)?], entropy(&p)?, perplexity(&p)?);
    let nucleus = top_p(&p, 0.9)?.len();
    Ok(format!("{t:>5}  {largest:>9.4}  {h:>14.4}  {choices:>10.2}  {nucleus:>5} values"))
}
