//! Tokens beside those of the BPE: found in a text before it is split, or added around every text.
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::{AddedToken, Normalizer, NormalizerWrapper, tokenizer::NormalizedString};

use super::file::{refused, steps};
use crate::message::brief;

/// One of `added_tokens` in a `tokenizer.json`.
#[derive(Deserialize)]
pub(super) struct AddedTokenJson {
    id: u32,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: Option<bool>,
    #[serde(default)]
    special: bool,
}

impl AddedTokenJson {
    pub(super) fn with_id(self) -> (u32, AddedToken) {
        let token = AddedToken::from(self.content, self.special)
            .single_word(self.single_word)
            .lstrip(self.lstrip)
            .rstrip(self.rstrip);
        let normalized = self.normalized.unwrap_or(token.normalized);
        (self.id, token.normalized(normalized))
    }
}

/// The ids that are put before and after every text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Affixes {
    pub(super) before: Vec<u32>,
    pub(super) after: Vec<u32>,
}

impl Affixes {
    /// The ids that a `post_processor` adds.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn of_post_processor(value: &Value) -> Result<Self, String> {
        let no = |value: &Value| {
            refused(
                "post_processor",
                value,
                "null, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing or a Sequence of at most 16 of \
                 them",
            )
        };
        let mut affixes = Self::default();
        if value.is_null() {
            return Ok(affixes);
        }
        for step in steps(value, "processors").ok_or_else(|| no(value))? {
            let (before, after) = match step["type"].as_str() {
                Some("ByteLevel") => continue,
                Some("TemplateProcessing") => template(step).ok_or_else(|| {
                    "post_processor.single is not a list of special tokens with the text, A, once among them".to_owned()
                })?,
                Some(kind @ ("RobertaProcessing" | "BertProcessing")) => {
                    let id = |name: &str| step[name][1].as_u64().and_then(|id| u32::try_from(id).ok());
                    let none = || format!("post_processor is a {kind} without the ids of cls and sep");
                    (vec![id("cls").ok_or_else(none)?], vec![id("sep").ok_or_else(none)?])
                }
                _ => return Err(no(step)),
            };
            affixes.before.splice(0..0, before);
            affixes.after.extend(after);
        }
        Ok(affixes)
    }
}

/// The ids before and after the text.
fn template(step: &Value) -> Option<(Vec<u32>, Vec<u32>)> {
    let (mut before, mut after, mut text) = (Vec::new(), Vec::new(), false);
    for piece in step["single"].as_array()? {
        if piece["Sequence"]["id"] == "A" && !text {
            text = true;
            continue;
        }
        let name = piece["SpecialToken"]["id"].as_str()?;
        let ids = step["special_tokens"][name]["ids"].as_array()?;
        let ids = ids.iter().map(|id| u32::try_from(id.as_u64()?).ok()).collect::<Option<Vec<_>>>()?;
        if text { after.extend(ids) } else { before.extend(ids) }
    }
    text.then_some((before, after))
}

/// The maximum total length of added tokens in bytes. The library's table for them is many times larger.
const LONGEST: usize = 1 << 20;

/// Checks what the tokenizers library panics on: two tokens of one text, no text, and, if any token takes the white
/// space after it (`rstrip`), another that begins with white space.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(tokens: &[AddedToken], normalizer: Option<&NormalizerWrapper>) -> Result<(), String> {
    let length: usize = tokens.iter().map(|token| token.content.len()).sum();
    if length > LONGEST {
        return Err(format!("its added tokens have {length} bytes; {LONGEST} are the most that are read"));
    }
    let strips = tokens.iter().any(|token| token.rstrip);
    let mut texts = HashSet::new();
    for token in tokens {
        let mut text = NormalizedString::from(token.content.as_str());
        if let (true, Some(normalizer)) = (token.normalized, normalizer) {
            normalizer.normalize(&mut text).map_err(|e| e.to_string())?;
        }
        let shown = brief(&token.content);
        if text.get().is_empty() {
            return Err(format!("the added token {shown:?} has no text"));
        }
        if strips && text.get().starts_with(char::is_whitespace) {
            return Err(format!("the added token {shown:?} begins with white space, which another with rstrip takes"));
        }
        if !texts.insert((token.normalized, text.get().to_owned())) {
            return Err(format!("two added tokens are {shown:?}"));
        }
    }
    Ok(())
}
