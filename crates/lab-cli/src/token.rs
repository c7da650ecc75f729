use gpt2_runner::Gpt2Tokenizer;
use serde::Serialize;
use softmax_core::Temperature;

use crate::Error;

/// A text as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// The text.
    pub text: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// Each token as [`word`] shows it.
    pub words: Vec<String>,
}

impl Prompt {
    /// Splits a text into tokens.
    ///
    /// # Errors
    /// [`Error::EmptyPrompt`].
    pub fn new(text: &str, tokenizer: &Gpt2Tokenizer) -> Result<Self, Error> {
        let ids = tokenizer.encode(text)?;
        if ids.is_empty() {
            return Err(Error::EmptyPrompt);
        }
        Ok(Self::from_ids(text, ids, tokenizer))
    }

    /// A text whose token ids are known.
    pub fn from_ids(text: &str, ids: Vec<u32>, tokenizer: &Gpt2Tokenizer) -> Self {
        let words = ids.iter().map(|&id| word(id, tokenizer)).collect();
        Self { text: text.to_owned(), ids, words }
    }
}

/// A token and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenProbability {
    /// The token id.
    pub id: u32,
    /// The token as [`word`] shows it.
    pub word: String,
    /// Its probability.
    pub probability: f32,
}

impl TokenProbability {
    pub(crate) fn new(index: usize, probability: f32, tokenizer: &Gpt2Tokenizer) -> Self {
        // A vocabulary is far smaller than u32.
        let id = u32::try_from(index).unwrap_or(u32::MAX);
        Self { id, word: word(id, tokenizer), probability }
    }
}

/// The `k` most probable tokens of softmax at a temperature, largest first.
///
/// # Errors
/// If there are no logits, or fewer than `k`.
pub fn top_tokens(
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    tokenizer: &Gpt2Tokenizer,
) -> Result<Vec<TokenProbability>, Error> {
    let probabilities = temperature.softmax(logits)?;
    let top = softmax_core::top_k(&probabilities, k)?;
    Ok(top.into_iter().map(|r| TokenProbability::new(r.index, r.value, tokenizer)).collect())
}

/// A token as one piece of a line: its text, with control characters escaped (`\n`) and bytes that are only a part of
/// a character in hexadecimal (`\xf0`).
pub fn word(id: u32, tokenizer: &Gpt2Tokenizer) -> String {
    let Ok(bytes) = tokenizer.decode_token(id) else { return format!("<no token {id}>") };
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() { out.extend(c.escape_debug()) } else { out.push(c) }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_on_one_line() {
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        // 198 is the newline, 50256 the end of a text, 447 the first two bytes of a typographic quote.
        assert_eq!(word(198, &tokenizer), "\\n");
        assert_eq!(word(50256, &tokenizer), "<|endoftext|>");
        assert_eq!(word(447, &tokenizer), "\\xe2\\x80");
        assert_eq!(word(373, &tokenizer), " was");
        assert_eq!(word(60000, &tokenizer), "<no token 60000>");
    }

    #[test]
    fn an_empty_prompt_is_refused() {
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        assert!(matches!(Prompt::new("", &tokenizer), Err(Error::EmptyPrompt)));
    }

    #[test]
    fn top_tokens_are_those_that_were_published_with_the_logits() {
        // data/recorded/gpt2-small.json, prompt 0.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/recorded/gpt2-small.safetensors");
        let recorded = gpt2_runner::RecordedLogits::read(path).unwrap();
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        let top = top_tokens(&recorded.prompts[0].logits, 3, Temperature::ONE, &tokenizer).unwrap();
        let words: Vec<&str> = top.iter().map(|t| t.word.as_str()).collect();
        assert_eq!(words, [" visualize", " create", " see"]);
        // Published with seven digits; float32 softmax is good to 4e-7 of each.
        assert!((top[0].probability - 0.157_842_5).abs() < 1e-6);
    }
}
