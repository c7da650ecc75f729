//! The nine figures of the demo models, from their recorded logits.

use std::path::Path;

use lab_cli::figures::{self, Part5};
use safetensors::SafeTensors;
use viz::Figure;

/// The final-token logits of the demo models for the notebook's two prompts.
pub(crate) struct Logits {
    pub(crate) small_stormy: Vec<f32>,
    pub(crate) small_platypuses: Vec<f32>,
    pub(crate) large_platypuses: Vec<f32>,
}

impl Logits {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo-logits.safetensors");
        let bytes = std::fs::read(&path).expect("the recorded logits are part of the repository");
        let file = SafeTensors::deserialize(&bytes).expect("they are a safetensors file");
        let floats = |name| {
            let tensor = file.tensor(name).expect("they hold the four prompts' tensors");
            tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
        };
        Self {
            small_stormy: floats("small.stormy"),
            small_platypuses: floats("small.platypuses"),
            large_platypuses: floats("large.platypuses"),
        }
    }

    /// The nine figures with the names of their files.
    pub(crate) fn figures(&self, small_name: &str, large_name: &str) -> Vec<(String, Figure)> {
        let z = [1.0, 1.1, 2.0, 3.0, 5.0, 6.0, 6.1];
        let manual = softmax(&z, 1.0);
        let library: Vec<f32> = manual.iter().map(|p| *p as f32).collect();
        let x: Vec<f32> = (0..55).map(|i| -5.0 + 10.0 * i as f32 / 54.0).collect();
        let at = |logits: &[f32], t: f64| -> Vec<f32> {
            let logits: Vec<f64> = logits.iter().map(|v| f64::from(*v)).collect();
            softmax(&logits, t).into_iter().map(|p| p as f32).collect()
        };
        let curves: Vec<(f64, Vec<f32>)> = [0.3, 0.6, 1.0, 1.4].map(|t| (t, at(&x, t))).into();
        let stormy = at(&self.small_stormy, 1.0);
        let top: Vec<(f64, Vec<f32>)> = [0.5, 1.0, 1.5].map(|t| (t, largest(at(&self.small_stormy, t), 10))).into();

        let mut all = vec![
            (figures::stem("1"), figures::part1(&z, &manual, &library, "PyTorch")),
            (figures::stem("2"), figures::part2(&x, &curves, false)),
            (figures::stem("3"), figures::part3(&self.small_stormy, &stormy)),
            (figures::stem("4"), figures::part4(&top, 10)),
        ];
        for part in Part5::ALL {
            let values = |logits: &[f32]| match part {
                Part5::A => logits.to_vec(),
                Part5::B => unnormalized(logits),
                Part5::C => {
                    let max = logits.iter().copied().fold(f32::MIN, f32::max);
                    logits.iter().map(|v| v - max).collect()
                }
                Part5::D | Part5::E => at(logits, 1.0),
            };
            let (small, large) = (values(&self.small_platypuses), values(&self.large_platypuses));
            all.push((figures::stem(part.name()), figures::part5(part, &small, &large, small_name, large_name)));
        }
        all
    }
}

fn softmax(logits: &[f64], temperature: f64) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::MIN, f64::max);
    let exponentials: Vec<f64> = logits.iter().map(|v| ((v - max) / temperature).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.into_iter().map(|e| e / sum).collect()
}

/// Softmax as part 5 does it first: in f32, without taking off the maximum. The small model's exponentials are
/// subnormal or zero; PyTorch's vector code takes them for zero, and 0 / 0 is what the notebook's figure shows.
fn unnormalized(logits: &[f32]) -> Vec<f32> {
    let exponential = |v: &f32| Some(v.exp()).filter(|e| *e >= f32::MIN_POSITIVE).unwrap_or(0.0);
    let exponentials: Vec<f32> = logits.iter().map(exponential).collect();
    let sum: f32 = exponentials.iter().sum();
    exponentials.into_iter().map(|e| e / sum).collect()
}

fn largest(mut values: Vec<f32>, k: usize) -> Vec<f32> {
    values.sort_by(|a, b| b.total_cmp(a));
    values.truncate(k);
    values
}
