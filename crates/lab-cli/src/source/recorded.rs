use std::path::{Path, PathBuf};

use gpt2_runner::{RecordedLogits, RecordedPrompt};

use super::{FileFacts, ModelFacts, Origin, logits_file, sha256_hex};
use crate::Error;

/// Logits that were computed before, of one or two models.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// In the order of the files.
    pub models: Vec<RecordedModel>,
}

/// One model's recorded logits.
#[derive(Debug, Clone)]
pub struct RecordedModel {
    /// What the files say about it.
    pub facts: ModelFacts,
    /// Prompts and logits.
    pub prompts: Vec<RecordedPrompt>,
}

impl Recorded {
    /// Reads files of recorded logits. Those of the same model are taken together; a file that names no model is one
    /// of its own.
    ///
    /// # Errors
    /// For a file that is none, or whose logits are not one finite number for each of `vocab_size` tokens; for no
    /// prompt, and for more than two models.
    pub fn read(files: &[PathBuf], vocab_size: usize) -> Result<Self, Error> {
        let mut models: Vec<RecordedModel> = Vec::new();
        for path in files {
            let one = read_one(path, vocab_size)?;
            match models.iter_mut().find(|m| m.facts.title == one.facts.title) {
                Some(same) => {
                    same.facts.files.extend(one.facts.files);
                    same.prompts.extend(one.prompts);
                }
                None => models.push(one),
            }
        }
        if models.len() > 2 {
            let names: Vec<&str> = models.iter().map(|m| m.facts.name.as_str()).collect();
            return Err(Error::TooManyModels { models: names.join(", ") });
        }
        Ok(Self { models })
    }

    /// The name of the folder for figures of these.
    pub fn label(&self) -> String {
        let titles: Vec<String> = self.models.iter().map(|m| m.facts.title.to_lowercase().replace(' ', "-")).collect();
        format!("recorded-{}", titles.join("+"))
    }

    /// The first model's prompt: the one asked for, by its text or its number; else the preferred one if it was
    /// recorded, else the first.
    ///
    /// # Errors
    /// [`Error::NoRecordedPrompt`].
    pub fn prompt(&self, asked: Option<&str>, preferred: &str) -> Result<&RecordedPrompt, Error> {
        let prompts: &[RecordedPrompt] = self.models.first().map_or(&[], |m| &m.prompts);
        let of_text = |text: &str| prompts.iter().find(|p| p.text == text);
        let found = match asked {
            Some(asked) => of_text(asked).or_else(|| prompts.get(asked.parse::<usize>().ok()?)),
            None => of_text(preferred).or_else(|| prompts.first()),
        };
        found.ok_or_else(|| Error::NoRecordedPrompt {
            asked: asked.unwrap_or(preferred).to_owned(),
            available: prompts
                .iter()
                .enumerate()
                .map(|(n, p)| format!("{n} {:?}", p.text))
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// The second model's logits for a prompt, if it was recorded.
    pub fn second(&self, text: &str) -> Option<&RecordedPrompt> {
        self.models.get(1)?.prompts.iter().find(|p| p.text == text)
    }
}

fn read_one(path: &Path, vocab_size: usize) -> Result<RecordedModel, Error> {
    let bytes = gpt2_runner::read_file(path, "file of logits", 4 << 30)?;
    let part = |part: Option<&std::ffi::OsStr>| part.map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = || part(path.file_stem());
    let file = FileFacts { path: part(path.file_name()), bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) };
    let mut facts = ModelFacts {
        name: String::new(),
        title: String::new(),
        origin: Origin::Recorded,
        repo: None,
        revision: None,
        parameters: None,
        files: vec![file],
        recorded_from_sha256: None,
    };
    let prompts = if let Some(file) = logits_file::read(&bytes, path)? {
        facts.name = file.name.unwrap_or_else(stem);
        facts.title = file.title.unwrap_or_else(|| facts.name.to_uppercase());
        (facts.revision, facts.recorded_from_sha256, facts.parameters) = (file.revision, file.sha256, file.parameters);
        vec![file.prompt]
    } else {
        let recorded = RecordedLogits::read(path)?;
        facts.name = recorded.model.unwrap_or_else(stem);
        facts.title = facts.name.to_uppercase();
        (facts.revision, facts.recorded_from_sha256) = (recorded.revision, recorded.sha256);
        recorded.prompts
    };
    check(&prompts, path, vocab_size)?;
    Ok(RecordedModel { facts, prompts })
}

fn check(prompts: &[RecordedPrompt], path: &Path, vocab_size: usize) -> Result<(), Error> {
    let path = || path.to_owned();
    if prompts.is_empty() {
        return Err(Error::RecordedEmpty { path: path() });
    }
    for (prompt, RecordedPrompt { logits, .. }) in prompts.iter().enumerate() {
        if logits.len() != vocab_size {
            return Err(Error::RecordedVocabulary { path: path(), prompt, len: logits.len(), vocab_size });
        }
        if let Some(token) = logits.iter().position(|z| !z.is_finite()) {
            return Err(Error::RecordedNotFinite { path: path(), prompt, token, value: logits[token] });
        }
    }
    Ok(())
}
