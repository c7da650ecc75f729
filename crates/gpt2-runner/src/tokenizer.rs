//! GPT-2's byte-level BPE: text to token ids and back.
use std::{
    fmt,
    path::{Path, PathBuf},
};

use tokenizers::{
    AddedToken, ModelWrapper, Tokenizer,
    models::bpe::{BPE, Vocab},
    pre_tokenizers::byte_level::ByteLevel,
};

use crate::{Error, files, printable::brief};

/// The end of a document, the one special token of GPT-2: id 50,256 in the published tables.
pub const END_OF_TEXT: &str = "<|endoftext|>";

/// Text to token ids and back, as transformers' `GPT2Tokenizer` does it.
///
/// Byte-level: each byte sequence has ids, and each id stands for bytes, which may be less than a character.
///
/// ```
/// use gpt2_runner::Gpt2Tokenizer;
///
/// let tokenizer = Gpt2Tokenizer::published()?;
/// let ids = tokenizer.encode("It was a dark and stormy")?;
/// assert_eq!(ids, [1026, 373, 257, 3223, 290, 6388, 88]);
/// assert_eq!(tokenizer.decode(&ids)?, "It was a dark and stormy");
/// assert_eq!(tokenizer.decode_token(3223)?, b" dark");
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
pub struct Gpt2Tokenizer {
    tokenizer: Tokenizer,
    vocab_size: usize,
}

impl Gpt2Tokenizer {
    /// The published tables of GPT-2 (50,257 tokens, 50,000 merges), which are part of this crate.
    ///
    /// # Errors
    /// None in practice; the signature is that of the other constructors.
    pub fn published() -> Result<Self, Error> {
        Self::from_tables(
            include_bytes!("../data/vocab.json"),
            include_str!("../data/merges.txt"),
            Path::new("vocab.json"),
            Path::new("merges.txt"),
        )
    }

    /// Reads `tokenizer.json` from a folder, or else `vocab.json` and `merges.txt`.
    ///
    /// # Errors
    /// [`Error::Io`] if neither can be read, [`Error::Tokenizer`] for what they say.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let json = folder.join("tokenizer.json");
        if files::is_there(&json) {
            Self::from_tokenizer_json(json)
        } else {
            Self::from_files(folder.join("vocab.json"), folder.join("merges.txt"))
        }
    }

    /// Reads a `vocab.json` (token to id) and a `merges.txt` (one merge a line, the most frequent first).
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Tokenizer`] if the tables are malformed, disagree, or have no token for some byte.
    pub fn from_files(vocab: impl AsRef<Path>, merges: impl AsRef<Path>) -> Result<Self, Error> {
        let (vocab, merges) = (vocab.as_ref(), merges.as_ref());
        let read = |path: &Path| files::read_file(path, "tokenizer's table", files::TOKENIZER);
        let vocab_json = read(vocab)?;
        let merges_text = String::from_utf8(read(merges)?).map_err(|e| refuse(merges, e))?;
        Self::from_tables(&vocab_json, &merges_text, vocab, merges)
    }

    /// Reads a `tokenizer.json`, as the tokenizers library writes it for GPT-2.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Tokenizer`] if it is malformed or is not a byte-level BPE.
    pub fn from_tokenizer_json(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let json = files::read_file(path, "tokenizer.json", files::TOKENIZER)?;
        check_merge_lengths(&json).map_err(|problem| refuse(path, problem))?;
        let tokenizer = Tokenizer::from_bytes(&json).map_err(|e| refuse(path, e))?;
        if !matches!(tokenizer.get_model(), ModelWrapper::BPE(_)) {
            return Err(refuse(path, "its model is not a BPE"));
        }
        Self::checked(tokenizer, path)
    }

    /// The token ids of a text. `<|endoftext|>` in the text is that token; an empty text has no tokens.
    ///
    /// # Errors
    /// [`Error::Encode`] if the tokenizer fails, which the published tables never do.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|e| Error::Encode { problem: e.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of token ids. Bytes that are no UTF-8 become U+FFFD; [`decode_token`](Self::decode_token) keeps them.
    ///
    /// # Errors
    /// [`Error::UnknownToken`] for the first id outside the vocabulary.
    pub fn decode(&self, ids: &[u32]) -> Result<String, Error> {
        let mut bytes = Vec::new();
        for &id in ids {
            bytes.extend(self.decode_token(id)?);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The bytes that a token stands for, which may be a part of a character.
    ///
    /// # Errors
    /// [`Error::UnknownToken`] for an id outside the vocabulary.
    pub fn decode_token(&self, id: u32) -> Result<Vec<u8>, Error> {
        let token = self.tokenizer.id_to_token(id).ok_or(Error::UnknownToken { id, vocab_size: self.vocab_size })?;
        // An added token is written as it is; it may have characters that stand for no byte.
        Ok(token.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.into_bytes()))
    }

    /// The number of tokens, `<|endoftext|>` included.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The id of `<|endoftext|>`, if the vocabulary has it.
    pub fn end_of_text(&self) -> Option<u32> {
        self.tokenizer.token_to_id(END_OF_TEXT)
    }

    fn from_tables(vocab: &[u8], merges: &str, vocab_path: &Path, merges_path: &Path) -> Result<Self, Error> {
        let vocab: Vocab = serde_json::from_slice(vocab).map_err(|e| refuse(vocab_path, e))?;
        let longest = vocab.keys().map(String::len).max().unwrap_or(0);
        let merges = merges
            .lines()
            .enumerate()
            // The first line is a version, and so may be any line that starts as it does.
            .filter(|(_, line)| !line.starts_with("#version") && !line.is_empty())
            .map(|(number, line)| match line.split_once(' ') {
                // The tokenizers library panics on a merge that is longer than the longest token.
                Some((a, b)) if !b.contains(' ') && a.len() + b.len() <= longest => Ok((a.to_owned(), b.to_owned())),
                _ => Err(refuse(
                    merges_path,
                    format!("line {}: {:?} is not a merge of two tokens", number + 1, brief(line)),
                )),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let has_end_of_text = vocab.contains_key(END_OF_TEXT);
        let model = BPE::builder().vocab_and_merges(vocab, merges).build().map_err(|e| refuse(merges_path, e))?;
        let mut tokenizer = Tokenizer::new(model);
        // The first `false`: no space before the text. The default adds one, which is not GPT-2's way.
        let byte_level = ByteLevel::new(false, true, true);
        tokenizer.with_pre_tokenizer(Some(byte_level)).with_decoder(Some(byte_level));
        if has_end_of_text {
            tokenizer.add_special_tokens([AddedToken::from(END_OF_TEXT, true)]).map_err(|e| refuse(vocab_path, e))?;
        }
        Self::checked(tokenizer, vocab_path)
    }

    /// A byte without a token would vanish from a text without a word.
    fn checked(tokenizer: Tokenizer, path: &Path) -> Result<Self, Error> {
        for c in (0..=323).filter_map(char::from_u32).filter(|&c| byte_of(c).is_some()) {
            if tokenizer.token_to_id(c.encode_utf8(&mut [0; 4])).is_none() {
                return Err(refuse(path, format!("no token {c:?}, which stands for a byte: not a byte-level BPE")));
            }
        }
        let vocab_size = tokenizer.get_vocab_size(true);
        Ok(Self { tokenizer, vocab_size })
    }
}

impl fmt::Debug for Gpt2Tokenizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gpt2Tokenizer").field("vocab_size", &self.vocab_size).finish_non_exhaustive()
    }
}

