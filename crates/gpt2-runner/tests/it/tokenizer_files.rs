//! A folder's files change the ids as they do in transformers; what they must not hold is refused by name.
use std::{fs, path::Path, sync::LazyLock};

use gpt2_runner::Gpt2Tokenizer;
use serde_json::{Value, json};

use crate::{
    files::{project_data, test_data},
    temporary::TemporaryFolder,
};

/// The published tables, as JSON.
static TABLES: LazyLock<[String; 2]> = LazyLock::new(|| {
    let merges = fs::read_to_string(project_data("tokenizer/merges.txt")).unwrap();
    let merges: Vec<&str> = merges.lines().skip(1).collect();
    [fs::read_to_string(project_data("tokenizer/vocab.json")).unwrap(), json!(merges).to_string()]
});

/// The published tables as a `tokenizer.json` in the form of openai-community/gpt2's own, with other values for some of
/// its fields and of its model's.
pub(crate) fn tokenizer_json(changes: &Value) -> String {
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let mut json = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": [{"id": 50256, "special": true, "content": "<|endoftext|>", "single_word": false,
            "lstrip": false, "rstrip": false, "normalized": true}],
        "pre_tokenizer": byte_level, "post_processor": byte_level, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "vocab": "VOCAB", "merges": "MERGES"},
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Object(fields) if name == "model" => json["model"].as_object_mut().unwrap().extend(fields.clone()),
            value => json[name] = value.clone(),
        }
    }
    let [vocab, merges] = &*TABLES;
    json.to_string().replace("\"VOCAB\"", vocab).replace("\"MERGES\"", merges)
}

/// Writes the files of a case of `folders.json` into an empty folder.
fn write(case: &Value, folder: &Path) {
    match &case["tokenizer_json"] {
        Value::Null => {
            for file in ["vocab.json", "merges.txt"] {
                fs::copy(project_data("tokenizer").join(file), folder.join(file)).unwrap();
            }
        }
        changes => fs::write(folder.join("tokenizer.json"), tokenizer_json(changes)).unwrap(),
    }
    for file in ["tokenizer_config", "special_tokens_map", "added_tokens"] {
        if !case[file].is_null() {
            fs::write(folder.join(file).with_extension("json"), case[file].to_string()).unwrap();
        }
    }
}

/// `folders.json` is from transformers 5.24: `folders.py` beside it wrote it.
#[test]
fn each_variation_of_a_folder_gives_the_ids_of_transformers() {
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(test_data("tokenizer/folders.json")).unwrap()).unwrap();
    assert!(cases.len() > 100);
    let mut wrong = Vec::new();
    for case in &cases {
        let folder = TemporaryFolder::new("tokenizer-files");
        write(case, folder.path());
        let expected: Vec<u32> = serde_json::from_value(case["ids"].clone()).unwrap();
        let ids = Gpt2Tokenizer::from_folder(folder.path()).and_then(|t| t.encode(case["text"].as_str().unwrap()));
        if !matches!(&ids, Ok(ids) if *ids == expected) {
            wrong.push(format!("{}:\n  {ids:?}, expected\n  {expected:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
