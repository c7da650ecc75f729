//! `tokenizer.json`: the accepted settings. Any other setting is refused by name; the tokenizers library receives only
//! values that this module builds.
//!
//! | part | accepted |
//! |---|---|
//! | `model` | BPE without `dropout`, `continuing_subword_prefix` and `end_of_word_suffix` |
//! | `normalizer` | null, NFC, NFD, NFKC, NFKD, Lowercase, or a Sequence of them |
//! | `pre_tokenizer` | ByteLevel, alone or at the end of a Sequence after Digits, or after a Split by the pattern of GPT-2, Llama 3 or Qwen 2 |
//! | `post_processor` | null, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, or a Sequence of them |
//! | `decoder` | null or ByteLevel |
//! | `truncation`, `padding` | anything: they are for batches, and are ignored |
use serde::Deserialize;
use serde_json::Value;
use tokenizers::{
    AddedToken, NormalizerWrapper, PreTokenizerWrapper, SplitDelimiterBehavior,
    normalizers::{self, Lowercase, NFC, NFD, NFKC, NFKD},
    pre_tokenizers::{
        byte_level::ByteLevel,
        digits::Digits,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
};

use super::{
    added::{AddedTokenJson, Affixes},
    table::{MOST_ADDED, Merge, Tokens},
};
use crate::{
    files::MOST_TOKENS,
    json::{Small, UpTo},
    message::brief,
};

/// The settings of a `tokenizer.json` that change ids.
#[derive(Debug)]
pub(super) struct File {
    pub(super) vocab: Tokens,
    pub(super) merges: Vec<Merge>,
    pub(super) ignore_merges: bool,
    /// With their ids in the file.
    pub(super) added: Vec<(u32, AddedToken)>,
    pub(super) normalizer: Option<NormalizerWrapper>,
    pub(super) pre_tokenizer: PreTokenizerWrapper,
    pub(super) affixes: Affixes,
    /// Whether there is a `tokenizer.json`: then `add_bos_token` and `add_eos_token` are ignored.
    pub(super) is_json: bool,
}

#[derive(Deserialize)]
struct Json {
    model: Model,
    #[serde(default)]
    added_tokens: UpTo<MOST_ADDED, AddedTokenJson>,
    #[serde(default)]
    normalizer: Small,
    #[serde(default)]
    pre_tokenizer: Small,
    #[serde(default)]
    post_processor: Small,
    #[serde(default)]
    decoder: Small,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    dropout: Small,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    ignore_merges: Option<bool>,
    vocab: Tokens,
    #[serde(default)]
    merges: UpTo<MOST_TOKENS, Merge>,
}

impl File {
    /// `vocab.json` and `merges.txt` alone.
    pub(super) fn of_tables(vocab: Tokens, merges: Vec<Merge>) -> Self {
        Self {
            vocab,
            merges,
            ignore_merges: false,
            added: Vec::new(),
            normalizer: None,
            pre_tokenizer: ByteLevel::new(false, true, true).into(),
            affixes: Affixes::default(),
            is_json: false,
        }
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// A description of the fault.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        let model = json.model;
        if let Some(kind) = model.kind.filter(|kind| kind != "BPE") {
            return Err(format!("its model is {}, expected BPE", brief(&kind)));
        }
        if !(model.dropout.0.is_null() || model.dropout.0.as_f64() == Some(0.0)) {
            return Err(refused("model.dropout", &model.dropout.0, "null: with it the ids are random"));
        }
        for (name, value) in [
            ("model.continuing_subword_prefix", model.continuing_subword_prefix),
            ("model.end_of_word_suffix", model.end_of_word_suffix),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                return Err(refused(name, &value.into(), "null or \"\", as a byte-level BPE has it"));
            }
        }
        if !is_byte_level(&json.decoder.0) {
            return Err(refused("decoder", &json.decoder.0, "ByteLevel"));
        }
        Ok(Self {
            vocab: model.vocab,
            merges: model.merges.0,
            ignore_merges: model.ignore_merges.unwrap_or(false),
            added: json.added_tokens.0.into_iter().map(AddedTokenJson::with_id).collect(),
            normalizer: normalizer(&json.normalizer.0)?,
            pre_tokenizer: pre_tokenizer(&json.pre_tokenizer.0)?,
            affixes: Affixes::of_post_processor(&json.post_processor.0)?,
            is_json: true,
        })
    }
}