/// The byte that a character of a byte-level vocabulary stands for: itself if it is printable Latin-1; the 68 other
/// bytes stand from U+0100 on, in order.
pub(crate) fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        c @ (0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF) => Some(c as u8),
        c @ 0x100..=0x120 => Some((c - 0x100) as u8),
        c @ 0x121..=0x142 => Some((c - 0x121 + 0x7F) as u8),
        0x143 => Some(0xAD),
        _ => None,
    }
}

#[allow(clippy::needless_pass_by_value)] // what `map_err` hands over
pub(crate) fn refuse(path: &Path, problem: impl ToString) -> Error {
    Error::Tokenizer { path: PathBuf::from(path), problem: brief(&problem.to_string()).into_owned() }
}

/// The tokenizers library panics on a merge that is longer than the longest token.
fn check_merge_lengths(tokenizer_json: &[u8]) -> Result<(), String> {
    let json: serde_json::Value = serde_json::from_slice(tokenizer_json).map_err(|e| e.to_string())?;
    let model = &json["model"];
    let longest = model["vocab"].as_object().and_then(|v| v.keys().map(String::len).max()).unwrap_or(0);
    for merge in model["merges"].as_array().into_iter().flatten() {
        // Written as "a b" or, by newer versions, as ["a", "b"].
        let length = match merge {
            serde_json::Value::String(pair) => pair.len().saturating_sub(1),
            pair => pair.as_array().into_iter().flatten().filter_map(|t| t.as_str()).map(str::len).sum(),
        };
        if length > longest {
            return Err(format!("not a merge of two tokens into a third: {merge}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_one_character() {
        let mut bytes: Vec<u8> = (0..0x200).filter_map(char::from_u32).filter_map(byte_of).collect();
        assert_eq!(bytes.len(), 256);
        bytes.sort_unstable();
        bytes.dedup();
        assert_eq!(bytes.len(), 256);
        // bytes_to_unicode() of OpenAI's encoder.py: space is Ġ, newline is Ċ.
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
        assert_eq!(byte_of('ł'), Some(0xA0));
    }
}
