//! The engine `torch` gives the bits of Hugging Face transformers.
//!
//! These tests need a Python with torch 2.13.0, transformers and safetensors, which the variable `PYTHON` names;
//! without one they are ignored. `cargo xtask parity --python PATH` runs them.
#![cfg(feature = "torch")]
use std::{
    env,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use gpt2_runner::{Engine, Gpt2, Gpt2Config, set_threads};

use crate::{
    files::{project_data, read_f32},
    temporary::TemporaryFolder,
};

#[allow(dead_code)]
#[path = "it/files.rs"]
mod files;
#[path = "support/random_checkpoint.rs"]
mod random_checkpoint;
#[path = "support/temporary.rs"]
mod temporary;

/// How many tokens a prompt has, as in `xtask/peer/transformers_logits.py`.
const LENGTHS: [u32; 3] = [1, 7, 64];
/// In how many tokens a text is read with a cache, as there.
const PIECES: [u32; 6] = [7, 1, 1, 1, 5, 1];

/// The number of threads is the process', and changes bits.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
#[ignore = "PYTHON has to name a Python with torch 2.13.0 and transformers"]
fn the_demo_pair() {
    for size in ["small", "large"] {
        equal_bits(&project_data("demo").join(size), size);
    }
}

#[test]
#[ignore = "PYTHON has to name a Python with torch 2.13.0 and transformers"]
fn gpt2_small() {
    random("gpt2-small", &Gpt2Config::SMALL);
}

#[test]
#[ignore = "PYTHON as for gpt2_small; 3 GB on disk, 7 GB in memory"]
fn gpt2_large() {
    random("gpt2-large", &Gpt2Config::LARGE);
}

fn random(name: &str, config: &Gpt2Config) {
    let folder = TemporaryFolder::new(&format!("transformers-{name}"));
    random_checkpoint::write(folder.path(), config, 1).unwrap();
    equal_bits(folder.path(), name);
}

fn equal_bits(folder: &Path, name: &str) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let cores = available_parallelism().unwrap();
    for threads in [1, 2].map(|n| cores.min(n.try_into().unwrap())) {
        let expected = transformers(folder, &format!("{name}-{threads}"), threads.get());
        set_threads(threads);
        let model = Gpt2::load(folder, Engine::Torch).unwrap();
        let mut compared = 0;
        let mut equal = |key: String, ours: &[f32]| {
            let theirs = &expected[&key];
            assert_eq!(ours.len(), theirs.len());
            let different = ours.iter().zip(theirs).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
            let (count, all) = (different, ours.len());
            assert_eq!(different, 0, "{name}, {threads} threads, {key}: {count} of {all} logits have other bits");
            compared += all;
        };
        for tokens in LENGTHS {
            let ids = ids(0, tokens);
            let all = model.logits(&ids).unwrap();
            assert_eq!(model.next_token_logits(&ids).unwrap(), all.last());
            equal(format!("all.{tokens}"), &all.into_vec());
            equal(format!("last.{tokens}"), &model.start(&ids).unwrap().0);
        }
        let (mut first, mut cache) = (0, None);
        for (step, tokens) in PIECES.into_iter().enumerate() {
            let ids = ids(first, tokens);
            first += tokens;
            let logits = match &mut cache {
                None => {
                    let (logits, started) = model.start(&ids).unwrap();
                    cache = Some(started);
                    logits
                }
                Some(cache) => model.next(cache, &ids).unwrap(),
            };
            equal(format!("step.{step}"), &logits);
        }
        println!("{name}, {threads} threads: {compared} logits, all with the bits of transformers");
    }
}

fn ids(first: u32, tokens: u32) -> Vec<u32> {
    (first..first + tokens).map(|n| n * 7919 % 50_257).collect()
}

/// transformers' results for a model on this many threads.
fn transformers(folder: &Path, name: &str, threads: usize) -> std::collections::HashMap<String, Vec<f32>> {
    let python = env::var_os("PYTHON").expect("PYTHON names a Python with torch 2.13.0 and transformers");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/peer/transformers_logits.py");
    let out = TemporaryFolder::new(&format!("transformers-logits-{name}"));
    let file = out.path().join("logits.safetensors");
    let mut command = Command::new(python);
    command.arg(script).arg(folder).arg(threads.to_string()).arg(&file).env("HF_HUB_OFFLINE", "1");
    assert!(command.status().unwrap().success(), "{command:?} failed: its message is above");
    read_f32(&file)
}
