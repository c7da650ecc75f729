use std::path::Path;

use gpt2_runner::{Gpt2Tokenizer, RecordedPrompt, Vocabulary};

use super::Recorded;
use crate::{Error, Prompt, RecordedError, TokenNames, Word, token::id_at};

/// The names of tokens.
#[derive(Debug)]
pub enum Names {
    /// GPT-2's.
    Gpt2(Box<Gpt2Tokenizer>),
    /// Names from another model's `tokenizer.json`, for this number of logits.
    Other(Vocabulary, usize),
    /// Unknown: tokens are shown by id, for this number of logits.
    Ids(usize),
}

impl Names {
    /// The names from a `tokenizer.json`. Without one, GPT-2's, if there are 50,257 logits and no prompt's ids
    /// contradict it.
    ///
    /// # Errors
    /// gpt2-runner's errors for a malformed `tokenizer.json`; [`RecordedError::TokenizerBeyondLogits`].
    pub fn of(recorded: &Recorded, tokenizer_json: Option<&Path>) -> Result<Self, Error> {
        let vocab_size = recorded.vocab_size;
        if let Some(path) = tokenizer_json {
            let vocabulary = Vocabulary::from_tokenizer_json(path)?;
            // More logits than tokens are usual: matrices are padded.
            let largest = vocabulary.largest_id();
            if largest as usize >= vocab_size {
                return Err(RecordedError::TokenizerBeyondLogits { path: path.to_owned(), largest, vocab_size }.into());
            }
            return Ok(Self::Other(vocabulary, vocab_size));
        }
        let gpt2 = gpt2_runner::Gpt2Config::SMALL.vocab_size;
        if vocab_size != gpt2 {
            return Ok(Self::Ids(vocab_size));
        }
        let tokenizer = Gpt2Tokenizer::published()?;
        let mut prompts = recorded.models.iter().flat_map(|model| &model.prompts);
        let gpt2s = prompts.all(|prompt| match (&prompt.text, &prompt.token_ids) {
            // Before the text may be a token for its beginning, or a space.
            (Some(text), Some(ids)) => tokenizer.decode(ids).is_ok_and(|decoded| decoded.ends_with(text)),
            _ => true,
        });
        Ok(if gpt2s { Self::Gpt2(Box::new(tokenizer)) } else { Self::Ids(vocab_size) })
    }

    /// A token's id, from its text or from its displayed id: `#17`.
    ///
    /// # Errors
    /// [`Error::NotOneToken`].
    pub fn id(&self, text: &str) -> Result<u32, Error> {
        if let Self::Gpt2(tokenizer) = self {
            return token_id(text, tokenizer);
        }
        let mut ids = 0..id_at(self.vocab_size());
        let found = ids.find(|&id| self.token(id).is_some_and(|token| token == text.as_bytes()));
        found.ok_or_else(|| Error::NotOneToken { text: text.to_owned(), tokens: Vec::new() })
    }

    /// The prompt of recorded logits, as far as known: the text, the ids, or both may be missing.
    ///
    /// # Errors
    /// [`RecordedError::Text`] if GPT-2 splits the text into more or fewer tokens than there are positions; gpt2-runner's,
    /// if it cannot split it.
    pub fn prompt(&self, recorded: &RecordedPrompt) -> Result<Prompt, Error> {
        match (&recorded.text, &recorded.token_ids, self) {
            (Some(text), Some(ids), _) => Ok(Prompt::from_ids(text, ids.clone(), self)),
            (Some(text), None, Self::Gpt2(tokenizer)) => {
                let prompt = Prompt::new(text, tokenizer)?;
                let tokens = prompt.ids.len();
                match recorded.n_tokens().filter(|&positions| positions != tokens) {
                    Some(positions) => Err(RecordedError::Text { text: text.clone(), tokens, positions }.into()),
                    None => Ok(prompt),
                }
            }
            (Some(text), None, _) => Ok(Prompt::from_ids(text, Vec::new(), self)),
            (None, Some(ids), _) => {
                let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.token(id).unwrap_or_default()).collect();
                Ok(Prompt::from_ids(&String::from_utf8_lossy(&bytes), ids.clone(), self))
            }
            (None, None, _) => Ok(Prompt::from_ids("", Vec::new(), self)),
        }
    }
}

/// The one token of GPT-2 that a text is.
///
/// # Errors
/// [`Error::NotOneToken`].
pub fn token_id(text: &str, tokenizer: &Gpt2Tokenizer) -> Result<u32, Error> {
    match tokenizer.token_id(text) {
        Some(id) => Ok(id),
        None => Err(Error::NotOneToken {
            text: text.to_owned(),
            tokens: tokenizer.encode(text)?.iter().map(|&id| Word::of(id, tokenizer).to_string()).collect(),
        }),
    }
}

impl TokenNames for Names {
    fn token(&self, id: u32) -> Option<Vec<u8>> {
        let by_id = |vocab_size: usize| ((id as usize) < vocab_size).then(|| format!("#{id}").into_bytes());
        match self {
            Self::Gpt2(tokenizer) => tokenizer.token(id),
            Self::Other(vocabulary, vocab_size) => {
                vocabulary.token(id).map(<[u8]>::to_vec).or_else(|| by_id(*vocab_size))
            }
            Self::Ids(vocab_size) => by_id(*vocab_size),
        }
    }

    fn vocab_size(&self) -> usize {
        match self {
            Self::Gpt2(tokenizer) => tokenizer.vocab_size(),
            Self::Other(_, vocab_size) | Self::Ids(vocab_size) => *vocab_size,
        }
    }
}
