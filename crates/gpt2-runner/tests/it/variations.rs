//! Other ways to write a checkpoint that transformers reads as the same model. `variations.py` beside the fixtures holds
//! transformers 5.24 to the same: each variation has the logits of its fixture.
use std::{fs, path::Path};

use gpt2_runner::{Device, Gpt2, check_checkpoint};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Value, json};

use crate::{
    files::{max_difference, read_f32, test_data},
    parity::FIXTURE_TOLERANCE,
    temporary::TemporaryFolder,
};

type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// A copy of a fixture with other tensors and another configuration.
fn varied(
    fixture: &str,
    change: impl FnOnce(&mut Vec<Tensor>),
    config: impl FnOnce(&mut Value) -> Option<String>,
) -> TemporaryFolder {
    let original = test_data("gpt2-tiny").join(fixture);
    let file = fs::read(original.join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let mut tensors: Vec<Tensor> = tensors
        .iter()
        .map(|(name, view)| (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    change(&mut tensors);
    let views =
        tensors.iter().map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let folder = TemporaryFolder::new("variation");
    fs::write(folder.path().join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let mut json: Value = serde_json::from_slice(&fs::read(original.join("config.json")).unwrap()).unwrap();
    let text = config(&mut json).unwrap_or_else(|| json.to_string());
    fs::write(folder.path().join("config.json"), text).unwrap();
    folder
}

/// How far the logits of a folder are from those of a fixture.
fn difference(folder: &Path, fixture: &str) -> f32 {
    let original = test_data("gpt2-tiny").join(fixture);
    let expected = read_f32(&original.join("expected.safetensors"));
    let sequences: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(original.join("ids.json")).unwrap()).unwrap();
    let model = Gpt2::load(folder, Device::Cpu).unwrap();
    let of = |(n, ids): (usize, &Vec<u32>)| {
        max_difference(&model.logits(ids).unwrap().into_vec(), &expected[&format!("logits_{n}")])
    };
    sequences.iter().enumerate().map(of).fold(0.0, f32::max)
}

fn as_it_was(_: &mut Value) -> Option<String> {
    None
}

fn set(field: &'static str, value: Value) -> impl FnOnce(&mut Value) -> Option<String> {
    move |config| {
        config[field] = value;
        None
    }
}

fn renamed(tensors: &mut [Tensor], name: impl Fn(&str) -> String) {
    tensors.iter_mut().for_each(|tensor| tensor.0 = name(&tensor.0));
}

/// Adds an `lm_head.weight` made of `wte.weight`.
fn add_head(tensors: &mut Vec<Tensor>, make: impl FnOnce(&mut Tensor)) {
    let mut head = tensors.iter().find(|tensor| tensor.0.ends_with("wte.weight")).unwrap().clone();
    head.0 = "lm_head.weight".into();
    make(&mut head);
    tensors.push(head);
}

#[test]
fn the_head_is_the_one_that_transformers_takes() {
    let tied = set("tie_word_embeddings", json!(true));
    let two = varied("untied-head", |_| {}, tied);
    assert!(difference(two.path(), "untied-head") <= FIXTURE_TOLERANCE);
    let config = check_checkpoint(two.path()).unwrap();
    assert_eq!((config.tie_word_embeddings, config.num_parameters()), (false, 47_488));

    let equal = varied("hub-layout", |tensors| add_head(tensors, |_| {}), as_it_was);
    assert!(difference(equal.path(), "hub-layout") <= FIXTURE_TOLERANCE);
    assert!(check_checkpoint(equal.path()).unwrap().tie_word_embeddings);

    // The same numbers in f32 and f16.
    let widened = |head: &mut Tensor| {
        let values = head.3.as_chunks::<2>().0.iter().map(|&b| half::f16::from_le_bytes(b).to_f32());
        *head = (head.0.clone(), Dtype::F32, head.2.clone(), values.flat_map(f32::to_le_bytes).collect());
    };
    let other_dtype = varied("float16", |tensors| add_head(tensors, widened), as_it_was);
    assert!(difference(other_dtype.path(), "float16") <= FIXTURE_TOLERANCE);
    assert!(check_checkpoint(other_dtype.path()).unwrap().tie_word_embeddings);

    let head_alone = |tensors: &mut Vec<Tensor>| {
        renamed(tensors, |name| name.replace("wte.weight", "lm_head.weight"));
    };
    let alone = varied("hub-layout", head_alone, as_it_was);
    assert!(difference(alone.path(), "hub-layout") <= FIXTURE_TOLERANCE);

    // One row further: another head, whatever the configuration says.
    let rolled = varied("hub-layout", |tensors| add_head(tensors, |head| head.3.rotate_right(32 * 4)), as_it_was);
    assert!(difference(rolled.path(), "hub-layout") > 0.1);

    let short = varied(
        "hub-layout",
        |tensors| {
            add_head(tensors, |head| {
                head.2 = vec![319, 32];
                head.3.truncate(319 * 32 * 4);
            });
        },
        as_it_was,
    );
    let message = check_checkpoint(short.path()).unwrap_err().to_string();
    assert!(message.ends_with(": lm_head.weight: is [319, 32], expected [320, 32]"), "{message}");
}

#[test]
fn what_training_puts_before_the_names_is_no_part_of_them() {
    for prefix in
        ["_orig_mod.", "module.", "_orig_mod.transformer.", "module._orig_mod.transformer.", "model.transformer."]
    {
        let folder = varied("hub-layout", |tensors| renamed(tensors, |name| format!("{prefix}{name}")), as_it_was);
        assert!(difference(folder.path(), "hub-layout") <= FIXTURE_TOLERANCE, "{prefix}");
    }
    let wrapped = |name: &str| name.replace(".attn.", "._checkpoint_wrapped_module.attn.");
    let folder = varied("hub-layout", |tensors| renamed(tensors, wrapped), as_it_was);
    assert!(difference(folder.path(), "hub-layout") <= FIXTURE_TOLERANCE);
    let other = varied("hub-layout", |tensors| renamed(tensors, |name| format!("gpt.{name}")), as_it_was);
    let message = check_checkpoint(other.path()).unwrap_err().to_string();
    assert!(
        message.ends_with(
            "and 18 more; the file has gpt.h.0.attn.bias, gpt.h.0.attn.c_attn.bias, gpt.h.0.attn.c_attn.weight, …"
        ),
        "{message}"
    );
}

#[test]
fn configurations_that_other_tools_write() {
    let other_names = |config: &mut Value| {
        let fields = config.as_object_mut().unwrap();
        for (other, name) in [
            ("hidden_size", "n_embd"),
            ("num_attention_heads", "n_head"),
            ("num_hidden_layers", "n_layer"),
            ("max_position_embeddings", "n_positions"),
        ] {
            let value = fields.remove(name).unwrap();
            fields.insert(other.into(), value);
        }
        None
    };
    let python = |config: &mut Value| {
        let text = config.to_string();
        let fields = text.strip_suffix('}').unwrap();
        Some(format!(r#"{fields}, "a": NaN, "b": [Infinity, -Infinity], "n_layer": 9, "n_layer": 2}}"#))
    };
    let marked = |config: &mut Value| Some(format!("\u{feff}{config}"));
    let same =
        |folder: TemporaryFolder, fixture: &str| assert!(difference(folder.path(), fixture) <= FIXTURE_TOLERANCE);
    same(varied("hub-layout", |_| {}, other_names), "hub-layout");
    same(varied("hub-layout", |_| {}, python), "hub-layout");
    same(varied("hub-layout", |_| {}, marked), "hub-layout");
    same(varied("hub-layout", |_| {}, set("reorder_and_upcast_attn", json!(true))), "hub-layout");
    for name in ["gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh"] {
        same(varied("hub-layout", |_| {}, set("activation_function", json!(name))), "hub-layout");
    }
    same(varied("exact-gelu", |_| {}, set("activation_function", json!("gelu_python"))), "exact-gelu");
}
