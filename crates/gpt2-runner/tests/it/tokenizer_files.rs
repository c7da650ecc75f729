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

/// The message for a `tokenizer.json`, with its path as `FILE`; in a folder it is the same.
fn refusal(json: &str) -> String {
    let folder = TemporaryFolder::new("refused-tokenizer");
    let path = folder.path().join("tokenizer.json");
    fs::write(&path, json).unwrap();
    let message = Gpt2Tokenizer::from_tokenizer_json(&path).unwrap_err().to_string();
    assert_eq!(Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string(), message);
    message.replace(&path.display().to_string(), "FILE")
}

#[test]
fn a_setting_that_no_gpt2_has_is_refused_by_name() {
    let normalizers = "expected null, NFC, NFD, NFKC, NFKD, Lowercase or a Sequence of at most 16 of them";
    let pre_tokenizers = "expected ByteLevel, alone or last in a Sequence of at most 16 after Digits or Split by the \
        pattern of GPT-2, Llama 3 or Qwen 2";
    let twenty = "a".repeat(20);
    let replace = json!({"type": "Replace", "pattern": {"String": "a"}, "content": twenty});
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true});
    for (changes, message) in [
        // On these six the tokenizers library panics, or takes memory without end.
        (json!({"model": {"continuing_subword_prefix": "##"}}), "model.continuing_subword_prefix is \"##\", expected null or \"\", as a byte-level BPE has it".to_owned()),
        (json!({"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}), format!("normalizer is a Precompiled, {normalizers}")),
        (json!({"normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "x"}}), format!("normalizer is a Replace, {normalizers}")),
        (json!({"normalizer": {"type": "Sequence", "normalizers": [replace, replace, replace]}}), format!("normalizer is a Replace, {normalizers}")),
        (json!({"pre_tokenizer": {"type": "FixedLength", "length": 0}}), format!("pre_tokenizer is a FixedLength, {pre_tokenizers}")),
        (json!({"added_tokens": [{"id": 1, "content": "x", "rstrip": true}, {"id": 2, "content": " ", "lstrip": true}]}), "the added token \" \" begins with white space, which another with rstrip takes".into()),
        // Others that change the ids and are not GPT-2's.
        (json!({"model": {"end_of_word_suffix": "</w>"}}), "model.end_of_word_suffix is \"</w>\", expected null or \"\", as a byte-level BPE has it".into()),
        (json!({"model": {"dropout": 0.1}}), "model.dropout is 0.1, expected null: with it the ids are random".into()),
        (json!({"model": {"type": "Unigram"}}), "its model is Unigram, expected BPE".into()),
        (json!({"normalizer": [1]}), format!("normalizer is [1], {normalizers}")),
        (json!({"normalizer": {"type": "Sequence", "normalizers": vec![json!({"type": "NFC"}); 17]}}), format!("normalizer is a Sequence, {normalizers}")),
        (json!({"pre_tokenizer": null}), format!("pre_tokenizer is null, {pre_tokenizers}")),
        (json!({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [level, {"type": "Digits"}]}}), format!("pre_tokenizer is a Sequence, {pre_tokenizers}")),
        (json!({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated", "invert": false}, level]}}), format!("pre_tokenizer is a Split, {pre_tokenizers}")),
        (json!({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": "yes"}}), "pre_tokenizer.add_prefix_space is \"yes\", expected true or false".into()),
        (json!({"decoder": {"type": "WordPiece", "prefix": "##"}}), "decoder is a WordPiece, expected ByteLevel".into()),
        (json!({"post_processor": {"type": "Other"}}), "post_processor is Other, expected null, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing or a Sequence of at most 16 of them".into()),
        (json!({"post_processor": {"type": "TemplateProcessing", "single": []}}), "post_processor.single is not a list of special tokens with the text, A, once among them".into()),
        (json!({"post_processor": {"type": "BertProcessing", "sep": ["a", 60000], "cls": ["a", 1]}}), "post_processor adds the token 60000, which it does not have".into()),
        (json!({"added_tokens": [{"id": 1, "content": ""}]}), "the added token \"\" has no text".into()),
    ] {
        assert_eq!(refusal(&tokenizer_json(&changes)), format!("FILE: not a GPT-2 tokenizer: {message}"));
    }
    let same_id = tokenizer_json(&json!({})).replace("\"!\":0", "\"!\":1").replace("\"!\": 0", "\"!\": 1");
    assert!(refusal(&same_id).ends_with("has the id 1, and so has another token"), "{}", refusal(&same_id));
}

#[test]
fn what_is_no_tokenizer_json_says_what_it_is() {
    for (text, problem) in [
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 2\n",
            "it is a git-lfs pointer, which stands for the file",
        ),
        ("<!DOCTYPE html><html>", "it is a web page, not the file"),
        ("not json", "expected ident at line 1 column 2"),
        ("{}", "missing field `model`"),
    ] {
        assert!(refusal(text).starts_with(&format!("FILE: not a GPT-2 tokenizer: {problem}")), "{}", refusal(text));
    }
}

/// Numbers that no tokenizer has, in files of few bytes an entry.
#[test]
fn tables_are_read_up_to_a_stated_size() {
    let list = |n: usize, entry: &dyn Fn(usize) -> String| (0..n).map(entry).collect::<Vec<_>>().join(",");
    let vocab = |n| format!(r#"{{"model": {{"vocab": {{{}}}}}}}"#, list(n, &|n| format!("\"{n:x}\":{}", n % 1000)));
    let more = "which is more than any tokenizer has";
    assert!(refusal(&vocab(1_100_000)).contains(&format!("it has more than 1048576 tokens, {more}")));
    let merges =
        format!(r#"{{"model": {{"vocab": {{"a": 0}}, "merges": [{}]}}}}"#, list(1_100_000, &|_| "\"a b\"".into()));
    assert!(refusal(&merges).contains("more than 1048576 elements"));
    let added = list(70_000, &|n| format!(r#"{{"id": {n}, "content": "<{n}>"}}"#));
    assert!(
        refusal(&format!(r#"{{"model": {{"vocab": {{}}}}, "added_tokens": [{added}]}}"#))
            .contains("more than 65536 elements")
    );
    let values = format!(r#"{{"model": {{"vocab": {{}}}}, "decoder": [{}]}}"#, list(200_000, &|_| "0".into()));
    assert!(refusal(&values).contains("more than 131072 values"));
    assert!(
        refusal(r#"{"model": {"vocab": {"a": 4294967295}}}"#)
            .contains("it has a token id 4294967295; ids are read below 1048576")
    );
    let vocabulary = |json: &str| {
        let folder = TemporaryFolder::new("large-vocabulary");
        let path = folder.path().join("tokenizer.json");
        fs::write(&path, json).unwrap();
        gpt2_runner::Vocabulary::from_tokenizer_json(&path).unwrap_err().to_string()
    };
    assert!(vocabulary(&vocab(1_100_000)).contains(&format!("it has more than 1048576 tokens, {more}")));
    let scores = format!(r#"{{"model": {{"vocab": [{}]}}}}"#, list(1_100_000, &|_| "[\"a\",0]".into()));
    assert!(vocabulary(&scores).contains(&format!("it has more than 1048576 tokens, {more}")));
}

#[test]
fn settings_of_other_types_are_refused_with_their_file() {
    let refusal = |file: &str, json: &str| {
        let folder = TemporaryFolder::new("bad-settings");
        write(&json!({"tokenizer_json": null}), folder.path());
        fs::write(folder.path().join(file), json).unwrap();
        let message = Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string();
        message.replace(&folder.path().display().to_string(), "FOLDER").replace('\\', "/")
    };
    for (file, json, problem) in [
        (
            "tokenizer_config.json",
            r#"{"add_prefix_space": "yes"}"#,
            "add_prefix_space is \"yes\", expected true or false",
        ),
        ("tokenizer_config.json", r#"{"bos_token": 1}"#, "bos_token: expected a token"),
        (
            "tokenizer_config.json",
            r#"{"added_tokens_decoder": {"x": {"content": "y"}}}"#,
            "added_tokens_decoder: expected a token by its id",
        ),
        (
            "tokenizer_config.json",
            r#"{"extra_special_tokens": [1]}"#,
            "extra_special_tokens: expected a list of tokens",
        ),
        ("special_tokens_map.json", "[]", "invalid type: sequence, expected an object at line 1 column 0"),
        ("added_tokens.json", r#"{"x": -1}"#, "x: expected an id"),
    ] {
        assert_eq!(refusal(file, json), format!("FOLDER/{file}: not a GPT-2 tokenizer: {problem}"));
    }
}

#[test]
fn a_model_of_more_ids_has_their_numbers_for_names() {
    let tokenizer = Gpt2Tokenizer::published().unwrap().with_vocab_size(50_304);
    assert_eq!((tokenizer.base_size(), tokenizer.vocab_size()), (50_257, 50_304));
    assert_eq!(tokenizer.decode(&[1026, 50_257, 50_303]).unwrap(), "It#50257#50303");
    assert_eq!(
        tokenizer.decode(&[50_304]).unwrap_err().to_string(),
        "50304 is not a token id: the vocabulary has 0 to 50303"
    );
    let added = TemporaryFolder::new("added-token");
    write(&json!({"tokenizer_json": null, "added_tokens": {"<x>": 50257}}), added.path());
    let tokenizer = Gpt2Tokenizer::from_folder(added.path()).unwrap();
    assert_eq!((tokenizer.base_size(), tokenizer.vocab_size()), (50_257, 50_258));
    assert_eq!(tokenizer.decode(&[50_257]).unwrap(), "<x>");
}

#[test]
fn a_token_has_its_id_whatever_a_text_gets() {
    let folder = TemporaryFolder::new("token-id");
    let config = json!({"add_prefix_space": true, "add_bos_token": true, "pad_token": "[PAD]"});
    write(&json!({"tokenizer_json": null, "tokenizer_config": config}), folder.path());
    let tokenizer = Gpt2Tokenizer::from_folder(folder.path()).unwrap();
    for (token, id) in
        [("It", Some(1026)), (" It", Some(632)), ("\n", Some(198)), ("[PAD]", Some(50_257)), (" a b", None), ("", None)]
    {
        assert_eq!(tokenizer.token_id(token), id, "{token:?}");
    }
    let published = Gpt2Tokenizer::published().unwrap();
    for id in (0..50_257).step_by(7) {
        if let Ok(token) = String::from_utf8(published.decode_token(id).unwrap()) {
            assert_eq!(published.token_id(&token), Some(id), "{token:?}");
        }
    }
}
