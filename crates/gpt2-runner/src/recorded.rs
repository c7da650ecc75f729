//! Logits on disk: a model's answer without the model.
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use safetensors::tensor::Dtype;
use serde_json::json;

use crate::{
    Error,
    checkpoint::{Header, Limits},
    files::MappedFile,
};

/// Final-token logits of one model for some prompts, kept as a safetensors file.
///
/// Tensors: `prompt_0`, `prompt_1`, …: F32 `[V]`. Metadata: the prompts' texts under the tensors' names, their token
/// ids as a JSON list under `prompt_N.token_ids`, and `model`, `revision` and `sha256` where they are known.
///
/// ```
/// use gpt2_runner::{RecordedLogits, RecordedPrompt};
///
/// let prompt = RecordedPrompt { text: "Hi".into(), token_ids: Some(vec![17250]), logits: vec![0.5, -1.0] };
/// let recorded = RecordedLogits { model: Some("tiny".into()), prompts: vec![prompt], ..Default::default() };
/// let bytes = recorded.to_bytes()?;
/// assert_eq!(RecordedLogits::from_bytes(&bytes)?, recorded);
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordedLogits {
    /// The model's name.
    pub model: Option<String>,
    /// Its revision.
    pub revision: Option<String>,
    /// The sha256 of its weights' file, in hexadecimal.
    pub sha256: Option<String>,
    /// The prompts, in the order of their numbers.
    pub prompts: Vec<RecordedPrompt>,
}

/// One prompt and the logits at its last position.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedPrompt {
    /// The prompt.
    pub text: String,
    /// Its token ids, if they were recorded.
    pub token_ids: Option<Vec<u32>>,
    /// `[V]`: the next token's logits.
    pub logits: Vec<f32>,
}

impl RecordedLogits {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Safetensors`] or [`Error::Recorded`], each with the path.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = MappedFile::open(path)?;
        Self::parse(file.bytes(), path)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Safetensors`] or [`Error::Recorded`].
    pub fn from_bytes(file: &[u8]) -> Result<Self, Error> {
        Self::parse(file, Path::new("recorded logits"))
    }

    /// Writes a file, which is there under its name only when it is whole.
    ///
    /// # Errors
    /// [`Error::Io`] with the path; [`Error::Recorded`] for what [`to_bytes`](Self::to_bytes) refuses.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let bytes = self.to_bytes()?;
        fs::write(&unfinished, bytes).map_err(|source| Error::Io { path: unfinished.clone(), source })?;
        fs::rename(&unfinished, path).map_err(|source| Error::Io { path: path.to_owned(), source })
    }

    /// The bytes of a file; the same logits give the same bytes.
    ///
    /// # Errors
    /// [`Error::Recorded`] for a prompt without logits.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let refuse = |problem: String| Error::Recorded { path: "recorded logits".into(), problem };
        let mut metadata: BTreeMap<String, String> =
            [("model", &self.model), ("revision", &self.revision), ("sha256", &self.sha256)]
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
                .collect();
        // Sorted, so that the same logits give the same bytes: the safetensors crate keeps metadata in a hash map.
        let mut header = BTreeMap::new();
        let mut data = Vec::new();
        for (n, prompt) in self.prompts.iter().enumerate() {
            if prompt.logits.is_empty() {
                return Err(refuse(format!("prompt {n}, {:?}, has no logits", prompt.text)));
            }
            metadata.insert(name(n), prompt.text.clone());
            if let Some(ids) = &prompt.token_ids {
                metadata.insert(ids_key(n), json!(ids).to_string());
            }
            let start = data.len();
            data.extend(prompt.logits.iter().flat_map(|x| x.to_le_bytes()));
            let shape = [prompt.logits.len()];
            header.insert(name(n), json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}));
        }
        header.insert("__metadata__".into(), json!(metadata));
        let mut header = json!(header).to_string();
        // The format pads with spaces, so that the data start at a multiple of 8.
        header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
        Ok([&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat())
    }

    /// The recorded prompt with this text.
    pub fn find(&self, text: &str) -> Option<&RecordedPrompt> {
        self.prompts.iter().find(|prompt| prompt.text == text)
    }

    fn parse(file: &[u8], path: &Path) -> Result<Self, Error> {
        let refuse = |problem: String| Error::Recorded { path: path.to_owned(), problem };
        let header = Header::parse(file, Limits::RECORDED)
            .map_err(|problem| Error::Safetensors { path: path.to_owned(), problem })?;
        let tensors: HashMap<_, _> = header.tensors.into_iter().collect();
        let mut metadata = header.metadata;
        let mut prompts = Vec::with_capacity(tensors.len());
        for n in 0..tensors.len() {
            let name = name(n);
            let Some(info) = tensors.get(&name) else {
                return Err(refuse(format!(
                    "{name} is missing: its {} tensors should be prompt_0, prompt_1, …",
                    tensors.len()
                )));
            };
            if info.dtype != Dtype::F32 || info.shape.len() != 1 || info.shape[0] == 0 {
                return Err(refuse(format!(
                    "{name} is {} {:?}, expected F32 of one dimension",
                    info.dtype, info.shape
                )));
            }
            let Some(text) = metadata.remove(&name) else {
                return Err(refuse(format!("{name} has no prompt in the metadata")));
            };
            let token_ids = match metadata.remove(&ids_key(n)) {
                Some(ids) => Some(serde_json::from_str(&ids).map_err(|e| refuse(format!("{}: {e}", ids_key(n))))?),
                None => None,
            };
            // The data may lie at any offset: no f32 is read in place.
            let logits = file[info.bytes.clone()].as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
            prompts.push(RecordedPrompt { text, token_ids, logits });
        }
        Ok(Self {
            model: metadata.remove("model"),
            revision: metadata.remove("revision"),
            sha256: metadata.remove("sha256"),
            prompts,
        })
    }
}

fn name(n: usize) -> String {
    format!("prompt_{n}")
}

fn ids_key(n: usize) -> String {
    format!("prompt_{n}.token_ids")
}
