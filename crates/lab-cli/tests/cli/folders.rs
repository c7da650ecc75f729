//! A model's folder as other tools write it. The probabilities are those of transformers 5.24 on torch 2.13, float32,
//! eager attention, for `AutoTokenizer(prompt)` and `GPT2LMHeadModel` of the same folder; where the folder has no
//! tokenizer, with GPT-2's own.
use std::{fs, path::PathBuf};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Value, json};

use crate::lab::Lab;

const PROMPT: &str = "It was a dark and stormy";
const NIGHT: (&str, f64) = (" night", 0.347_277_2);
const WTE: &str = "transformer.wte.weight";

type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn project(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// A copy of the small demo model in the folder `model`, with other tensors, another configuration and more files.
fn model(lab: &Lab, change: impl FnOnce(&mut Vec<Tensor>), config: &Value, files: &[(&str, String)]) {
    let file = fs::read(project("data/demo/small/model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let mut tensors: Vec<Tensor> = tensors
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    change(&mut tensors);
    let views =
        tensors.iter().map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let folder = lab.path("model");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let demo = fs::read(project("data/demo/small/config.json")).unwrap();
    let mut fields: serde_json::Map<String, Value> = serde_json::from_slice(&demo).unwrap();
    fields.extend(config.as_object().unwrap().clone());
    fs::write(folder.join("config.json"), json!(fields).to_string()).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

fn tables() -> Vec<(&'static str, String)> {
    ["vocab.json", "merges.txt"]
        .map(|name| (name, fs::read_to_string(project("data/tokenizer").join(name)).unwrap()))
        .to_vec()
}

fn as_it_was(_: &mut Vec<Tensor>) {}

fn wte(tensors: &mut [Tensor]) -> &mut Tensor {
    tensors.iter_mut().find(|tensor| tensor.0 == WTE).unwrap()
}

/// Checks the most probable next token, and gives the prompt's ids.
fn next_is(lab: &Lab, (word, probability): (&str, f64), what: &str) -> Value {
    let output = lab.run(&["next", PROMPT, "-k", "1", "--json", "--model", "model"]);
    assert_eq!(output.code, 0, "{what}: {}", output.stderr);
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    let top = &answer["top"][0];
    assert_eq!(top["word"], word, "{what}");
    // Logits of the demo pair are near -120, where an f32 has steps of 8e-6.
    assert!((top["probability"].as_f64().unwrap() - probability).abs() < 2e-5, "{what}: {top}");
    answer["prompt"]["ids"].clone()
}

#[test]
fn weights_as_other_tools_save_them() {
    let lab = Lab::new();
    let none = json!({});
    let row = 2 * 64;
    model(
        &lab,
        |tensors| {
            let (_, dtype, shape, data) = wte(tensors).clone();
            assert_eq!((dtype, shape[1]), (Dtype::F16, 64));
            let rolled = [&data[row..], &data[..row]].concat();
            tensors.push(("lm_head.weight".into(), dtype, shape, rolled));
        },
        &none,
        &[],
    );
    next_is(&lab, ("ler", 0.347_277_2), "tied by the configuration, another lm_head.weight in the file");
    model(&lab, |tensors| wte(tensors).0 = "lm_head.weight".into(), &none, &[]);
    next_is(&lab, NIGHT, "the head alone");
    model(
        &lab,
        |tensors| tensors.iter_mut().for_each(|tensor| tensor.0 = format!("_orig_mod.{}", tensor.0)),
        &none,
        &[],
    );
    next_is(&lab, NIGHT, "torch.compile");
    model(&lab, as_it_was, &json!({"activation_function": "gelu_pytorch_tanh"}), &[]);
    next_is(&lab, NIGHT, "another name of gelu_new");
}

#[test]
fn a_vocabulary_that_is_larger_than_the_tokenizers() {
    let lab = Lab::new();
    let row = 2 * 64;
    let pad = |more: usize| {
        move |tensors: &mut Vec<Tensor>| {
            let wte = wte(tensors);
            // Rows of a rare token.
            let rare = wte.3[124 * row..125 * row].repeat(more);
            wte.3.extend(rare);
            wte.2[0] += more;
        }
    };
    let padded = json!({"vocab_size": 50_304});
    model(&lab, pad(47), &padded, &tables());
    next_is(&lab, NIGHT, "padded to a multiple of 64");
    let all = lab.ok(&["next", PROMPT, "-k", "50304", "--model", "model"]);
    assert!(all.stdout.contains(" is \"#50303\"\n"), "{}", &all.stdout[..200]);
    model(&lab, pad(47), &padded, &[]);
    next_is(&lab, NIGHT, "padded, without a tokenizer");
    let more = [tables(), vec![("added_tokens.json", r#"{"<pad>": 50257}"#.into())]].concat();
    model(&lab, pad(1), &json!({"vocab_size": 50_258}), &more);
    next_is(&lab, NIGHT, "one more token");
    let all = lab.ok(&["next", PROMPT, "-k", "50258", "--model", "model"]);
    assert!(all.stdout.contains(" is \"<pad>\"\n"), "{}", &all.stdout[..200]);
    // A token that the model does not have, but is not in the text, does not matter.
    model(&lab, as_it_was, &json!({}), &more);
    next_is(&lab, NIGHT, "a token more than the model has");
    let unknown = lab.run(&["next", "a<pad>", "--model", "model"]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("token id 50257 at position 1 is outside this model's vocabulary"),
        "{}",
        unknown.stderr
    );
    // Without the files of its tokenizer a larger one is another model's.
    model(&lab, pad(48), &json!({"vocab_size": 50_305}), &[]);
    let other = lab.run(&["next", PROMPT, "--model", "model"]);
    assert_eq!(other.code, 1);
    assert!(
        other.stderr.contains("put the model's own tokenizer.json, or vocab.json and merges.txt"),
        "{}",
        other.stderr
    );
}

#[test]
fn settings_beside_the_tokenizer() {
    let lab = Lab::new();
    for (config, expected, what) in [
        (json!({"add_prefix_space": true}), (" night", 0.321_633_7), "add_prefix_space"),
        (json!({"add_bos_token": true}), (" night", 0.447_793_8), "add_bos_token"),
        (json!({"model_max_length": 4, "errors": "strict"}), NIGHT, "what changes no ids"),
    ] {
        let files = [tables(), vec![("tokenizer_config.json", config.to_string())]].concat();
        model(&lab, as_it_was, &json!({}), &files);
        next_is(&lab, expected, what);
        // The text of one token is that token all the same.
        let tea = lab.ok(&["next", PROMPT, "--token", " tea", "--model", "model"]);
        assert!(tea.stdout.contains("\" tea\""), "{}", tea.stdout);
    }
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let [vocab, merges] = <[_; 2]>::try_from(tables()).unwrap();
    let merges: Vec<&str> = merges.1.lines().skip(1).collect();
    let fixed = json!({"strategy": {"Fixed": 16}, "direction": "Left", "pad_to_multiple_of": null, "pad_id": 50_256,
        "pad_type_id": 0, "pad_token": "<|endoftext|>"});
    let four = json!({"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0});
    for (truncation, padding) in [(four.clone(), Value::Null), (Value::Null, fixed.clone()), (four, fixed)] {
        let json = json!({
            "version": "1.0", "truncation": truncation, "padding": padding, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": level, "post_processor": level, "decoder": level,
            "model": {"type": "BPE", "vocab": "VOCAB", "merges": merges},
        });
        let json = json.to_string().replace("\"VOCAB\"", &vocab.1);
        model(&lab, as_it_was, &json!({}), &[("tokenizer.json", json)]);
        let ids = next_is(&lab, NIGHT, "truncation and padding");
        assert_eq!(ids, json!([1026, 373, 257, 3223, 290, 6388, 88]));
    }
}

#[test]
fn weights_that_are_no_safetensors_say_what_they_are() {
    let lab = Lab::new();
    for (bytes, what) in [
        (
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 548105171\n"[..],
            "it is a git-lfs pointer, which stands for the file: run `git lfs pull` in its folder, or download the file itself",
        ),
        (
            b"PK\x03\x04\x14\0\0\0\0\0archive/data.pkl",
            "it is a zip archive, as PyTorch (.pt, .bin) and NumPy (.npz) write them",
        ),
        (b"<!DOCTYPE html><html><title>404</title>", "it is a web page, not the file: download the file itself"),
        (b"Invalid username or password.", "it is a text, not tensors: download the file itself"),
    ] {
        model(&lab, as_it_was, &json!({}), &[]);
        fs::write(lab.path("model/model.safetensors"), bytes).unwrap();
        for args in [&["next", PROMPT, "--model", "model"][..], &["next", "--logits", "model/model.safetensors"]] {
            let output = lab.run(args);
            assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{}", output.stderr);
            assert!(output.stderr.contains(what), "{}", output.stderr);
        }
    }
}
