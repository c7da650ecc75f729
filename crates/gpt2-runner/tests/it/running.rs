//! Running a loaded model on what it cannot run on, and with weights that are not as they should be.
use std::fs;

use gpt2_runner::{Backend, Device, Engine, Error, Gpt2};

use crate::{
    bad_input::changed,
    files::{max_difference, test_data},
};

const HUB: &str = "gpt2-tiny/hub-layout";

fn model_of(safetensors: Vec<u8>, engine: Engine) -> Gpt2 {
    Gpt2::from_bytes(&fs::read(test_data(HUB).join("config.json")).unwrap(), safetensors, engine).unwrap()
}

#[test]
fn prompts_that_a_model_cannot_take() {
    let model = Gpt2::load(test_data(HUB), Device::Cpu).unwrap();
    for (ids, message) in [
        (vec![], "the prompt is empty: a GPT-2 needs at least one token"),
        (vec![0, 319, 320], "token id 320 at position 2 is outside this model's vocabulary of 320"),
        (vec![u32::MAX], "token id 4294967295 at position 0 is outside this model's vocabulary of 320"),
        (vec![1; 49], "the prompt has 49 tokens; this model has 48 positions"),
    ] {
        assert_eq!(model.logits(&ids).unwrap_err().to_string(), message);
        assert_eq!(model.next_token_logits(&ids).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_weight_that_is_not_finite_loads_and_is_found() {
    Engine::available().iter().for_each(|&engine| weight_that_is_not_finite(engine));
}

fn weight_that_is_not_finite(engine: Engine) {
    let with = |key: &str, at: usize, value: f32| {
        let bytes = changed(|name, shape, data| {
            let mut data = data.to_vec();
            if name == key {
                data[4 * at..][..4].copy_from_slice(&value.to_le_bytes());
            }
            Some((shape.to_vec(), data))
        });
        model_of(bytes, engine).next_token_logits(&[1, 2, 3]).unwrap_err().to_string()
    };
    let all = "320 of 320 logits at position 2 are not finite (the first: token 0, NaN); \
               the first values that are not finite come out of ";
    assert_eq!(with("wpe.weight", 5, f32::NAN), format!("{all}wte + wpe"));
    assert_eq!(with("h.1.mlp.c_fc.weight", 77, f32::NAN), format!("{all}h.1"));
    assert_eq!(with("h.0.attn.c_attn.bias", 0, f32::INFINITY), format!("{all}h.0"));
    assert_eq!(with("ln_f.bias", 31, f32::NAN), format!("{all}ln_f"));
    // A row of the head that the prompt does not use: one logit of 320.
    assert_eq!(
        with("wte.weight", 32 * 200, f32::NAN),
        "1 of 320 logits at position 2 are not finite (the first: token 200, NaN); \
         the first values that are not finite come out of lm_head"
    );
}

/// `attn.c_proj.weight` is square, so a check of shapes cannot detect that it is transposed. Logits can: the other
/// tests' parity with the reference distinguishes the layouts.
#[test]
fn a_transposed_square_c_proj_is_seen_by_its_logits_only() {
    let transposed = changed(|name, shape, data| {
        let mut data = data.to_vec();
        if name == "h.0.attn.c_proj.weight" {
            let original = data.clone();
            for (n, value) in data.chunks_exact_mut(4).enumerate() {
                let (row, column) = (n / 32, n % 32);
                value.copy_from_slice(&original[4 * (column * 32 + row)..][..4]);
            }
        }
        Some((shape.to_vec(), data))
    });
    let ids = [1, 2, 3, 4, 5, 6, 7];
    for &engine in Engine::available() {
        let right = Gpt2::load(test_data(HUB), engine).unwrap().next_token_logits(&ids).unwrap();
        let wrong = model_of(transposed.clone(), engine).next_token_logits(&ids).unwrap();
        let difference = max_difference(&right, &wrong);
        assert!(difference > 100.0 * 2e-4, "parity at 2e-4 would not see it on {engine}: {difference}");
    }
}

#[test]
fn devices_that_are_not_here() {
    let error = Gpt2::load(test_data(HUB), Device::Cuda(99)).unwrap_err();
    assert!(matches!(error, Error::Device { requested: Device::Cuda(99), .. }), "{error:?}");
    let library = if cfg!(feature = "torch") { "this libtorch" } else { "a build without libtorch" };
    let message = error.to_string();
    assert!(message.starts_with(&format!("no device \"cuda:99\" here; {library} has cpu")), "{message}");
}

/// On every machine, whatever devices it has.
#[test]
fn a_device_is_read_from_its_name() {
    for (name, device) in [
        ("cpu", Device::Cpu),
        ("cuda", Device::Cuda(0)),
        ("cuda:0", Device::Cuda(0)),
        ("cuda:99", Device::Cuda(99)),
        ("mps", Device::Mps),
    ] {
        assert_eq!(name.parse::<Device>().unwrap(), device);
        assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
    }
    for name in ["cuda:x", "cuda:", "cuda:-1", "gpu", "CPU", "tpu:0", ""] {
        let expected = format!("no device {name:?}: write cpu, cuda (which is cuda:0), cuda:1 and so on, or mps");
        assert_eq!(name.parse::<Device>().unwrap_err().to_string(), expected);
    }
}

/// The same in builds with and without the feature `torch`.
#[test]
fn public_types_can_be_sent_to_and_shared_with_other_threads() {
    fn send_and_sync<T: Send + Sync>() {}
    send_and_sync::<gpt2_runner::Activation>();
    send_and_sync::<gpt2_runner::AttentionScores>();
    send_and_sync::<Backend>();
    send_and_sync::<Device>();
    send_and_sync::<Engine>();
    send_and_sync::<Error>();
    send_and_sync::<Gpt2>();
    send_and_sync::<gpt2_runner::Gpt2Config>();
    send_and_sync::<gpt2_runner::Gpt2Tokenizer>();
    send_and_sync::<gpt2_runner::HiddenStates<'_>>();
    send_and_sync::<gpt2_runner::KvCache>();
    send_and_sync::<gpt2_runner::Logits>();
    send_and_sync::<gpt2_runner::LogitsInPieces<'_>>();
    send_and_sync::<gpt2_runner::RecordedLogits>();
    send_and_sync::<gpt2_runner::RecordedModel>();
    send_and_sync::<gpt2_runner::RecordedPrompt>();
    send_and_sync::<gpt2_runner::TensorProblem>();
    send_and_sync::<gpt2_runner::Vocabulary>();
}

#[test]
fn engines_that_are_not_here() {
    let message = |on: Backend| Gpt2::load(test_data(HUB), on).unwrap_err().to_string();
    let name = "tensorflow".parse::<Engine>().unwrap_err().to_string();
    assert_eq!(name, "no engine \"tensorflow\" here: use auto, torch or native");
    if !cfg!(feature = "torch") {
        let torch = message(Engine::Torch.into());
        assert_eq!(torch, "no engine \"torch\" here: this build is without libtorch and has native alone");
    }
    let native = Backend::new(Engine::Native, Device::Cuda(0));
    let there = Device::available().contains(&native.device);
    let expected = if there { "no engine \"native\" here: it runs on the CPU" } else { "no device \"cuda:0\" here; " };
    assert!(message(native).starts_with(expected), "{}", message(native));
    for name in ["auto", "torch", "native"] {
        assert_eq!(name.parse::<Engine>().unwrap().to_string(), name);
    }
    // On the CPU `auto` is the fast one.
    assert_eq!(Gpt2::load(test_data(HUB), Device::Cpu).unwrap().engine(), Engine::Native);
}

#[test]
fn the_same_prompt_gives_the_same_bits() {
    for &engine in Engine::available() {
        let model = Gpt2::load(test_data(HUB), engine).unwrap();
        let first = model.logits(&[5, 6, 7]).unwrap();
        for _ in 0..5 {
            assert_eq!(model.logits(&[5, 6, 7]).unwrap(), first);
        }
        assert_eq!(first.rows().len(), 3);
        assert_eq!(first.row(2), Some(first.last()));
        assert_eq!(first.row(3), None);
    }
}
