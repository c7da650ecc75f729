use serde::Serialize;
use softmax_core::Diagnosis;

use crate::{
    Error,
    cli::SoftmaxArgs,
    print::{float_repr, general, numpy_vector},
    terminal,
    text::{Kind, Line},
};

/// Softmax of plain numbers, in float64.
#[derive(Debug, Serialize)]
pub(super) struct SoftmaxAnswer {
    z: Vec<f64>,
    temperature: f64,
    probabilities: Vec<f64>,
    sum: f64,
    /// Index of the largest.
    argmax: usize,
    /// In nats.
    entropy: Option<f64>,
    /// How many values of `exp(z/T) / Σ exp(z/T)` in float32 are NaN.
    unnormalised_nan: usize,
}

pub(super) fn run(args: &SoftmaxArgs) -> Result<SoftmaxAnswer, Error> {
    let mut z = Vec::new();
    for word in &args.z {
        if word == "-" {
            let text = terminal::read_stdin()?;
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.is_empty() {
                return Err(Error::NoNumbers);
            }
            for word in words {
                z.push(number(word)?);
            }
        } else {
            z.push(number(word)?);
        }
    }
    let probabilities = args.temperature.softmax(&z)?;
    let scaled: Vec<f32> = z.iter().map(|z| (z / args.temperature.value()) as f32).collect();
    Ok(SoftmaxAnswer {
        temperature: args.temperature.value(),
        sum: probabilities.iter().sum(),
        argmax: softmax_core::argmax(&probabilities)?,
        // NaN has no entropy.
        entropy: softmax_core::entropy(&probabilities).ok(),
        unnormalised_nan: Diagnosis::of(&softmax_core::softmax_naive(&scaled)?).nan,
        z,
        probabilities,
    })
}

fn number(word: &str) -> Result<f64, Error> {
    word.parse().map_err(|_| Error::NotANumber { word: word.to_owned() })
}

impl SoftmaxAnswer {
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![numpy_vector(&self.probabilities), float_repr(self.sum)];
        if let Some(entropy) = self.entropy {
            lines.push(format!(
                "Largest: {} at index {}. Entropy {entropy:.3} nats at T = {}: as uncertain as {:.1} equal choices.",
                float_repr(self.z[self.argmax]),
                self.argmax,
                general(self.temperature),
                entropy.exp()
            ));
        }
        if self.unnormalised_nan > 0 {
            lines.push(format!(
                "exp(z) / Σ exp(z), not normalised, in float32: {} of {} values are NaN.",
                self.unnormalised_nan,
                self.z.len()
            ));
        }
        lines.into_iter().map(|text| Line::new(Kind::Notebook, text)).collect()
    }
}
