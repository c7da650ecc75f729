use std::{fmt, fs, path::Path};

use safetensors::SafeTensors;
use serde::{Deserialize, de::DeserializeOwned};

use crate::Error;

/// The type that a case is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Number {
    /// Eight bits, four of them the exponent's, with NaN and without infinities (float8_e4m3fn).
    #[serde(rename = "float8_e4m3fn")]
    Float8E4M3,
    /// Eight bits, five of them the exponent's.
    #[serde(rename = "float8_e5m2")]
    Float8E5M2,
    /// IEEE binary16.
    Float16,
    /// The upper half of a binary32.
    BFloat16,
    /// IEEE binary32.
    Float32,
    /// IEEE binary64.
    Float64,
}

impl Number {
    /// All of them, the least exact first.
    pub const ALL: [Number; 6] =
        [Number::Float8E4M3, Number::Float8E5M2, Number::Float16, Number::BFloat16, Number::Float32, Number::Float64];

    /// The distance from 1 to the next number.
    pub fn epsilon(self) -> f64 {
        2.0_f64.powi(match self {
            Number::Float8E4M3 => -3,
            Number::Float8E5M2 => -2,
            Number::Float16 => -10,
            Number::BFloat16 => -7,
            Number::Float32 => -23,
            Number::Float64 => -52,
        })
    }

    /// The smallest positive number.
    pub fn step(self) -> f64 {
        match self {
            Number::Float8E4M3 => 2.0_f64.powi(-9),
            Number::Float8E5M2 => 2.0_f64.powi(-16),
            Number::Float16 => 2.0_f64.powi(-24),
            Number::BFloat16 => f64::from_bits((1023 - 133) << 52),
            Number::Float32 => f64::from_bits((1023 - 149) << 52),
            Number::Float64 => f64::from_bits(1),
        }
    }

    /// The largest finite number.
    pub fn max(self) -> f64 {
        match self {
            Number::Float8E4M3 => 448.0,
            Number::Float8E5M2 => 57344.0,
            Number::Float16 => 65504.0,
            Number::BFloat16 => half::bf16::MAX.to_f64(),
            Number::Float32 => f64::from(f32::MAX),
            Number::Float64 => f64::MAX,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Number::Float8E4M3 => "float8_e4m3fn",
            Number::Float8E5M2 => "float8_e5m2",
            Number::Float16 => "float16",
            Number::BFloat16 => "bfloat16",
            Number::Float32 => "float32",
            Number::Float64 => "float64",
        })
    }
}

/// An input with its exact answers. Each logit occurs as often as `counts` says; answers are for one of each.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name in the files.
    pub id: String,
    /// Its theme.
    pub theme: String,
    /// The type of logits and results.
    pub number: Number,
    /// The temperature.
    pub temperature: f64,
    /// The logits, exact in `f64`.
    pub x: Vec<f64>,
    /// How often each occurs.
    pub counts: Vec<usize>,
    /// Exact probabilities, rounded to `f64`.
    pub softmax: Vec<f64>,
    /// Their logarithms.
    pub log_softmax: Vec<f64>,
    /// `ln Σ exp(x / t)`.
    pub logsumexp: f64,
}

#[derive(Deserialize)]
struct Index<Entry> {
    format: u32,
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    theme: String,
    #[serde(rename = "type")]
    number: Number,
    temperature: f64,
    /// As Python writes it, since JSON has no NaN.
    logsumexp: String,
}

/// Reads the cases in a folder: `data/examination`.
///
/// # Errors
/// If a file is missing or not as `generate.py` writes it.
pub fn read(folder: &Path) -> Result<Vec<Case>, Error> {
    let entries: Vec<Entry> = entries(folder, "examination.json")?;
    let bytes = file(folder, "examination.safetensors")?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let case = |entry: Entry| -> Result<Case, Error> {
        let numbers = |name: &str| floats(&tensors, &format!("{}.{name}", entry.id));
        let x = numbers("x")?;
        let counts = counts(&tensors, &entry.id, x.len());
        Ok(Case {
            softmax: numbers("softmax")?,
            log_softmax: numbers("log_softmax")?,
            logsumexp: entry.logsumexp.parse()?,
            counts,
            x,
            id: entry.id.clone(),
            theme: entry.theme,
            number: entry.number,
            temperature: entry.temperature,
        })
    };
    entries.into_iter().map(case).collect()
}

/// The cases that an index file lists.
pub(crate) fn entries<Entry: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<Entry>, Error> {
    let index: Index<Entry> = serde_json::from_slice(&file(folder, name)?)?;
    if index.format != 1 {
        return Err(format!("format {} is not known: 1 is", index.format).into());
    }
    Ok(index.cases)
}

pub(crate) fn file(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let path = folder.join(name);
    Ok(fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// How often each of a case's `len` inputs occurs: once, unless the file has counts.
pub(crate) fn counts(tensors: &SafeTensors<'_>, id: &str, len: usize) -> Vec<usize> {
    match tensors.tensor(&format!("{id}.counts")) {
        Ok(counts) => counts.data().as_chunks().0.iter().map(|v| i64::from_le_bytes(*v) as usize).collect(),
        Err(_) => vec![1; len],
    }
}

pub(crate) fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f64>, Error> {
    Ok(tensors.tensor(name)?.data().as_chunks().0.iter().map(|v| f64::from_le_bytes(*v)).collect())
}
