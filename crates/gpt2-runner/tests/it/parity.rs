//! The logits are those of transformers.
use std::fs;

use gpt2_runner::{Device, Gpt2, Gpt2Tokenizer};

use crate::files::{max_difference, project_data, read_f32, test_data};

/// Nine checkpoints in the layouts that users have; `expected.safetensors` is what transformers 5.23 on torch 2.13
/// gives in f32. Logits there are below 10, so 2e-4 is some tens of f32 roundings: the sums run in another order.
pub(crate) const FIXTURES: [&str; 9] = [
    "bfloat16",
    "exact-gelu",
    "float16",
    "hub-layout",
    "inner-eps",
    "inverse-layer-scale",
    "prefixed",
    "sharded",
    "untied-head",
];
pub(crate) const FIXTURE_TOLERANCE: f32 = 2e-4;

#[test]
fn every_layout_gives_the_logits_of_transformers_at_every_position() {
    for fixture in FIXTURES {
        let folder = test_data("gpt2-tiny").join(fixture);
        let model = Gpt2::load(&folder, Device::Cpu).unwrap();
        let sequences: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
        let expected = read_f32(&folder.join("expected.safetensors"));
        assert_eq!(sequences.len(), 4);
        for (n, ids) in sequences.iter().enumerate() {
            let expected = &expected[&format!("logits_{n}")];
            let logits = model.logits(ids).unwrap();
            assert_eq!((logits.n_positions(), logits.vocab_size()), (ids.len(), 320));
            let next = model.next_token_logits(ids).unwrap();
            let last = max_difference(&next, &expected[expected.len() - 320..]);
            assert!(last <= FIXTURE_TOLERANCE, "{fixture}, sequence {n}, next token: {last}");
            let all = max_difference(&logits.into_vec(), expected);
            assert!(all <= FIXTURE_TOLERANCE, "{fixture}, sequence {n}: {all}");
        }
    }
}

#[test]
fn parameters_are_counted_as_transformers_counts_them() {
    // model.num_parameters() of transformers 5.23 for these folders.
    for (fixture, count) in [("hub-layout", 37_248), ("inner-eps", 33_088), ("untied-head", 47_488)] {
        let model = Gpt2::load(test_data("gpt2-tiny").join(fixture), Device::Cpu).unwrap();
        assert_eq!(model.num_parameters(), count, "{fixture}");
        assert_eq!(model.num_parameters(), model.config().num_parameters());
    }
}

#[test]
fn demo_models_give_the_logits_of_transformers() {
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    let expected = read_f32(&test_data("demo-logits.safetensors"));
    for size in ["small", "large"] {
        let folder = project_data("demo").join(size);
        let model = Gpt2::load(&folder, Device::Cpu).unwrap();
        let embedded = Gpt2::from_bytes(
            &fs::read(folder.join("config.json")).unwrap(),
            fs::read(folder.join("model.safetensors")).unwrap(),
            Device::Cpu,
        )
        .unwrap();
        for (name, text) in [("stormy", "It was a dark and stormy"), ("platypuses", "A plethora of platypuses.")] {
            let ids = tokenizer.encode(text).unwrap();
            let logits = model.next_token_logits(&ids).unwrap();
            let expected = &expected[&format!("{size}.{name}")];
            // Logits of small are near -120, where an f32 has steps of 8e-6.
            let difference = max_difference(&logits, expected);
            assert!(difference <= 1e-3, "{size}.{name}: {difference}");
            assert_eq!(top_10(&logits), top_10(expected), "{size}.{name}");
            assert_eq!(embedded.next_token_logits(&ids).unwrap(), logits);
        }
    }
}

fn top_10(logits: &[f32]) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..logits.len()).collect();
    ids.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    ids.truncate(10);
    ids
}
