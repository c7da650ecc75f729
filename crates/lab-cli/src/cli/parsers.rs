//! From a word of the command line to a value, or to what would be one.

use softmax_core::Temperature;

/// The largest `-k`: GPT-2's vocabulary.
const LARGEST_K: usize = gpt2_runner::Gpt2Config::SMALL.vocab_size;

pub(super) fn temperature(text: &str) -> Result<Temperature, String> {
    let value: f64 = text.parse().map_err(|_| "a temperature is a number greater than 0".to_owned())?;
    Temperature::new(value).map_err(|e| e.to_string())
}

pub(super) fn k(text: &str) -> Result<usize, String> {
    let whole = text.parse::<i64>().map_err(|_| format!("it takes a whole number, 1 to {LARGEST_K}"))?;
    let k = usize::try_from(whole).ok().filter(|k| (1..=LARGEST_K).contains(k));
    k.ok_or_else(|| format!("{whole} is not in 1..={LARGEST_K}"))
}
