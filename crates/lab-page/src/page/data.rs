//! The numbers that the page's panels move: logits and the vocabulary as one block.
//!
//! The block is the length of a JSON header (u32), the header with spaces after it up to a multiple of four, the logits
//! of each of its sets (f32), the length of each token (u16), and the tokens' bytes; all little-endian. Of a set's
//! logits, all lowest bytes come first and all highest last: in this order they deflate to 134 KB instead of 163 KB.
//! The block is deflated and, in a page, written in base64.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::DeflateEncoder};
use lab::{Error, Prompt, logits::Logits, report::Report};
use serde::Serialize;

/// The data that the page's script needs for parts 3 to 5.
#[derive(Debug)]
pub struct PageData {
    packed: Option<String>,
}

#[derive(Serialize)]
struct Header<'a> {
    vocab_size: usize,
    sets: Vec<Set<'a>>,
    /// The sets of part 5, by their place among all.
    part5: Vec<usize>,
}

/// One model's logits `[V]` at the end of one prompt.
#[derive(Serialize, PartialEq)]
struct Set<'a> {
    model: &'a str,
    prompt: &'a Prompt,
    #[serde(skip)]
    logits: &'a [f32],
}

impl PageData {
    /// A report's logits, those of all other prompts in its files of logits, and the bytes of each token; nothing, if
    /// it has none.
    ///
    /// # Errors
    /// Those of [`Logits::recorded`].
    pub fn new(report: &Report, logits: Option<&Logits>) -> Result<Self, Error> {
        let mut sets = Vec::new();
        if let Some(part) = &report.part3 {
            sets.push(Set { model: &part.model_title, prompt: &part.prompt, logits: &part.logits });
        }
        if let (Some(part), Some(model)) = (&report.part4, report.models.first()) {
            let set = Set { model: &model.title, prompt: &part.prompt, logits: &part.logits };
            // Parts 3 and 4 have one prompt.
            if sets.is_empty() {
                sets.push(set);
            }
        }
        let mut part5 = Vec::new();
        if let Some(part) = &report.part5 {
            for model in &part.models {
                let set = Set { model: &model.title, prompt: &part.prompt, logits: &model.vectors.logits };
                let place = sets.iter().position(|other| *other == set).unwrap_or(sets.len());
                part5.push(place);
                if place == sets.len() {
                    sets.push(set);
                }
            }
        }
        let Some(source) = logits.filter(|_| !sets.is_empty()) else { return Ok(Self { packed: None }) };
        let recorded = source.recorded()?;
        // Of the report's own prompts the page has the same sets, whether the models ran or were recorded.
        let own: Vec<&Prompt> = sets.iter().map(|set| set.prompt).collect();
        for (model, prompt, logits) in &recorded {
            let set = Set { model: &report.models[*model].title, prompt, logits };
            if !own.contains(&prompt) {
                sets.push(set);
            }
        }
        let names = source.names();
        let vocab_size = names.vocab_size();
        let tokens: Vec<Vec<u8>> = (0..vocab_size as u32).map(|id| names.token(id).unwrap_or_default()).collect();
        let plane = |logits: &[f32], byte: usize| logits.iter().map(|z| z.to_le_bytes()[byte]).collect::<Vec<_>>();
        let logits: Vec<u8> = sets.iter().flat_map(|set| (0..4).flat_map(|byte| plane(set.logits, byte))).collect();
        let mut header = serde_json::to_vec(&Header { vocab_size, sets, part5 })?;
        header.resize(header.len().next_multiple_of(4), b' ');
        let mut block = (header.len() as u32).to_le_bytes().to_vec();
        block.extend(header);
        block.extend(logits);
        block.extend(tokens.iter().flat_map(|token| (token.len() as u16).to_le_bytes()));
        block.extend(tokens.iter().flatten());

        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        // Writing into memory does not fail.
        let deflated = deflate.write_all(&block).and_then(|()| deflate.finish()).unwrap_or_default();
        Ok(Self { packed: Some(BASE64_STANDARD.encode(deflated)) })
    }

    /// As it stands in a page.
    pub(super) fn packed(&self) -> Option<&str> {
        self.packed.as_deref()
    }
}
