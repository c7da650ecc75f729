//! Input that cannot be loaded or run gives an error that explains why.
use std::{fs, path::Path};

use gpt2_runner::{Error, TensorProblem, check_checkpoint, check_checkpoint_bytes};
use safetensors::{SafeTensors, tensor::TensorView};

use crate::{files::test_data, temporary::TemporaryFolder};

const HUB: &str = "gpt2-tiny/hub-layout";

fn fixture(file: &str) -> Vec<u8> {
    fs::read(test_data(HUB).join(file)).unwrap()
}

/// The message for a folder, with the folder's own path as `FOLDER`.
fn refusal(folder: &Path) -> String {
    let message = check_checkpoint(folder).unwrap_err().to_string();
    assert_eq!(message, gpt2_runner::Gpt2::load(folder, gpt2_runner::Device::Cpu).unwrap_err().to_string());
    message.replace(&folder.display().to_string(), "FOLDER").replace('\\', "/")
}

/// The message for a folder of the fixture's `config.json` and these bytes.
fn refusal_of(name: &str, safetensors: &[u8]) -> String {
    let folder = TemporaryFolder::new(name);
    fs::write(folder.path().join("config.json"), fixture("config.json")).unwrap();
    fs::write(folder.path().join("model.safetensors"), safetensors).unwrap();
    refusal(folder.path())
}

/// A safetensors file of this header and as many bytes of data.
fn file(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
}

