use std::{borrow::Cow, fmt};

use gpt2_runner::Gpt2Tokenizer;
use serde::{Serialize, Serializer};
use softmax_core::Temperature;

use crate::{Error, printable};

/// The texts of token ids.
pub trait TokenNames {
    /// A token's bytes, which may be a part of a character; `None` for an unknown id.
    fn token(&self, id: u32) -> Option<Vec<u8>>;

    /// V: ids are below it.
    fn vocab_size(&self) -> usize;
}

impl TokenNames for Gpt2Tokenizer {
    fn token(&self, id: u32) -> Option<Vec<u8>> {
        self.decode_token(id).ok()
    }

    fn vocab_size(&self) -> usize {
        self.vocab_size()
    }
}

/// A text as the model reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// The text.
    pub text: String,
    /// `[T]`: its token ids.
    pub ids: Vec<u32>,
    /// Each token's text.
    pub words: Vec<Word>,
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
    pub fn from_ids(text: &str, ids: Vec<u32>, names: &dyn TokenNames) -> Self {
        let words = ids.iter().map(|&id| Word::of(id, names)).collect();
        Self { text: text.to_owned(), ids, words }
    }

    /// The prompt with the logits `[V]` of its last position.
    pub fn recorded(&self, logits: Vec<f32>) -> gpt2_runner::RecordedPrompt {
        let last = gpt2_runner::RecordedPrompt::last(&self.text, logits);
        gpt2_runner::RecordedPrompt { token_ids: Some(self.ids.clone()), ..last }
    }
}

/// A token's text, or bytes that are not whole characters.
///
/// Displayed in quotes, with unprintable characters escaped and incomplete characters marked. In JSON, invalid bytes
/// become U+FFFD, as Python's tokenizers decode them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word(Vec<u8>);

impl Word {
    /// The word of a token id.
    pub fn of(id: u32, names: &dyn TokenNames) -> Self {
        // The model returns an error for an id that the tokenizer does not have; until then it must be displayable.
        Self(names.token(id).unwrap_or_else(|| format!("<no token {id}>").into_bytes()))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its text, with U+FFFD for bytes that are only a part of a character.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match str::from_utf8(&self.0) {
            Ok(text) => write!(f, "\"{}\"", printable(text)),
            Err(_) => write!(f, "part of a character (bytes {})", hex(&self.0)),
        }
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// Bytes that are no text, as they are shown.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The token id of an index into the logits: a vocabulary is far smaller than u32.
pub(crate) fn id_at(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A token and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenProbability {
    /// The token id.
    pub id: u32,
    /// Its text.
    pub word: Word,
    /// Its probability.
    pub probability: f32,
}

impl TokenProbability {
    pub(crate) fn new(index: usize, probability: f32, names: &dyn TokenNames) -> Self {
        let id = id_at(index);
        Self { id, word: Word::of(id, names), probability }
    }
}

/// How many logits are −∞.
pub(crate) fn left_out(logits: &[f32]) -> usize {
    logits.iter().filter(|&&z| z == f32::NEG_INFINITY).count()
}

/// The `k` most probable tokens of softmax at a temperature, largest first.
///
/// # Errors
/// If there are no logits, or fewer than `k`.
pub fn top_tokens(
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    names: &dyn TokenNames,
) -> Result<Vec<TokenProbability>, Error> {
    let probabilities = temperature.softmax(logits)?;
    let top = softmax_core::top_k(&probabilities, k)?;
    Ok(top.into_iter().map(|r| TokenProbability::new(r.index, r.value, names)).collect())
}

/// The natural logarithm of a token's probability at a temperature, in f64, and its rank from 1: one more than there
/// are greater logits.
///
/// `f64s` is a buffer that calls reuse.
///
/// # Errors
/// If the token is not one of the `logits.len()`.
pub(crate) fn log_p_and_rank(
    logits: &[f32],
    id: u32,
    temperature: Temperature,
    f64s: &mut Vec<f64>,
) -> Result<(f64, usize), Error> {
    let Some(&logit) = logits.get(id as usize) else {
        return Err(Error::NoSuchToken { id, vocab_size: logits.len() });
    };
    f64s.clear();
    f64s.extend(logits.iter().map(|&z| f64::from(z)));
    let log_p = f64::from(logit) / temperature.value() - temperature.logsumexp(f64s)?;
    Ok((log_p, 1 + logits.iter().filter(|&&z| z > logit).count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_on_one_line_and_say_what_they_are() {
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        // 198 is the newline, 50256 the end of a text, 447 the first two bytes of a typographic quote, 201 a carriage
        // return.
        for (id, shown) in [
            (198, "\"\\n\""),
            (201, "\"\\r\""),
            (50256, "\"<|endoftext|>\""),
            (447, "part of a character (bytes e2 80)"),
            (373, "\" was\""),
            (60000, "\"<no token 60000>\""),
        ] {
            assert_eq!(Word::of(id, &tokenizer).to_string(), shown);
        }
        let json = |id| serde_json::to_value(Word::of(id, &tokenizer)).unwrap();
        assert_eq!((json(198), json(447)), ("\n".into(), "\u{fffd}".into()));
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
        let recorded = gpt2_runner::RecordedLogits::from_file(path).unwrap().models.remove(0);
        let tokenizer = Gpt2Tokenizer::published().unwrap();
        let top = top_tokens(&recorded.prompts[0].logits, 3, Temperature::ONE, &tokenizer).unwrap();
        let words: Vec<Cow<'_, str>> = top.iter().map(|t| t.word.text()).collect();
        assert_eq!(words, [" visualize", " create", " see"]);
        // Published with seven digits; float32 softmax is good to 4e-7 of each.
        assert!((top[0].probability - 0.157_842_5).abs() < 1e-6);
    }

    #[test]
    fn log_p_is_that_of_softmax_and_equal_logits_share_a_rank() {
        let z = [1.0, 3.0, 2.0, 3.0];
        let (log_p, rank) = log_p_and_rank(&z, 2, Temperature::ONE, &mut Vec::new()).unwrap();
        let exact = 2.0_f64 - (1.0_f64.exp() + 2.0 * 3.0_f64.exp() + 2.0_f64.exp()).ln();
        assert!((log_p - exact).abs() < 1e-15 && rank == 3, "{log_p} {rank}");
        assert_eq!(log_p_and_rank(&z, 1, Temperature::ONE, &mut Vec::new()).unwrap().1, 1);
        assert_eq!(log_p_and_rank(&z, 3, Temperature::ONE, &mut Vec::new()).unwrap().1, 1);
        let message = log_p_and_rank(&z, 4, Temperature::ONE, &mut Vec::new()).unwrap_err().to_string();
        assert_eq!(message, "no token 4: the model has the tokens 0 to 3");
    }
}
