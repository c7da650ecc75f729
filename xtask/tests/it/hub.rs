//! A hub as the real one looks from outside: small files come directly, those in LFS from another host.

use std::{fs, path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{File, Plan, Server, head, noise, sha256};

pub(crate) const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const REPO: &str = "lab/tiny";
/// The length of the weights: 7 MB for a reader.
pub(crate) const WEIGHTS: usize = 6_668_480;

/// Both servers of a hub with one model, `tiny`.
pub(crate) struct Hub {
    pub(crate) pages: Server,
    /// Where the pages redirect to for files in LFS.
    pub(crate) blobs: Server,
    folder: TempDir,
    pub(crate) files: Vec<(&'static str, Arc<File>)>,
}

impl Hub {
    /// The plans are for `model.safetensors`.
    pub(crate) fn new(plans: impl IntoIterator<Item = Plan>) -> Self {
        Self::of(vec![
            ("config.json", File::new(noise(665, 1), [])),
            ("vocab.json", File::new(noise(1000, 2), [])),
            ("merges.txt", File::new(noise(1000, 3), [])),
            ("model.safetensors", File::new(noise(WEIGHTS, 4), plans)),
        ])
    }

    pub(crate) fn of(files: Vec<(&'static str, Arc<File>)>) -> Self {
        let model = files[3].1.clone();
        let blobs = Server::start(move |seen, to| model.answer(seen, to));
        let (served, away) = (files.clone(), blobs.url("/blob?signature=1"));
        let pages = Server::start(move |seen, to| {
            let name = seen.path.strip_prefix(&format!("/{REPO}/resolve/{REVISION}/")).unwrap_or_default();
            let Some((_, file)) = served.iter().find(|(other, _)| *other == name) else { return head(to, 404, &[], 0) };
            if name != "model.safetensors" {
                return file.answer(seen, to);
            }
            head(to, 302, &[("location", away.clone())], 0)
        });
        let hub = Self { pages, blobs, folder: tempfile::tempdir().unwrap(), files };
        hub.write_manifest(|_| {});
        hub
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.path().join("models.json")
    }

    /// A manifest with everything pinned, changed as wanted.
    pub(crate) fn write_manifest(&self, change: impl FnOnce(&mut Value)) {
        let pinned = |(name, file): &(&str, Arc<File>)| json!({"path": name, "bytes": file.bytes.len(), "sha256": sha256(&file.bytes)});
        let files: Vec<_> = self.files.iter().map(pinned).collect();
        let mut manifest = json!([{"name": "tiny", "repo": REPO, "revision": REVISION, "files": files}]);
        change(&mut manifest);
        fs::write(self.manifest(), manifest.to_string()).unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> &Arc<File> {
        &self.files.iter().find(|(other, _)| *other == name).unwrap().1
    }

    /// How many requests came, to both servers.
    pub(crate) fn requests(&self) -> usize {
        self.pages.seen().len() + self.blobs.seen().len()
    }
}
