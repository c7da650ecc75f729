//! Which models there are: `xtask/models.json`, or a file like it.
use std::path::Path;

use anyhow::{Result, anyhow};
use fs_err as fs;
use serde::Deserialize;

/// The models of the project: pinned revisions, lengths and sha256.
const OWN: &str = include_str!("../../models.json");

/// A model that can be fetched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    /// Its name on the command line, and its folder's.
    pub(super) name: String,
    /// The repository on the hub.
    pub(super) repo: String,
    /// The commit on the hub; a branch works too, but is not pinned.
    pub(super) revision: String,
    pub(super) files: Vec<Pinned>,
}

/// A file of a model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pinned {
    pub(super) path: String,
    /// Its length, where it is known.
    pub(super) bytes: Option<u64>,
    /// In lower-case hex.
    pub(super) sha256: String,
}

/// The models of a manifest file, or of the project's own.
pub(super) fn load(path: Option<&Path>) -> Result<Vec<Model>> {
    let shown = path.unwrap_or(Path::new("models.json")).display();
    let bad = |cause: String| anyhow!("the manifest {shown} cannot be used: {cause}");
    let text = match path {
        Some(path) => fs::read_to_string(path)?,
        None => OWN.to_owned(),
    };
    let models: Vec<Model> = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    for model in &models {
        check(model).map_err(bad)?;
    }
    Ok(models)
}

/// The models of these names, in their order.
pub(super) fn pick<'m>(models: &'m [Model], names: &[&str]) -> Result<Vec<&'m Model>> {
    let known: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let unknown = |name| anyhow!("there is no model `{name}`; known are {}", known.join(", "));
    names.iter().map(|name| models.iter().find(|model| model.name == *name).ok_or_else(|| unknown(name))).collect()
}

/// A manifest may come from anywhere: its names become paths and addresses.
fn check(model: &Model) -> Result<(), String> {
    let name = &model.name;
    if !is_plain(name) || name.contains('/') {
        return Err(format!("the name `{name}` is not a plain folder name"));
    }
    for text in [&model.repo, &model.revision].into_iter().chain(model.files.iter().map(|file| &file.path)) {
        if !is_plain(text) {
            return Err(format!("{name}: `{text}` is not a plain relative path"));
        }
    }
    let is_hex = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match model.files.iter().find(|file| !is_hex(&file.sha256)) {
        Some(file) => Err(format!("{name}: the sha256 of `{}` is not 64 lower-case hex digits", file.path)),
        None => Ok(()),
    }
}

fn is_plain(path: &str) -> bool {
    let clean = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    path.split('/').all(|part| !["", ".", ".."].contains(&part) && part.bytes().all(clean))
}

#[cfg(test)]
mod tests {
    use super::{load, pick};

    #[test]
    fn the_own_manifest_pins_every_file() {
        let models = load(None).unwrap();
        for model in &models {
            assert_eq!(model.revision.len(), 40, "{}", model.name);
            let paths: Vec<&str> = model.files.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths, ["config.json", "vocab.json", "merges.txt", "model.safetensors"]);
        }
        let message = pick(&models, &["gpt2", "gpt3"]).unwrap_err().to_string();
        assert_eq!(message, "there is no model `gpt3`; known are gpt2, gpt2-medium, gpt2-large, gpt2-xl");
    }

    #[test]
    fn a_manifest_cannot_lead_out_of_its_folder() {
        let sha256 = "0".repeat(64);
        let model = |name: &str, path: &str, sha256: &str| {
            let files = ["config.json", "model.safetensors", path]
                .map(|path| format!(r#"{{"path":"{path}","sha256":"{sha256}"}}"#))
                .join(",");
            format!(r#"[{{"name":"{name}","repo":"a/b","revision":"main","files":[{files}]}}]"#)
        };
        for (json, want) in [
            (model("../x", "f", &sha256), "not a plain folder name"),
            (model("a/b", "f", &sha256), "not a plain folder name"),
            (model("x", "../f", &sha256), "not a plain relative path"),
            (model("x", "/etc/passwd", &sha256), "not a plain relative path"),
            (model("x", "f?a", &sha256), "not a plain relative path"),
            (model("x", "f", "beef"), "not 64 lower-case hex digits"),
            (model("x", "f", &sha256).replace(r#""sha256""#, r#""sha1""#), "cannot be used"),
            (model("x", "f", &sha256).replace("a/b", "a//b"), "not a plain relative path"),
            ("{}".to_owned(), "cannot be used"),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), json).unwrap();
            let message = load(Some(file.path())).unwrap_err().to_string();
            assert!(message.contains(want), "{message}");
        }
    }
}
