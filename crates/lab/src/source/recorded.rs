use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use gpt2_runner::{RecordedLogits, RecordedPrompt};
use serde::{Deserialize, Serialize};

use file_sha256::Hashes;

use super::{FileFacts, ModelFacts, Origin};
use crate::{Error, error::RecordedError};

/// Logits that were computed before, of one or two models.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// In the order of the files.
    pub models: Vec<RecordedModel>,
    /// V, which all of them have.
    pub vocab_size: usize,
    /// A library's softmax of part 1's numbers, if recorded.
    pub library: Option<RecordedLibrary>,
}

/// One model's recorded logits.
#[derive(Debug, Clone)]
pub struct RecordedModel {
    /// Its source, from the files.
    pub facts: ModelFacts,
    /// Prompts and logits.
    pub prompts: Vec<RecordedPrompt>,
    /// Whether a file names it: only then are those of another file the same model's.
    named: bool,
}

/// A library's softmax of part 1's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedLibrary {
    /// Whose.
    pub name: String,
    /// libtorch's version.
    pub libtorch: Option<String>,
    /// Its softmax in float32.
    pub probabilities: Vec<f32>,
}

/// The notes stored with a model's logits, from which its description is rebuilt.
const TITLE: &str = "title";
const ORIGIN: &str = "origin";
const REPO: &str = "repo";
const PARAMETERS: &str = "parameters";
const FILES: &str = "files";
const ENGINE: &str = "engine";
/// A library's softmax of part 1's numbers, as JSON.
const LIBRARY: &str = "library";

/// The bytes of a file with models' logits, from which the same reports are made as from the models. The same logits
/// give the same bytes.
///
/// # Errors
/// gpt2-runner's for logits that have no shape.
pub fn record<'a>(
    models: impl IntoIterator<Item = (&'a ModelFacts, &'a Vec<RecordedPrompt>)>,
    library: Option<&RecordedLibrary>,
) -> Result<Vec<u8>, Error> {
    let mut recorded = RecordedLogits::default();
    for (facts, prompts) in models {
        let ModelFacts { name, title, origin, repo, revision, parameters, files, engine, recorded_from_sha256: _ } =
            facts;
        let mut notes = BTreeMap::from([
            (TITLE, Some(title.clone())),
            // A unit variant is a JSON string; without its quotes it reads better among the metadata.
            (ORIGIN, Some(serde_json::to_string(origin)?.trim_matches('"').to_owned())),
            (REPO, repo.clone()),
            (PARAMETERS, parameters.map(|n| n.to_string())),
            (FILES, Some(serde_json::to_string(files)?)),
            (ENGINE, engine.as_ref().map(serde_json::to_string).transpose()?),
        ]);
        if recorded.models.is_empty() {
            notes.insert(LIBRARY, library.map(serde_json::to_string).transpose()?);
        }
        let weights: Vec<&FileFacts> = files.iter().filter(|file| file.path.ends_with(".safetensors")).collect();
        recorded.models.push(gpt2_runner::RecordedModel {
            name: Some(name.clone()),
            revision: revision.clone(),
            sha256: if let [file] = weights[..] { Some(file.sha256.clone()) } else { None },
            notes: notes.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
            prompts: prompts.clone(),
        });
    }
    Ok(recorded.to_bytes()?)
}

impl Recorded {
    /// Reads files of logits, recorded by the lab or by other programs, and keeps the last position of each prompt.
    /// Files of the same model are merged; a file without a model's name is a model named after the file.
    ///
    /// # Errors
    /// If a file is malformed; if its vocabulary differs from the first one's; if logits are NaN, +∞ or all −∞; if
    /// token ids do not match the logits; without a prompt; and with more than two models.
    pub fn read(files: &[PathBuf]) -> Result<Self, Error> {
        Self::read_by(|path| RecordedLogits::last_from_file(path), files)
    }

