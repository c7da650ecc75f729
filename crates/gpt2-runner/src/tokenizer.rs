//! GPT-2's byte-level BPE: text to token ids and back.
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use tokenizers::{
    NormalizerWrapper, PreTokenizerWrapper, Tokenizer,
    models::bpe::{BPE, Vocab},
    pre_tokenizers::byte_level::ByteLevel,
};

mod added;
mod file;
mod settings;
mod table;

use added::Affixes;
use file::File;
use settings::Settings;
use table::Merge;
pub(crate) use table::{MOST_ADDED, Tokens};

use crate::{
    Error,
    files::{self, MOST_TOKENS},
    json::without_bom,
    message::brief,
};

/// The end of a document, the one special token of GPT-2: id 50,256 in the published tables.
pub const END_OF_TEXT: &str = "<|endoftext|>";

/// Text to token ids and back, as transformers' `GPT2Tokenizer` does it.
///
/// It is byte-level: every byte sequence can be encoded, and a token's bytes may be a part of a character.
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
    affixes: Affixes,
    /// One more than the largest id of the BPE.
    base_size: usize,
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
            include_bytes!("../data/merges.txt"),
            Path::new("vocab.json"),
            Path::new("merges.txt"),
            &Settings::default(),
        )
    }

    /// Reads the tokenizer of a folder as transformers 5 does for a GPT-2: the tables of `tokenizer.json`, or else
    /// `vocab.json` and `merges.txt`, with the settings of `tokenizer_config.json`, `special_tokens_map.json` and
    /// `added_tokens.json` (`add_prefix_space`, `add_bos_token`, added tokens and others). If `tokenizer_config.json`
    /// names a `tokenizer_class` other than GPT-2's, `tokenizer.json` is used unchanged.
    ///
    /// # Errors
    /// [`Error::Io`] if neither can be read, [`Error::Tokenizer`] if they are malformed.
    pub fn from_folder(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let settings = Settings::of_folder(folder)?;
        let json = folder.join("tokenizer.json");
        if files::is_there(&json) {
            Self::from_json_file(&json, &settings)
        } else {
            Self::from_table_files(&folder.join("vocab.json"), &folder.join("merges.txt"), &settings)
        }
    }

    /// Reads a `vocab.json` (token to id) and a `merges.txt` (one merge a line, the most frequent first).
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Tokenizer`] if the tables are malformed, disagree, or have no token for some byte, or
    /// more than 2²⁰ tokens or merges.
    pub fn from_files(vocab: impl AsRef<Path>, merges: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_table_files(vocab.as_ref(), merges.as_ref(), &Settings::default())
    }

    /// Reads a `tokenizer.json`, as the tokenizers library writes it for GPT-2 and other byte-level BPEs. Its settings
    /// for batches, `truncation` and `padding`, are ignored; a text gets the tokens that its `post_processor` adds.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Tokenizer`] if it is malformed, is not a byte-level BPE, has a setting that such a
    /// tokenizer does not have, or more than 2²⁰ tokens or merges.
    pub fn from_tokenizer_json(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::from_json_file(path.as_ref(), &Settings::of_file())
    }

    /// The same tokenizer for a model with `vocab_size` tokens. Ids that only the model has decode to their number,
    /// such as `#50257`; a vocabulary padded to a multiple of 64 or 128 has some.
    #[must_use]
    pub fn with_vocab_size(mut self, vocab_size: usize) -> Self {
        self.vocab_size = vocab_size;
        self
    }

    /// The token ids of a text. `<|endoftext|>` in the text is that token. An empty text has no tokens, unless the
    /// tokenizer adds some to every text.
    ///
    /// # Errors
    /// [`Error::Encode`] if the tokenizer fails, which the published tables never do.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encoding = catching(|| self.tokenizer.encode_fast(text, false));
        let encoding = encoding.map_err(|problem| Error::Encode { problem })?;
        let Affixes { before, after } = &self.affixes;
        Ok([before, encoding.get_ids(), after].concat())
    }

    /// The id of the token with exactly this text; nothing is added, unlike in [`encode`](Self::encode).
    pub fn token_id(&self, text: &str) -> Option<u32> {
        let char_of = |&byte: &u8| (0..324).filter_map(char::from_u32).find(|&c| byte_of(c) == Some(byte));
        let spelled: String = text.as_bytes().iter().filter_map(char_of).collect();
        self.tokenizer.token_to_id(&spelled).or_else(|| self.tokenizer.token_to_id(text))
    }

    /// The text of token ids. Invalid UTF-8 becomes U+FFFD; [`decode_token`](Self::decode_token) keeps them.
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

    /// A token's bytes, which may be a part of a character.
    ///
    /// # Errors
    /// [`Error::UnknownToken`] for an id outside the vocabulary.
    pub fn decode_token(&self, id: u32) -> Result<Vec<u8>, Error> {
        let token = match self.tokenizer.id_to_token(id) {
            _ if id as usize >= self.vocab_size => None,
            None => Some(format!("#{id}")),
            token => token,
        };
        let token = token.ok_or(Error::UnknownToken { id, vocab_size: self.vocab_size })?;
        // An added token is literal text; its characters need not encode bytes.
        Ok(token.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.into_bytes()))
    }

    /// V: ids are below it. [`with_vocab_size`](Self::with_vocab_size) sets it.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The minimum V of a model: one more than the largest id of the BPE, without added tokens.
    pub fn base_size(&self) -> usize {
        self.base_size
    }

    /// The id of `<|endoftext|>`, if the vocabulary has it.
    pub fn end_of_text(&self) -> Option<u32> {
        self.tokenizer.token_to_id(END_OF_TEXT)
    }

    fn from_json_file(path: &Path, settings: &Settings) -> Result<Self, Error> {
        let json = files::read_file(path, "tokenizer.json", files::TOKENIZER)?;
        let file = File::parse(without_bom(&json)).map_err(|problem| refuse(path, not_json(&json, problem)))?;
        Self::build(file, settings).map_err(|problem| refuse(path, problem))
    }

    fn from_table_files(vocab: &Path, merges: &Path, settings: &Settings) -> Result<Self, Error> {
        let read = |path: &Path| files::read_file(path, "tokenizer's table", files::TOKENIZER);
        Self::from_tables(&read(vocab)?, &read(merges)?, vocab, merges, settings)
    }

    fn from_tables(
        vocab_json: &[u8],
        merges: &[u8],
        vocab_path: &Path,
        merges_path: &Path,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let vocab: Tokens = serde_json::from_slice(without_bom(vocab_json))
            .map_err(|e| refuse(vocab_path, not_json(vocab_json, e.to_string())))?;
        let longest = vocab.longest();
        let merges = std::str::from_utf8(without_bom(merges)).map_err(|e| refuse(merges_path, e))?;
        let merges = merges
            .lines()
            .enumerate()
            // The first line is a version; any line that starts like it is skipped too.
            .filter(|(_, line)| !line.starts_with("#version") && !line.is_empty())
            .take(MOST_TOKENS + 1)
            .map(|(number, line)| {
                Merge::from_line(line).filter(|merge| merge.len() <= longest).ok_or_else(|| {
                    refuse(merges_path, format!("line {}: {:?} is not a merge of two tokens", number + 1, brief(line)))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if merges.len() > MOST_TOKENS {
            return Err(refuse(merges_path, format!("it has more than {MOST_TOKENS} merges")));
        }
        Self::build(File::of_tables(vocab, merges), settings).map_err(|problem| {
            refuse(if problem.contains("out of vocabulary") { merges_path } else { vocab_path }, problem)
        })
    }

    /// Builds a tokenizer from files' settings.
    fn build(file: File, settings: &Settings) -> Result<Self, String> {
        let File { vocab, merges, added, mut affixes, .. } = file;
        let base_size = vocab.check()?;
        let longest = vocab.longest();
        // The tokenizers library panics on a merge that is longer than the longest token.
        if let Some(Merge(a, b)) = merges.iter().find(|merge| merge.len() > longest) {
            return Err(format!("not a merge of two tokens into a third: {:?}", [a, b]));
        }
        let vocab: Vocab = vocab.0.into_iter().collect();
        // A byte without a token would be dropped silently.
        for c in (0..=323).filter_map(char::from_u32).filter(|&c| byte_of(c).is_some()) {
            if !vocab.contains_key(c.encode_utf8(&mut [0; 4]) as &str) {
                return Err(format!("no token {c:?}, which stands for a byte: not a byte-level BPE"));
            }
        }
        let tokens = settings.tokens(added, |token| vocab.contains_key(token));
        if tokens.len() > MOST_ADDED {
            return Err(format!("it has {} added tokens; {MOST_ADDED} are the most that are read", tokens.len()));
        }
        let merges = merges.into_iter().map(|Merge(a, b)| (a, b)).collect();
        let ignore_merges = !settings.rebuild && file.ignore_merges;
        let (normalizer, pre_tokenizer): (Option<NormalizerWrapper>, PreTokenizerWrapper) = if settings.rebuild {
            (None, ByteLevel::new(settings.add_prefix_space, true, true).into())
        } else {
            (file.normalizer, file.pre_tokenizer)
        };
        added::check(&tokens, normalizer.as_ref())?;
        let tokenizer = catching(|| {
            let model = BPE::builder().vocab_and_merges(vocab, merges).ignore_merges(ignore_merges).build()?;
            let mut tokenizer = Tokenizer::new(model);
            tokenizer.with_normalizer(normalizer)?.with_pre_tokenizer(Some(pre_tokenizer));
            tokenizer.add_tokens(tokens)?;
            tokenizer.set_encode_special_tokens(settings.split_special_tokens);
            Ok(tokenizer)
        })?;
        if settings.rebuild && !file.is_json {
            let id = |wanted: bool, role| tokenizer.token_to_id(settings.role(role).filter(|_| wanted)?);
            affixes.before.extend(id(settings.add_bos_token, "bos_token"));
            affixes.after.extend(id(settings.add_eos_token, "eos_token"));
        }
        let added_ids = tokenizer.get_added_tokens_decoder().into_keys();
        let vocab_size = added_ids.map(|id| id as usize + 1).max().map_or(base_size, |size| size.max(base_size));
        if let Some(id) = affixes.before.iter().chain(&affixes.after).find(|id| **id as usize >= vocab_size) {
            return Err(format!("post_processor adds the token {id}, which it does not have"));
        }
        Ok(Self { tokenizer, affixes, base_size, vocab_size })
    }
}

/// Calls the tokenizers library. Its input is checked, but a panic would still be returned as an error.
fn catching<T>(run: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(_) => Err("the tokenizers library failed on it".into()),
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
    Error::Tokenizer { path: PathBuf::from(path), problem: brief(&problem.to_string()) }
}

/// Describes text that is not JSON: what it is instead, if known.
pub(crate) fn not_json(bytes: &[u8], problem: String) -> String {
    files::other_kind(bytes).map_or(problem, str::to_owned)
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
