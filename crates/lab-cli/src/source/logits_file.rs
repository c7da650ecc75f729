//! The file that `lab logits` writes: a safetensors file with the key `logits`.

use std::{collections::BTreeMap, path::Path};

use gpt2_runner::RecordedPrompt;
use safetensors::{Dtype, SafeTensors};

use super::ModelFacts;
use crate::{Error, Prompt};

/// The key.
const LOGITS: &str = "logits";

/// What `lab logits` has written: the last row of `logits`, and what its metadata says.
#[derive(Debug)]
pub(super) struct LogitsFile {
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) revision: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) parameters: Option<u64>,
    pub(super) prompt: RecordedPrompt,
}

/// The bytes of a file with a model's logits for a prompt: `[V]` for the last position or `[T, V]` for all. Metadata:
/// `model`, `title`, `revision`, `sha256` of its weights, `parameters`, `prompt`, and `token_ids` as a JSON list. The
/// same logits give the same bytes.
///
/// # Errors
/// [`Error::LogitsFile`] if `shape` is not that of `logits`.
pub fn logits_file(model: &ModelFacts, prompt: &Prompt, shape: &[usize], logits: &[f32]) -> Result<Vec<u8>, Error> {
    if shape.iter().product::<usize>() != logits.len() {
        let problem = format!("{} logits have no shape {shape:?}", logits.len());
        return Err(Error::LogitsFile { path: "logits".into(), problem });
    }
    let mut metadata = BTreeMap::from([
        ("model".to_owned(), model.name.clone()),
        ("title".to_owned(), model.title.clone()),
        ("prompt".to_owned(), prompt.text.clone()),
        ("token_ids".to_owned(), serde_json::to_string(&prompt.ids)?),
    ]);
    let weights: Vec<&str> =
        model.files.iter().filter(|f| f.path.ends_with(".safetensors")).map(|f| f.sha256.as_str()).collect();
    let known = [
        ("revision", model.revision.clone()),
        ("sha256", (weights.len() == 1).then(|| weights.concat())),
        ("parameters", model.parameters.map(|n| n.to_string())),
    ];
    metadata.extend(known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    // Written here and not by the safetensors crate, which gives metadata in another order each time.
    let header = serde_json::json!({
        "__metadata__": metadata,
        LOGITS: { "dtype": "F32", "shape": shape, "data_offsets": [0, 4 * logits.len()] },
    });
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(logits.iter().flat_map(|z| z.to_le_bytes()));
    Ok(file)
}

/// Reads such a file; `None` if it has no key `logits`.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Option<LogitsFile>, Error> {
    let refuse = |problem: String| Error::LogitsFile { path: path.to_owned(), problem };
    let Ok((_, header)) = SafeTensors::read_metadata(bytes) else { return Ok(None) };
    let file = SafeTensors::deserialize(bytes).map_err(|e| refuse(e.to_string()))?;
    let Ok(tensor) = file.tensor(LOGITS) else { return Ok(None) };
    let width = match (tensor.dtype(), tensor.shape()) {
        (Dtype::F32, [v] | [_, v]) if *v > 0 && !tensor.data().is_empty() => *v,
        (dtype, shape) => return Err(refuse(format!("logits is {dtype:?} {shape:?}, expected F32 [V] or [T, V]"))),
    };
    let last = &tensor.data()[tensor.data().len() - 4 * width..];
    let logits = last.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    let metadata = header.metadata().clone().unwrap_or_default();
    let text = |key: &str| metadata.get(key).cloned();
    let token_ids = text("token_ids").map(|ids| serde_json::from_str(&ids)).transpose();
    Ok(Some(LogitsFile {
        name: text("model"),
        title: text("title"),
        revision: text("revision"),
        sha256: text("sha256"),
        parameters: text("parameters").and_then(|n| n.parse().ok()),
        prompt: RecordedPrompt {
            text: text("prompt").ok_or_else(|| refuse("its metadata has no prompt".to_owned()))?,
            token_ids: token_ids.map_err(|e| refuse(format!("token_ids: {e}")))?,
            logits,
        },
    }))
}
