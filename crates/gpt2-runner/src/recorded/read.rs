use std::{
    collections::{BTreeMap, HashMap},
    mem,
    path::Path,
};

use super::{Fault, Names, RecordedLogits, RecordedModel, RecordedPrompt, npy, prefix, values};
use crate::{
    Error,
    checkpoint::{Header, Limits, TensorInfo},
    files::{Bytes, OpenFile},
    json::UpTo,
    message::brief,
};

impl RecordedLogits {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotAFile`], [`Error::Safetensors`] or [`Error::Recorded`], each with the path;
    /// [`Error::Changed`] if the file is written to while it is read.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        parse_file(path.as_ref(), false)
    }

    /// Reads a file, and keeps only the last position of each prompt: `[T, V]` becomes `[V]`.
    ///
    /// # Errors
    /// Those of [`from_file`](Self::from_file).
    pub fn last_from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        parse_file(path.as_ref(), true)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`Error::Safetensors`] or [`Error::Recorded`].
    pub fn from_bytes(file: &[u8]) -> Result<Self, Error> {
        parse(file, Path::new("recorded logits"), false)
    }
}

fn parse_file(path: &Path, last_only: bool) -> Result<RecordedLogits, Error> {
    let file = OpenFile::open(path)?;
    let recorded = parse(&file, path, last_only)?;
    file.unchanged()?;
    Ok(recorded)
}

/// Reads the header, and of the values those that are kept.
fn parse<F: Bytes + ?Sized>(file: &F, path: &Path, last_only: bool) -> Result<RecordedLogits, Error> {
    let start = Header::bytes(file, Limits::RECORDED)?;
    let models = if npy::is_npy(&start) {
        npy::parse(file, last_only).map(|prompt| vec![RecordedModel { prompts: vec![prompt], ..Default::default() }])
    } else {
        let header = Header::parse(&start, file.length(), Limits::RECORDED);
        let header = header.map_err(|problem| Error::Safetensors { path: path.to_owned(), problem })?;
        let mut file = File {
            bytes: file,
            last_only,
            tensors: header.tensors.into_iter().collect(),
            metadata: header.metadata.into_iter().collect(),
            ids: 0,
        };
        if file.tensors.contains_key("prompt_0") { file.numbered() } else { file.only() }
    };
    match models {
        Ok(models) => Ok(RecordedLogits { models }),
        Err(Fault::Format(problem)) => Err(Error::Recorded { path: path.to_owned(), problem }),
        Err(Fault::Reading(error)) => Err(error),
    }
}

/// What is left to be read.
struct File<'a, F: ?Sized> {
    bytes: &'a F,
    last_only: bool,
    tensors: HashMap<String, TensorInfo>,
    metadata: BTreeMap<String, String>,
    /// The number of token ids read.
    ids: usize,
}

/// The maximum number of token ids in a file, over all prompts.
const MOST_IDS: usize = 1 << 20;

impl<F: Bytes + ?Sized> File<'_, F> {
    /// A file of several prompts, in this crate's own format.
    fn numbered(&mut self) -> Result<Vec<RecordedModel>, Fault> {
        let mut models = Vec::new();
        while self.tensors.contains_key(&Names::numbered(models.len(), 0).tensor) {
            let mut prompts = Vec::new();
            loop {
                let names = Names::numbered(models.len(), prompts.len());
                let Some(info) = self.tensors.remove(&names.tensor) else { break };
                let prompt = self.prompt(&names, &info)?;
                if prompt.text.is_none() {
                    return Err(format!("{} has no prompt in the metadata", names.tensor).into());
                }
                prompts.push(prompt);
            }
            models.push(RecordedModel { prompts, ..RecordedModel::default() });
        }
        if let Some(name) = self.tensors.keys().min() {
            return Err(format!("{} is none of prompt_0, prompt_1, …, model_1.prompt_0, …", brief(name)).into());
        }
        // From the last model on: names without a prefix belong to the first.
        for (m, model) in models.iter_mut().enumerate().rev() {
            let prefix = prefix(m);
            let (mine, others): (BTreeMap<_, _>, _) =
                mem::take(&mut self.metadata).into_iter().partition(|(key, _)| key.starts_with(&prefix));
            self.metadata = others;
            let about = mine.into_iter().map(|(key, value)| (key[prefix.len()..].to_owned(), value)).collect();
            *model = about_model(about, mem::take(&mut model.prompts));
        }
        Ok(models)
    }

    /// A file of one prompt: this crate's, or another program's.
    fn only(&mut self) -> Result<Vec<RecordedModel>, Fault> {
        let own = Names::only();
        let count = self.tensors.len();
        let name = if self.tensors.contains_key(&own.tensor) {
            own.tensor.clone()
        } else {
            let name = self.tensors.keys().min().ok_or("it has no tensors")?;
            if count > 1 {
                let name = brief(name);
                let problem =
                    format!("it has {count} tensors, such as {name}; expected one alone, or one named logits");
                return Err(problem.into());
            }
            name.clone()
        };
        let info = self.tensors.remove(&name).ok_or("it has no tensors")?;
        let prompt = self.prompt(&Names { tensor: name, ..own }, &info)?;
        Ok(vec![about_model(mem::take(&mut self.metadata), vec![prompt])])
    }

    fn prompt(&mut self, names: &Names, info: &TensorInfo) -> Result<RecordedPrompt, Fault> {
        let mut prompt = values::prompt(&names.tensor, info, self.bytes, self.last_only)?;
        if let Some(ids) = self.metadata.remove(&names.token_ids) {
            let ids = serde_json::from_str::<UpTo<MOST_IDS, u32>>(&ids);
            let UpTo(ids) = ids.map_err(|e| format!("{}: {e}", names.token_ids))?;
            self.ids += ids.len();
            if self.ids > MOST_IDS {
                return Err(format!("its prompts have more than {MOST_IDS} token ids").into());
            }
            if let Some(t) = prompt.n_tokens().filter(|&t| t != ids.len()) {
                return Err(format!("{}: {} token ids for {t} positions", names.token_ids, ids.len()).into());
            }
            prompt.token_ids = Some(ids);
        }
        prompt.text = self.metadata.remove(&names.text);
        Ok(prompt)
    }
}

/// A model, described by the metadata.
fn about_model(mut about: BTreeMap<String, String>, prompts: Vec<RecordedPrompt>) -> RecordedModel {
    RecordedModel {
        name: about.remove("model"),
        revision: about.remove("revision"),
        sha256: about.remove("sha256"),
        notes: about,
        prompts,
    }
}
