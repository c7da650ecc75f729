//! Where the formula for softmax fails, type by type, and what cures it: `cargo run -p softmax-core --example overflow`
use std::{
    error::Error,
    io::{self, Write},
};

use softmax_core::{Diagnosis, Element, bf16, f16, max_normalized, softmax_naive};

fn main() -> Result<(), Box<dyn Error>> {
    match run(&mut io::stdout().lock()) {
        // The reader has closed the pipe.
        Err(error) if error.downcast_ref().is_some_and(is_closed) => Ok(()),
        result => result,
    }
}

fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // As they come out of a language model, and the same shifted up.
    let low: Vec<f64> = (0..200).map(|i| -90.0 - 0.4 * f64::from(i)).collect();
    let high: Vec<f64> = low.iter().map(|z| z + 190.0).collect();
    writeln!(out, "softmax as exp(z) / sum(exp(z)), for 200 logits\n")?;
    writeln!(out, "{:<30} {:>5} {:>6} {:>10}  {:>6}", "", "NaN", "zeros", "subnormal", "sum")?;
    for (what, z) in [("z from -90 to -170", &low), ("z from 100 to 20", &high)] {
        report::<f16>(out, "f16", what, z)?;
        report::<bf16>(out, "bf16", what, z)?;
        report::<f32>(out, "f32", what, z)?;
        report::<f64>(out, "f64", what, z)?;
    }
    Ok(())
}

fn report<T: Element>(out: &mut impl Write, name: &str, what: &str, z: &[f64]) -> Result<(), Box<dyn Error>> {
    let z: Vec<T> = z.iter().map(|&v| T::from_f64(v)).collect();
    let mut row = |label: String, p: &[T]| {
        let d = Diagnosis::of(p);
        writeln!(out, "{label:<30} {:>5} {:>6} {:>10}  {:>6.4}", d.nan, d.zeros, d.subnormals, d.sum)
    };
    row(format!("{name:<5} {what}"), &softmax_naive(&z)?)?;
    row("      less the maximum".to_owned(), &softmax_naive(&max_normalized(&z)?)?)?;
    Ok(())
}
