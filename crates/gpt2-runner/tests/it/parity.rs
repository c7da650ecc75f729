//! The logits are those of transformers.
use std::fs;

#[cfg(feature = "torch")]
use gpt2_runner::Error;
use gpt2_runner::{Device, Engine, Gpt2, Gpt2Tokenizer};

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
fn every_layout_gives_the_logits_of_transformers_at_every_position_on_every_engine() {
    for (fixture, &engine) in FIXTURES.iter().flat_map(|f| Engine::available().iter().map(move |e| (f, e))) {
        let folder = test_data("gpt2-tiny").join(fixture);
        let model = Gpt2::load(&folder, engine).unwrap();
        assert_eq!((model.engine(), model.device()), (engine, Device::Cpu));
        let sequences: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
        let expected = read_f32(&folder.join("expected.safetensors"));
        assert_eq!(sequences.len(), 4);
        for (n, ids) in sequences.iter().enumerate() {
            let expected = &expected[&format!("logits_{n}")];
            let logits = model.logits(ids).unwrap();
            assert_eq!((logits.n_positions(), logits.vocab_size()), (ids.len(), 320));
            let next = model.next_token_logits(ids).unwrap();
            let last = max_difference(&next, &expected[expected.len() - 320..]);
            assert!(last <= FIXTURE_TOLERANCE, "{fixture} on {engine}, sequence {n}, next token: {last}");
            let all = max_difference(&logits.into_vec(), expected);
            assert!(all <= FIXTURE_TOLERANCE, "{fixture} on {engine}, sequence {n}: {all}");
        }
    }
}

#[allow(unsafe_code)]
#[test]
fn a_mapped_model_has_the_bits_of_one_that_is_read_into_memory() {
    for (fixture, &engine) in FIXTURES.iter().flat_map(|f| Engine::available().iter().map(move |e| (f, e))) {
        let folder = test_data("gpt2-tiny").join(fixture);
        let read = Gpt2::load(&folder, engine).unwrap();
        // SAFETY: nothing writes to the test data.
        let mapped = unsafe { Gpt2::load_mapped(&folder, engine) }.unwrap();
        for ids in [&[1][..], &[1, 2, 3, 300]] {
            assert_eq!(mapped.logits(ids).unwrap(), read.logits(ids).unwrap(), "{fixture} on {engine}");
        }
    }
}

/// Both are compared with transformers above, each within the tolerance; here with each other, and within it too.
#[cfg(feature = "torch")]
#[test]
fn the_engines_agree_on_every_question() {
    for fixture in FIXTURES {
        let folder = test_data("gpt2-tiny").join(fixture);
        let [native, torch] = [Engine::Native, Engine::Torch].map(|engine| Gpt2::load(&folder, engine).unwrap());
        let agree = |a: &[f32], b: &[f32], what: &str| {
            let difference = max_difference(a, b);
            assert!(difference <= FIXTURE_TOLERANCE, "{fixture}, {what}: {difference}");
        };
        let sequences: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
        for ids in &sequences {
            agree(&native.logits(ids).unwrap().into_vec(), &torch.logits(ids).unwrap().into_vec(), "logits");
            let inside = |model: &Gpt2| {
                let (mut states, mut lens, mut scores) = (Vec::new(), Vec::new(), Vec::new());
                let hidden = model.hidden_states(ids, |hidden| {
                    states.extend(hidden.rows().flatten());
                    for piece in hidden.logits()? {
                        lens.extend(piece?.1.into_vec());
                    }
                    Ok::<_, Error>(())
                });
                hidden.unwrap();
                let attention = model.attention(ids, |attention| {
                    for (head, query) in (0..attention.n_head()).flat_map(|h| (0..ids.len()).map(move |q| (h, q))) {
                        scores.extend_from_slice(attention.raw(head, query).unwrap());
                    }
                    Ok::<_, Error>(())
                });
                attention.unwrap();
                [states, lens, scores]
            };
            for (a, (b, what)) in inside(&native).iter().zip(inside(&torch).iter().zip(["states", "lens", "scores"])) {
                agree(a, b, what);
            }
        }
    }
}

/// The data of published files may begin at any byte, so floats may be unaligned.
#[test]
fn weights_are_read_at_any_address() {
    let folder = test_data("gpt2-tiny/hub-layout");
    let [config, file] = ["config.json", "model.safetensors"].map(|name| fs::read(folder.join(name)).unwrap());
    let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    for &engine in Engine::available() {
        let expected = Gpt2::load(&folder, engine).unwrap().logits(&[1, 2, 3, 300]).unwrap().into_vec();
        for shift in 1..=16 {
            // Spaces after the header's JSON are part of the format.
            let length = ((header + shift) as u64).to_le_bytes();
            let shifted = [&length[..], &file[8..8 + header], &vec![b' '; shift], &file[8 + header..]].concat();
            let model = Gpt2::from_bytes(&config, shifted, engine).unwrap();
            let logits = model.logits(&[1, 2, 3, 300]).unwrap().into_vec();
            let difference = max_difference(&logits, &expected);
            assert!(difference <= FIXTURE_TOLERANCE, "{engine}, {shift} bytes: {difference}");
            let one = model.next_token_logits(&[1]).unwrap();
            let difference = max_difference(&one, &expected[..320]);
            assert!(difference <= FIXTURE_TOLERANCE, "one token, {engine}, {shift} bytes: {difference}");
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
    for (size, &engine) in ["small", "large"].iter().flat_map(|s| Engine::available().iter().map(move |e| (s, e))) {
        let folder = project_data("demo").join(size);
        let model = Gpt2::load(&folder, engine).unwrap();
        let embedded = Gpt2::from_bytes(
            &fs::read(folder.join("config.json")).unwrap(),
            fs::read(folder.join("model.safetensors")).unwrap(),
            engine,
        )
        .unwrap();
        for (name, text) in [("stormy", "It was a dark and stormy"), ("platypuses", "A plethora of platypuses.")] {
            let ids = tokenizer.encode(text).unwrap();
            let logits = model.next_token_logits(&ids).unwrap();
            let expected = &expected[&format!("{size}.{name}")];
            // Logits of small are near -120, where an f32 has steps of 8e-6.
            let difference = max_difference(&logits, expected);
            assert!(difference <= 1e-3, "{size}.{name} on {engine}: {difference}");
            assert_eq!(top_10(&logits), top_10(expected), "{size}.{name} on {engine}");
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
