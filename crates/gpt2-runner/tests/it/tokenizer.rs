//! Token ids are those of transformers' `GPT2Tokenizer`.
use std::fs;

use gpt2_runner::{END_OF_TEXT, Error, Gpt2Tokenizer};
use serde_json::{Value, json};

use crate::{
    files::{project_data, test_data},
    temporary::TemporaryFolder,
    tokenizer_files::tokenizer_json,
};

/// The text's cases, with the ids that `reference.py` beside it wrote.
fn cases() -> Vec<(String, Vec<u32>)> {
    let text = fs::read_to_string(test_data("tokenizer/text.txt")).unwrap();
    let ids: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(test_data("tokenizer/ids.json")).unwrap()).unwrap();
    let cases: Vec<_> = text.split("\n========\n").map(str::to_owned).zip(ids.iter().cloned()).collect();
    assert_eq!(cases.len(), ids.len());
    cases
}

#[test]
fn ids_are_those_of_the_reference() {
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    for (text, ids) in cases() {
        assert_eq!(tokenizer.encode(&text).unwrap(), ids, "{text:?}");
        assert_eq!(tokenizer.decode(&ids).unwrap(), text);
    }
    assert!(tokenizer.encode("").unwrap().is_empty());
    assert_eq!(tokenizer.decode(&[]).unwrap(), "");
}

#[test]
fn every_id_is_bytes_that_encode_to_it_again() {
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    assert_eq!(tokenizer.vocab_size(), 50_257);
    let mut seen = std::collections::HashSet::new();
    let (mut characters, mut again) = (0, 0);
    for id in 0..50_257 {
        let bytes = tokenizer.decode_token(id).unwrap();
        assert!(!bytes.is_empty());
        // The text of one token is its bytes, with U+FFFD where they are no character.
        assert_eq!(tokenizer.decode(&[id]).unwrap(), String::from_utf8_lossy(&bytes));
        if let Ok(text) = std::str::from_utf8(&bytes) {
            characters += 1;
            let ids = tokenizer.encode(text).unwrap();
            again += u32::from(ids == [id]);
            assert_eq!(tokenizer.decode(&ids).unwrap(), text);
        }
        assert!(seen.insert(bytes), "{id} has the bytes of another token");
    }
    // So many tokens are UTF-8 (counted in vocab.json with Python); each is what its own text encodes to.
    assert_eq!((characters, again), (49_913, 49_913));
    let id = 50_257;
    let error = tokenizer.decode(&[1, id]).unwrap_err();
    assert_eq!(error.to_string(), "50257 is not a token id: the vocabulary has 0 to 50256");
    assert!(matches!(tokenizer.decode_token(u32::MAX), Err(Error::UnknownToken { id: u32::MAX, .. })));
}

#[test]
fn end_of_text_is_one_token() {
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    assert_eq!(tokenizer.end_of_text(), Some(50_256));
    assert_eq!(tokenizer.encode(END_OF_TEXT).unwrap(), [50_256]);
    assert_eq!(tokenizer.decode_token(50_256).unwrap(), END_OF_TEXT.as_bytes());
}

#[test]
fn a_token_that_is_half_a_character_keeps_its_bytes() {
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    let ids = tokenizer.encode("🤖").unwrap();
    assert!(ids.len() > 1);
    let bytes: Vec<u8> = ids.iter().flat_map(|&id| tokenizer.decode_token(id).unwrap()).collect();
    assert_eq!(bytes, "🤖".as_bytes());
    assert!(tokenizer.decode(&ids[..1]).unwrap().contains('\u{FFFD}'));
}

#[test]
fn a_folder_of_tables_or_a_tokenizer_json_gives_the_same_ids() {
    let tables = Gpt2Tokenizer::from_folder(project_data("tokenizer")).unwrap();
    let folder = TemporaryFolder::new("tokenizer-json");
    fs::write(folder.path().join("tokenizer.json"), tokenizer_json(&json!({}))).unwrap();
    let json = Gpt2Tokenizer::from_folder(folder.path()).unwrap();
    assert_eq!(json.vocab_size(), 50_257);
    for (text, ids) in cases() {
        assert_eq!(tables.encode(&text).unwrap(), ids);
        assert_eq!(json.encode(&text).unwrap(), ids);
        assert_eq!(json.decode(&ids).unwrap(), text);
    }
}

#[test]
fn tables_that_are_no_tokenizer_say_why() {
    let folder = TemporaryFolder::new("tables");
    let (vocab, merges) = (folder.path().join("vocab.json"), folder.path().join("merges.txt"));
    let refusal = |v: &str, m: &str| {
        fs::write(&vocab, v).unwrap();
        fs::write(&merges, m).unwrap();
        let message = Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string();
        message.replace(&folder.path().display().to_string(), "FOLDER").replace('\\', "/")
    };
    let bytes = fs::read_to_string(project_data("tokenizer/vocab.json")).unwrap();
    assert!(
        refusal("1", "").starts_with("FOLDER/vocab.json: not a GPT-2 tokenizer: invalid type: integer `1`, expected a")
    );
    assert_eq!(
        refusal(r#"{"a": 0}"#, ""),
        "FOLDER/vocab.json: not a GPT-2 tokenizer: no token '!', which stands for a byte: not a byte-level BPE"
    );
    assert_eq!(
        refusal(r#"{"a": 0, "b": 1}"#, "#version: 0.2\na b\n"),
        "FOLDER/merges.txt: not a GPT-2 tokenizer: line 2: \"a b\" is not a merge of two tokens"
    );
    assert_eq!(
        refusal(&bytes, "#version: 0.2\nalone\n"),
        "FOLDER/merges.txt: not a GPT-2 tokenizer: line 2: \"alone\" is not a merge of two tokens"
    );
    let unknown = refusal(&bytes, "ħ ħ\n");
    assert!(unknown.starts_with("FOLDER/merges.txt: not a GPT-2 tokenizer: Token `ħħ` out of vocabulary"), "{unknown}");
    fs::remove_file(&merges).unwrap();
    let missing = Gpt2Tokenizer::from_folder(folder.path()).unwrap_err();
    assert!(matches!(missing, Error::Io { ref path, .. } if path.ends_with("merges.txt")), "{missing}");
}

#[test]
fn a_tokenizer_json_that_is_none_says_why() {
    let folder = TemporaryFolder::new("bad-tokenizer-json");
    let refusal = |json: &str| {
        let path = folder.path().join("tokenizer.json");
        fs::write(&path, json).unwrap();
        let message = Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string();
        message.replace(&path.display().to_string(), "FILE")
    };
    let vocab: Value = serde_json::from_slice(&fs::read(project_data("tokenizer/vocab.json")).unwrap()).unwrap();
    // The longest token, twice: the tokenizers library would write past the end of a buffer.
    let token = vocab.as_object().unwrap().keys().max_by_key(|token| token.len()).unwrap();
    let long = refusal(&tokenizer_json(&json!({"model": {"merges": [[token, token]]}})));
    assert!(long.starts_with("FILE: not a GPT-2 tokenizer: not a merge of two tokens into a third: [\""), "{long}");
    let word_level = json!({"model": {"type": "WordLevel", "vocab": {"a": 0}, "merges": [], "unk_token": "a"}});
    let not_bpe = refusal(&tokenizer_json(&word_level));
    assert_eq!(not_bpe, "FILE: not a GPT-2 tokenizer: its model is WordLevel, expected BPE");
    assert!(refusal("null").starts_with("FILE: not a GPT-2 tokenizer: "));
}