    /// The same with the logits of every position that is in the files.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_whole(files: &[PathBuf]) -> Result<Self, Error> {
        Self::read_by(|path| RecordedLogits::from_file(path), files)
    }

    fn read_by(
        read: fn(&PathBuf) -> Result<RecordedLogits, gpt2_runner::Error>,
        files: &[PathBuf],
    ) -> Result<Self, Error> {
        let mut models: Vec<RecordedModel> = Vec::new();
        let (mut library, mut vocab_size) = (None, None);
        for path in files {
            let earlier = models.len();
            for (m, one) in read(path)?.models.into_iter().enumerate() {
                if m == 0 {
                    library = library.or_else(|| serde_json::from_str(one.notes.get(LIBRARY)?).ok());
                }
                check(&one.prompts, path, &mut vocab_size)?;
                let one = RecordedModel::new(one, path)?;
                let same =
                    models[..earlier].iter_mut().find(|m| m.named && one.named && m.facts.title == one.facts.title);
                match same {
                    Some(same) => same.add(one),
                    None => models.push(one),
                }
            }
        }
        if models.len() > 2 {
            let names: Vec<&str> = models.iter().map(|m| m.facts.name.as_str()).collect();
            return Err(RecordedError::TooManyModels { models: names.join(", ") }.into());
        }
        Ok(Self { models, library, vocab_size: vocab_size.unwrap_or_default() })
    }

    /// Adds what the files do not state: the text and the token ids of the only prompt.
    ///
    /// # Errors
    /// [`Error::NoEffect`] for ids if the files have several prompts or contain ids; [`Error::NoSuchToken`] and
    /// [`RecordedError::Ids`] for ids that do not match the logits.
    pub fn complete(&mut self, text: Option<&str>, ids: &[u32]) -> Result<(), Error> {
        let only = self.models.iter().all(|model| model.prompts.len() == 1);
        let prompts = || self.models.iter().flat_map(|model| &model.prompts);
        if !ids.is_empty() && (!only || prompts().any(|prompt| prompt.token_ids.is_some())) {
            let when =
                if only { "with logits whose token ids are in their file" } else { "with logits of several prompts" };
            return Err(Error::no_effect("--ids", when));
        }
        let vocab_size = self.vocab_size;
        if let Some(&id) = ids.iter().find(|&&id| id as usize >= vocab_size) {
            return Err(Error::NoSuchToken { id, vocab_size });
        }
        let other = prompts().filter_map(RecordedPrompt::n_tokens).find(|&positions| positions != ids.len());
        if let Some(positions) = other.filter(|_| !ids.is_empty()) {
            return Err(RecordedError::Ids { ids: ids.len(), positions }.into());
        }
        for prompt in self.models.iter_mut().flat_map(|model| &mut model.prompts).filter(|_| only) {
            if prompt.text.is_none() {
                prompt.text = text.map(str::to_owned);
            }
            if !ids.is_empty() {
                prompt.token_ids = Some(ids.to_vec());
            }
        }
        Ok(())
    }

    /// The name of the folder for figures of these.
    pub fn label(&self) -> String {
        let titles: Vec<String> = self.models.iter().map(|m| m.facts.title.to_lowercase().replace(' ', "-")).collect();
        format!("recorded-{}", titles.join("+"))
    }

    /// The first model's prompt: the requested one, by text or number; otherwise the preferred one if recorded,
    /// otherwise the first.
    ///
    /// # Errors
    /// [`RecordedError::NoPrompt`].
    pub fn prompt(&self, requested: Option<&str>, preferred: &str) -> Result<&RecordedPrompt, Error> {
        let prompts: &[RecordedPrompt] = self.models.first().map_or(&[], |m| &m.prompts);
        let of_text = |text: &str| prompts.iter().find(|p| p.text.as_deref() == Some(text));
        let found = match requested {
            Some(text) => of_text(text).or_else(|| prompts.get(text.parse::<usize>().ok()?)),
            None => of_text(preferred).or_else(|| prompts.first()),
        };
        let name = |(n, prompt): (usize, &RecordedPrompt)| match &prompt.text {
            Some(text) => format!("{n} {text:?}"),
            None => format!("{n}, of which the text is not known"),
        };
        let available = || prompts.iter().enumerate().map(name).collect::<Vec<_>>().join(", ");
        let none =
            || RecordedError::NoPrompt { requested: requested.unwrap_or(preferred).to_owned(), available: available() };
        Ok(found.ok_or_else(none)?)
    }

    /// The second model's logits for a prompt of the first, if there are any. Where a text is not known, the only
    /// prompt of the one is taken to be that of the other.
    ///
    /// # Errors
    /// [`RecordedError::OtherIds`] if the two have read the text as different tokens.
    pub fn second(&self, first: &RecordedPrompt) -> Result<Option<&RecordedPrompt>, Error> {
        let [one, other] = &self.models[..] else { return Ok(None) };
        let same = other.prompts.iter().find(|p| p.text.is_some() && p.text == first.text);
        let same = same.or_else(|| match (&one.prompts[..], &other.prompts[..]) {
            ([one], [other]) if one.text.is_none() || other.text.is_none() => Some(other),
            _ => None,
        });
        if let (Some(ids), Some(others)) = (&first.token_ids, same.and_then(|second| second.token_ids.as_ref()))
            && ids != others
        {
            let prompt = first.text.clone().unwrap_or_default();
            let models = (one.facts.name.clone(), other.facts.name.clone());
            return Err(RecordedError::OtherIds { prompt, models, first: ids.clone(), second: others.clone() }.into());
        }
        Ok(same)
    }
}

