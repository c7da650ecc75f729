//! The nine figures of the demo models, from their recorded logits.

use std::path::Path;

use gpt2_runner::Gpt2Tokenizer;
use lab::{
    Prompt,
    figures::{self, View},
    parts::{self, Library, ModelVectors},
};
use safetensors::SafeTensors;
use softmax_core::Temperature;
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

    /// The nine figures with the names of their files, as the lab computes and draws them.
    pub(crate) fn figures(&self, small_name: &str, large_name: &str) -> Vec<(String, Figure)> {
        let tokenizer = Gpt2Tokenizer::published().expect("it is part of the crate");
        let z = parts::NOTEBOOK_Z;
        let library = softmax_core::softmax(&z.map(|z| z as f32)).expect("seven numbers");
        let part1 =
            parts::part1(&z, Library { name: "PyTorch".into(), probabilities: library }).expect("seven numbers");
        let part2 = parts::part2(&temperatures(&parts::NOTEBOOK_TEMPERATURES), false).expect("55 numbers");
        let prompt = Prompt::new(parts::NOTEBOOK_PROMPT, &tokenizer).expect("a prompt");
        let part3 =
            parts::part3(&[], &prompt, prompt.ids.len(), &self.small_stormy, 10, &tokenizer).expect("50,257 logits");
        let at = temperatures(&parts::NOTEBOOK_TOP_TEMPERATURES);
        let part4 = parts::part4(&prompt, &self.small_stormy, 10, &at, &tokenizer).expect("50,257 logits");
        let models = [(small_name, &self.small_platypuses), (large_name, &self.large_platypuses)];
        let models = models.map(|(name, logits)| ModelVectors::new(name, logits.clone()).expect("50,257 logits"));

        let mut all = vec![
            (figures::stem("1"), figures::part1(&part1)),
            (figures::stem("2"), figures::part2(&part2)),
            (figures::stem("3"), figures::part3(&part3)),
            (figures::stem("4"), figures::part4(&part4)),
        ];
        let part5 = |view: View| (figures::stem(view.part()), figures::part5(view, &[&models[0], &models[1]]));
        all.extend(View::ALL.map(part5));
        all
    }
}

pub(crate) fn temperatures(values: &[f64]) -> Vec<Temperature> {
    values.iter().map(|&t| Temperature::new(t).expect("greater than 0")).collect()
}
