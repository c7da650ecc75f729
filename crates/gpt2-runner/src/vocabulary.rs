//! The texts of any model's tokens, by id.
use std::{collections::HashMap, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    Error,
    files::{self, MOST_TOKENS},
    json::{Small, UpTo, without_bom},
    message::brief,
    tokenizer::{MOST_ADDED, Tokens, byte_of, not_json, refuse},
};

/// The tokens of a model's `tokenizer.json`: of GPT-2, Llama, Qwen, Gemma, BERT or any other that the tokenizers
/// library writes. It names tokens; it does not split a text into them.
///
/// Tokens are returned as their bytes in a text: a byte-level vocabulary is decoded as GPT-2's, SentencePiece's `▁` is
/// a space, and `<0x0A>` is that byte. Added tokens, such as `<|endoftext|>`, are returned unchanged.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    tokens: HashMap<u32, Vec<u8>>,
    largest: u32,
}

#[derive(Deserialize)]
struct TokenizerJson {
    model: Model,
    #[serde(default)]
    added_tokens: UpTo<MOST_ADDED, AddedToken>,
    #[serde(default)]
    pre_tokenizer: Small,
    #[serde(default)]
    decoder: Small,
}

#[derive(Deserialize)]
struct Model {
    vocab: Tokens,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

/// How a vocabulary writes bytes as characters.
enum Spelling {
    ByteLevel,
    SentencePiece,
}

impl Vocabulary {
    /// Reads a `tokenizer.json` of at most 2²⁰ tokens.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotAFile`], [`Error::TooLong`], or [`Error::Tokenizer`] if it is malformed.
    pub fn from_tokenizer_json(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::from_json(&files::read_file(path, "tokenizer.json", files::TOKENIZER)?, path)
    }

    /// A token's bytes, which may be a part of a character; `None` for an unknown id.
    pub fn token(&self, id: u32) -> Option<&[u8]> {
        self.tokens.get(&id).map(Vec::as_slice)
    }

    /// The largest id that a token has.
    pub fn largest_id(&self) -> u32 {
        self.largest
    }

    fn from_json(json: &[u8], path: &Path) -> Result<Self, Error> {
        let not_one = |e: serde_json::Error| {
            let problem = format!("it is not as the tokenizers library writes it: {}", brief(&e.to_string()));
            refuse(path, not_json(json, problem))
        };
        let TokenizerJson { model, added_tokens, pre_tokenizer, decoder } =
            serde_json::from_slice(without_bom(json)).map_err(not_one)?;
        let spelling = match [&pre_tokenizer.0, &decoder.0].into_iter().any(is_byte_level) {
            true => Spelling::ByteLevel,
            false => Spelling::SentencePiece,
        };
        let mut tokens: HashMap<u32, Vec<u8>> =
            model.vocab.0.into_iter().map(|(token, id)| (id, spelling.bytes(&token))).collect();
        for AddedToken { id, content } in added_tokens.0 {
            if id as usize >= MOST_TOKENS {
                return Err(refuse(path, format!("it has a token id {id}; ids are read below {MOST_TOKENS}")));
            }
            tokens.insert(id, content.into_bytes());
        }
        match tokens.keys().max() {
            Some(&largest) => Ok(Self { tokens, largest }),
            None => Err(refuse(path, "it has no tokens")),
        }
    }
}

impl Spelling {
    fn bytes(&self, token: &str) -> Vec<u8> {
        match self {
            Self::ByteLevel => token.chars().map(byte_of).collect::<Option<_>>().unwrap_or_else(|| token.into()),
            Self::SentencePiece => match byte_fallback(token) {
                Some(byte) => vec![byte],
                None => token.replace('▁', " ").into_bytes(),
            },
        }
    }
}

/// `<0x0A>` is the byte 0x0A.
fn byte_fallback(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    (digits.len() == 2).then(|| u8::from_str_radix(digits, 16).ok())?
}

/// `{"type": "ByteLevel", …}`, alone or in a sequence of others.
fn is_byte_level(step: &Value) -> bool {
    let inside = |key: &str| step[key].as_array().is_some_and(|steps| steps.iter().any(is_byte_level));
    step["type"] == "ByteLevel" || inside("pretokenizers") || inside("decoders")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vocabulary, String> {
        Vocabulary::from_json(json.as_bytes(), Path::new("tokenizer.json")).map_err(|e| e.to_string())
    }

    #[test]
    fn tokens_are_the_bytes_that_they_stand_for() {
        // Llama 3, Qwen: byte-level, the pre-tokenizer in a sequence.
        let byte_level = read(
            r#"{"model": {"type": "BPE", "vocab": {"Ġcoffee": 0, "Ċ": 1, "Ã": 2}, "merges": []},
                "added_tokens": [{"id": 9, "content": "<|eot_id|>", "special": true}],
                "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split"}, {"type": "ByteLevel"}]}}"#,
        )
        .unwrap();
        let token = |id| byte_level.token(id);
        assert_eq!((token(0), token(1)), (Some(&b" coffee"[..]), Some(&b"\n"[..])));
        assert_eq!((token(2), token(9)), (Some(&b"\xc3"[..]), Some(&b"<|eot_id|>"[..])));
        assert_eq!((token(3), byte_level.largest_id()), (None, 9));
        // Llama 2, Gemma: SentencePiece, with bytes to fall back on.
        let fallback = read(r#"{"model": {"vocab": {"▁coffee": 0, "<0x0A>": 1, "<s>": 2}}, "decoder": null}"#).unwrap();
        assert_eq!((fallback.token(0), fallback.token(1)), (Some(&b" coffee"[..]), Some(&b"\n"[..])));
        assert_eq!(fallback.token(2), Some(&b"<s>"[..]));
        // T5: Unigram.
        let unigram = read(r#"{"model": {"type": "Unigram", "vocab": [["<pad>", 0.0], ["▁a", -2.5]]}}"#).unwrap();
        assert_eq!(unigram.token(1), Some(&b" a"[..]));
    }

    #[test]
    fn what_names_no_tokens_is_refused() {
        for (json, problem) in [
            ("{}", "missing field `model`"),
            (r#"{"model": {"vocab": 1}}"#, "expected a vocabulary: ids by token, or tokens with their scores"),
            (r#"{"model": {"vocab": {"a": -1}}}"#, "invalid value: integer `-1`, expected u32"),
            (r#"{"model": {"vocab": {"a": 1048576}}}"#, "it has a token id 1048576; ids are read below 1048576"),
            (r#"{"model": {"vocab": {}}}"#, "it has no tokens"),
            ("not json", "expected ident at line 1"),
        ] {
            let message = read(json).unwrap_err();
            assert!(message.starts_with("tokenizer.json: ") && message.contains(problem), "{message}");
        }
    }
}