/// "normalizer is {"type": "Precompiled", …}, expected …".
pub(super) fn refused(part: &str, value: &Value, expected: &str) -> String {
    let value = match value["type"].as_str() {
        Some(kind) if value.as_object().is_some_and(|fields| fields.len() > 1) => format!("a {kind}"),
        Some(kind) => kind.to_owned(),
        None => value.to_string(),
    };
    format!("{part} is {}, expected {expected}", brief(&value))
}

/// The steps of a Sequence, or the one step.
pub(super) fn steps<'a>(value: &'a Value, list: &str) -> Option<&'a [Value]> {
    match value["type"].as_str() {
        // Limits the time for a malicious file.
        Some("Sequence") => value[list].as_array().map(Vec::as_slice).filter(|steps| steps.len() <= 16),
        _ => Some(std::slice::from_ref(value)),
    }
}

/// A decoder is not run: tokens are bytes.
fn is_byte_level(decoder: &Value) -> bool {
    let level = |step: &Value| step["type"] == "ByteLevel";
    decoder.is_null() || steps(decoder, "decoders").is_some_and(|steps| steps.iter().all(level))
}

fn normalizer(value: &Value) -> Result<Option<NormalizerWrapper>, String> {
    const EXPECTED: &str = "null, NFC, NFD, NFKC, NFKD, Lowercase or a Sequence of at most 16 of them";
    let one = |value: &Value| match value["type"].as_str() {
        Some("NFC") => Ok(NFC.into()),
        Some("NFD") => Ok(NFD.into()),
        Some("NFKC") => Ok(NFKC.into()),
        Some("NFKD") => Ok(NFKD.into()),
        Some("Lowercase") => Ok(Lowercase.into()),
        _ => Err(refused("normalizer", value, EXPECTED)),
    };
    if value.is_null() {
        return Ok(None);
    }
    let steps = steps(value, "normalizers").ok_or_else(|| refused("normalizer", value, EXPECTED))?;
    let steps = steps.iter().map(one).collect::<Result<_, _>>()?;
    Ok(Some(normalizers::Sequence::new(steps).into()))
}

fn pre_tokenizer(value: &Value) -> Result<PreTokenizerWrapper, String> {
    let no = |value: &Value| {
        refused(
            "pre_tokenizer",
            value,
            "ByteLevel, alone or last in a Sequence of at most 16 after Digits or Split by the pattern of GPT-2, Llama 3 \
             or Qwen 2",
        )
    };
    let flag = |step: &Value, name: &str, default: bool| match &step[name] {
        Value::Null => Ok(default),
        flag => flag.as_bool().ok_or_else(|| refused(&format!("pre_tokenizer.{name}"), flag, "true or false")),
    };
    let steps = steps(value, "pretokenizers").ok_or_else(|| no(value))?;
    let Some((last, before)) = steps.split_last().filter(|(last, _)| last["type"] == "ByteLevel") else {
        return Err(no(value));
    };
    let one = |step: &Value| match step["type"].as_str() {
        Some("Digits") => Ok(Digits::new(flag(step, "individual_digits", false)?).into()),
        Some("Split") => split(step).map(Into::into).ok_or_else(|| no(step)),
        _ => Err(no(step)),
    };
    let mut steps = before.iter().map(one).collect::<Result<Vec<PreTokenizerWrapper>, _>>()?;
    // In the library `add_prefix_space` has no default, and `trim_offsets` changes no ids.
    let prefix_space = flag(last, "add_prefix_space", false)?;
    steps.push(ByteLevel::new(prefix_space, true, flag(last, "use_regex", true)?).into());
    Ok(Sequence::new(steps).into())
}

/// How models of the GPT-2 family split a text into words: GPT-2, Llama 3 (and GPT-4), Qwen 2. Other patterns could
/// take a time that is exponential in the length of a text.
const PATTERNS: [&str; 3] = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

fn split(step: &Value) -> Option<Split> {
    let pattern = step["pattern"]["Regex"].as_str()?;
    let pattern = PATTERNS.into_iter().find(|known| *known == pattern)?;
    // Two equivalent settings: the pieces are the matches.
    let behavior = match (step["behavior"].as_str()?, step["invert"].as_bool()?) {
        ("Isolated", false) => SplitDelimiterBehavior::Isolated,
        ("Removed", true) => SplitDelimiterBehavior::Removed,
        _ => return None,
    };
    let inverted = behavior == SplitDelimiterBehavior::Removed;
    Split::new(SplitPattern::Regex(pattern.to_owned()), behavior, inverted).ok()
}
