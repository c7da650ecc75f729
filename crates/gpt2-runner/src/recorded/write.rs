use std::{collections::BTreeMap, iter::repeat_n};

use serde_json::json;

use super::{Names, RecordedLogits, RecordedModel, RecordedPrompt, npy, prefix};
use crate::Error;

impl RecordedLogits {
    /// The bytes of a file; the same logits give the same bytes.
    ///
    /// # Errors
    /// [`Error::Recorded`] for no model, a model without prompts, a prompt without logits or without a text where
    /// there are several, and notes whose names belong to the format.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        // The header is not written by the safetensors crate, whose metadata is a hash map, without a stable order.
        let refuse = |problem: String| Err(Error::Recorded { path: "recorded logits".into(), problem });
        if self.models.is_empty() {
            return refuse("there is no model".into());
        }
        let only = matches!(&self.models[..], [model] if model.prompts.len() == 1);
        let mut metadata = BTreeMap::new();
        let mut header = BTreeMap::new();
        let mut data = Vec::new();
        for (m, model) in self.models.iter().enumerate() {
            if model.prompts.is_empty() {
                return refuse(format!("model {m} has no prompts"));
            }
            if let Some(name) = model.notes.keys().find(|name| is_reserved(name)) {
                return refuse(format!("a note cannot be named {name:?}, which the format uses itself"));
            }
            metadata.extend(about(model).map(|(key, value)| (prefix(m) + key, value.to_owned())));
            for (n, prompt) in model.prompts.iter().enumerate() {
                let shape = match prompt.shape() {
                    Ok(shape) => shape,
                    Err(problem) => return refuse(format!("prompt {n}, {problem}")),
                };
                let names = if only { Names::only() } else { Names::numbered(m, n) };
                match &prompt.text {
                    Some(text) => {
                        metadata.insert(names.text, text.clone());
                    }
                    None if only => {}
                    None => return refuse(format!("prompt {n} has no text, which one among several needs")),
                }
                if let Some(ids) = &prompt.token_ids {
                    metadata.insert(names.token_ids, json!(ids).to_string());
                }
                let start = data.len();
                data.extend(prompt.logits.iter().flat_map(|z| z.to_le_bytes()));
                header
                    .insert(names.tensor, json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}));
            }
        }
        header.insert("__metadata__".into(), json!(metadata));
        let mut header = json!(header).to_string();
        // The format pads with spaces, so that the data start at a multiple of 8.
        header.extend(repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
        Ok([&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat())
    }
}

impl RecordedPrompt {
    /// The bytes of a NumPy `.npy` file: the logits in float32, `[V]` or `[T, V]`, without the text and the token ids.
    ///
    /// # Errors
    /// [`Error::Recorded`] for no logits, or a number of them that is not T·V.
    pub fn to_npy(&self) -> Result<Vec<u8>, Error> {
        let shape = self.shape();
        let shape = shape.map_err(|problem| Error::Recorded { path: "recorded logits".into(), problem })?;
        Ok(npy::bytes(&shape, &self.logits))
    }

    /// `[V]` or `[T, V]`.
    fn shape(&self) -> Result<Vec<usize>, String> {
        let v = self.vocab_size();
        let shape = self.n_positions.map_or(vec![v], |t| vec![t, v]);
        let (text, len) = (self.text.as_deref().unwrap_or_default(), self.logits.len());
        match len {
            0 => Err(format!("{text:?}, has no logits")),
            _ if v == 0 || shape.iter().product::<usize>() != len => {
                Err(format!("{text:?}: {len} logits have no shape {shape:?}"))
            }
            _ => Ok(shape),
        }
    }
}

fn about(model: &RecordedModel) -> impl Iterator<Item = (&str, &str)> {
    let known = [("model", &model.name), ("revision", &model.revision), ("sha256", &model.sha256)];
    let known = known.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?)));
    known.chain(model.notes.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

fn is_reserved(name: &str) -> bool {
    matches!(name, "model" | "revision" | "sha256" | "prompt" | "token_ids")
        || name.starts_with("model_")
        || name.starts_with("prompt_")
}