impl RecordedModel {
    fn new(model: gpt2_runner::RecordedModel, path: &Path) -> Result<Self, Error> {
        let part = |part: Option<&OsStr>| part.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
        let note = |key: &str| model.notes.get(key).cloned();
        let named = model.name.is_some();
        let name = model.name.clone().unwrap_or_else(|| part(path.file_stem()));
        let title = note(TITLE).unwrap_or_else(|| name.to_uppercase());
        let parameters = note(PARAMETERS).and_then(|n| n.parse().ok());
        let made_by = || {
            let origin = serde_json::from_value(note(ORIGIN)?.into()).ok()?;
            let files = serde_json::from_str(&note(FILES)?).ok()?;
            Some((origin, files))
        };
        // If the file states how the logits were made, that is the origin. Otherwise the file is.
        let (origin, files, recorded_from_sha256) = match made_by() {
            Some((origin, files)) => (origin, files, None),
            None => {
                let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
                let sha256 = Hashes::of_user().of(path);
                let sha256 = sha256.map_err(|source| Error::Read { path: path.to_owned(), source })?;
                let file = FileFacts { path: part(path.file_name()), bytes, sha256 };
                (Origin::Recorded, vec![file], model.sha256)
            }
        };
        let facts = ModelFacts {
            name,
            title,
            origin,
            repo: model.notes.get(REPO).cloned(),
            revision: model.revision,
            parameters,
            files,
            engine: model.notes.get(ENGINE).and_then(|engine| serde_json::from_str(engine).ok()),
            recorded_from_sha256,
        };
        Ok(Self { facts, prompts: model.prompts, named })
    }

    /// Adds what another file has of the same model.
    fn add(&mut self, other: Self) {
        let files = other.facts.files.into_iter().filter(|file| !self.facts.files.contains(file));
        self.facts.files.extend(files.collect::<Vec<_>>());
        self.prompts.extend(other.prompts);
    }
}

/// Checks that all prompts have the same number of logits, each finite or −∞, and token ids below that number.
fn check(prompts: &[RecordedPrompt], path: &Path, vocab_size: &mut Option<usize>) -> Result<(), RecordedError> {
    let path = path.to_owned();
    for (prompt, recorded) in prompts.iter().enumerate() {
        let len = recorded.vocab_size();
        let vocab_size = *vocab_size.get_or_insert(len);
        if len != vocab_size {
            return Err(RecordedError::Vocabulary { path, prompt, len, vocab_size });
        }
        for (position, row) in recorded.rows().enumerate() {
            if let Some(token) = row.iter().position(|z| z.is_nan() || *z == f32::INFINITY) {
                let (position, value) = (recorded.n_positions.map(|_| position), row[token]);
                return Err(RecordedError::NotFinite { path, prompt, position, token, value });
            }
            if row.iter().all(|z| *z == f32::NEG_INFINITY) {
                return Err(RecordedError::Nothing { path, prompt });
            }
        }
        if let Some(&id) = recorded.token_ids.iter().flatten().find(|&&id| id as usize >= vocab_size) {
            return Err(RecordedError::Token { path, prompt, id, vocab_size });
        }
    }
    Ok(())
}