/// The fixture with its tensors changed: dropped if `change` gives none, else as it gives them.
pub(crate) fn changed(change: impl Fn(&str, &[usize], &[u8]) -> Option<(Vec<usize>, Vec<u8>)>) -> Vec<u8> {
    let original = fixture("model.safetensors");
    let tensors = SafeTensors::deserialize(&original).unwrap();
    let changed: Vec<_> = tensors
        .iter()
        .filter_map(|(name, view)| Some((name.to_owned(), view.dtype(), change(name, view.shape(), view.data())?)))
        .collect();
    let views = changed
        .iter()
        .map(|(name, dtype, (shape, data))| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn a_truncated_file() {
    let whole = fixture("model.safetensors");
    assert_eq!(
        refusal_of("truncated", &whole[..whole.len() - 1]),
        "FOLDER/model.safetensors: not a safetensors file: its tensors do not end where the file ends, at byte 169850: \
         truncated, or not one file"
    );
    assert_eq!(
        refusal_of("truncated-header", &whole[..100]),
        "FOLDER/model.safetensors: not a safetensors file: its header claims 2419 bytes, of which the file has 92"
    );
    assert_eq!(
        refusal_of("empty-file", &[]),
        "FOLDER/model.safetensors: not a safetensors file: 0 bytes, shorter than the 8 of a header's length"
    );
}

#[test]
fn a_header_longer_than_the_file() {
    let mut file = fixture("model.safetensors");
    file[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(
        refusal_of("long-header", &file),
        "FOLDER/model.safetensors: not a safetensors file: its header claims 18446744073709551615 bytes, of which the \
         file has 169843"
    );
}

#[test]
fn a_header_that_is_not_json() {
    assert_eq!(
        refusal_of("not-json", &file("<html>404</html>", 0)),
        "FOLDER/model.safetensors: not a safetensors file: its header is not JSON of tensors: expected value at line 1 \
         column 1"
    );
}

#[test]
fn overlapping_and_out_of_range_offsets() {
    let two = |a: &str, b: &str| {
        format!(
            r#"{{"wte.weight":{{"dtype":"F32","shape":[2],"data_offsets":{a}}},"wpe.weight":{{"dtype":"F32","shape":[2],"data_offsets":{b}}}}}"#
        )
    };
    assert_eq!(
        refusal_of("overlapping", &file(&two("[0,8]", "[4,12]"), 12)),
        "FOLDER/model.safetensors: not a safetensors file: wpe.weight: data_offsets overlap another tensor, leave a gap \
         before it, or run backwards"
    );
    assert_eq!(
        refusal_of("out-of-range", &file(&two("[0,8]", "[8,16]"), 12)),
        "FOLDER/model.safetensors: not a safetensors file: its tensors do not end where the file ends, at byte 146: \
         truncated, or not one file"
    );
}

#[test]
fn all_missing_and_misshapen_tensors_are_in_one_error() {
    let bytes = changed(|name, shape, data| match name {
        "h.1.ln_2.bias" | "ln_f.weight" => None,
        "h.0.mlp.c_fc.weight" => Some((vec![128, 32], data.to_vec())),
        _ => Some((shape.to_vec(), data.to_vec())),
    });
    assert_eq!(
        refusal_of("missing", &bytes),
        "FOLDER/model.safetensors: 3 of its tensors are not as config.json says: h.0.mlp.c_fc.weight: is [128, 32], expected [32, 128]; \
         h.1.ln_2.bias: missing, expected [32]; ln_f.weight: missing, expected [32]"
    );
    let Err(Error::Tensors { problems, .. }) = check_checkpoint_bytes(&fixture("config.json"), &bytes) else {
        panic!("the bytes are refused as the file is")
    };
    assert_eq!(problems[2], TensorProblem::Missing { name: "ln_f.weight".into(), expected: vec![32] });
}

#[test]
fn tensors_of_another_dtype_twice_there_or_of_a_block_too_many() {
    let header = r#"{"wte.weight":{"dtype":"I32","shape":[320,32],"data_offsets":[0,40960]},
        "wpe.weight":{"dtype":"F32","shape":[48,32],"data_offsets":[40960,47104]},
        "transformer.wpe.weight":{"dtype":"F32","shape":[48,32],"data_offsets":[47104,53248]},
        "h.2.ln_1.bias":{"dtype":"F32","shape":[32],"data_offsets":[53248,53376]}}"#;
    let message = refusal_of("dtype", &file(header, 53376));
    assert!(message.contains(" wte.weight: is I32, expected F32, F16 or BF16; "), "{message}");
    assert!(message.contains("; wpe.weight: is there twice; "), "{message}");
    assert!(message.ends_with("; and 19 more"), "{message}");
}

#[test]
fn a_configuration_that_disagrees_with_the_shapes() {
    let folder = TemporaryFolder::new("disagrees");
    let config = String::from_utf8(fixture("config.json")).unwrap();
    fs::write(folder.path().join("model.safetensors"), fixture("model.safetensors")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(config.contains(from));
        fs::write(folder.path().join("config.json"), config.replace(from, to)).unwrap();
        refusal(folder.path())
    };
    assert_eq!(
        with(r#""n_positions": 48"#, r#""n_positions": 64"#),
        "FOLDER/model.safetensors: 1 of its tensors is not as config.json says: \
         wpe.weight: is [48, 32], expected [64, 32]"
    );
    let fewer = with(r#""n_layer": 2"#, r#""n_layer": 1"#);
    assert!(fewer.starts_with("FOLDER/model.safetensors: 12 of its tensors are not as config.json says:"), "{fewer}");
    assert!(fewer.contains(" h.1.attn.c_attn.bias: no such parameter in a GPT-2 with n_layer 1"), "{fewer}");
    let wider = with(r#""n_embd": 32"#, r#""n_embd": 64"#);
    assert!(wider.starts_with("FOLDER/model.safetensors: 28 of its tensors are not"), "{wider}");
    let untied = with(r#""tie_word_embeddings": true"#, r#""tie_word_embeddings": false"#);
    assert!(untied.ends_with(": lm_head.weight: missing, expected [320, 32]"), "{untied}");
}

#[test]
fn folders_without_a_checkpoint() {
    let folder = TemporaryFolder::new("no-checkpoint");
    let none = "FOLDER: no model.safetensors and no model.safetensors.index.json here; ";
    assert_eq!(refusal(folder.path()), format!("{none}the folder is empty"));
    fs::write(folder.path().join("config.json"), "{}").unwrap();
    assert_eq!(refusal(folder.path()), format!("{none}a checkpoint in the Hugging Face layout has one of them"));
    for (name, hint) in [
        (
            "tf_model.h5",
            "tf_model.h5 is another library's: save it again from Python with save_pretrained, which writes safetensors",
        ),
        (
            "gpt2.Q8_0.gguf",
            "gpt2.Q8_0.gguf is another library's: save it again from Python with save_pretrained, which writes safetensors",
        ),
        ("weights.safetensors", "if weights.safetensors holds the weights, name it model.safetensors"),
        (
            "adapter_model.safetensors",
            "adapter_model.safetensors changes another model: merge the two in Python with merge_and_unload, then save_pretrained",
        ),
    ] {
        fs::write(folder.path().join(name), "").unwrap();
        assert_eq!(refusal(folder.path()), format!("{none}{hint}"));
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("pytorch_model.bin"), "").unwrap();
    assert_eq!(
        refusal(folder.path()),
        format!(
            "{none}pytorch_model.bin is a pickle checkpoint, which can run code when it is read: save it again from \
             Python with save_pretrained, which writes safetensors"
        )
    );
    let nowhere = check_checkpoint(folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(nowhere, Error::Io { ref path, .. } if path.ends_with("nowhere")), "{nowhere}");
}

#[test]
fn a_missing_configuration() {
    let folder = TemporaryFolder::new("no-config");
    fs::write(folder.path().join("model.safetensors"), fixture("model.safetensors")).unwrap();
    let message = refusal(folder.path());
    assert!(message.starts_with("FOLDER/config.json: "), "{message}");
}

#[test]
fn an_index_that_names_no_shards_or_leads_out_of_the_folder() {
    let folder = TemporaryFolder::new("index");
    let index = folder.path().join("model.safetensors.index.json");
    let with = |json: &str| {
        fs::write(&index, json).unwrap();
        refusal(folder.path())
    };
    let not = "FOLDER/model.safetensors.index.json: not an index of safetensors shards: ";
    assert_eq!(with(r#"{"weight_map": {}}"#), format!("{not}its weight_map is empty"));
    assert_eq!(with("{}"), format!("{not}missing field `weight_map` at line 1 column 2"));
    for name in ["../secret", "/etc/passwd", "a/b.safetensors", "..", ""] {
        let json = serde_json::json!({"weight_map": {"wte.weight": name}}).to_string();
        assert_eq!(with(&json), format!("{not}{name:?} is not the name of a file beside it"));
    }
    let message = with(r#"{"weight_map": {"wte.weight": "shard.safetensors"}}"#);
    assert!(message.starts_with("FOLDER/shard.safetensors: "), "{message}");
}
