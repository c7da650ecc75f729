//! From a word of the command line to a value, or to what would be one.

use softmax_core::Temperature;

/// The largest `-k`: GPT-2's vocabulary.
const LARGEST_K: usize = gpt2_runner::Gpt2Config::SMALL.vocab_size;

pub(super) fn temperature(text: &str) -> Result<Temperature, String> {
    let value: f64 = text.parse().map_err(|_| "a temperature is a number greater than 0".to_owned())?;
    Temperature::new(value).map_err(|e| e.to_string())
}

/// A number of something, or its place from 0 on.
pub(super) fn whole<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "a whole number from 0 on is accepted".to_owned())
}

pub(super) fn token_id(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| "token ids are whole numbers from 0 on, with commas between them".to_owned())
}

pub(super) fn k(text: &str) -> Result<usize, String> {
    let whole = text.parse::<i64>().map_err(|_| format!("it takes a whole number, 1 to {LARGEST_K}"))?;
    let k = usize::try_from(whole).ok().filter(|k| (1..=LARGEST_K).contains(k));
    k.ok_or_else(|| format!("{whole} is not in 1..={LARGEST_K}"))
}
