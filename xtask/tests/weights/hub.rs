//! A hub as the real one looks from outside: small files come directly, those in LFS from another host.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::server::{Connection, File, Plan, Seen, Server, head, sha256};

pub(crate) const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const REPO: &str = "lab/tiny";

pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(path)
}

/// The files of a demo model, as a hub would have them.
pub(crate) fn demo_files(size: &str) -> [(&'static str, PathBuf); 4] {
    [
        ("config.json", data(&format!("demo/{size}/config.json"))),
        ("vocab.json", data("tokenizer/vocab.json")),
        ("merges.txt", data("tokenizer/merges.txt")),
        ("model.safetensors", data(&format!("demo/{size}/model.safetensors"))),
    ]
}

/// Both servers of a hub with one model.
pub(crate) struct Hub {
    pub(crate) pages: Server,
    /// Where the pages redirect to for files in LFS.
    pub(crate) blobs: Server,
    /// Of the manifest below.
    _folder: tempfile::TempDir,
    pub(crate) manifest: PathBuf,
    files: Vec<(&'static str, Arc<File>)>,
    linked: Arc<AtomicBool>,
}

impl Hub {
    /// A hub whose model `tiny` is a demo model; the plans are for `model.safetensors`.
    pub(crate) fn with_demo(size: &str, plans: impl IntoIterator<Item = Plan>) -> Self {
        let mut plans = Some(plans.into_iter().collect::<Vec<_>>());
        let files: Vec<(&str, Arc<File>)> = demo_files(size)
            .into_iter()
            .map(|(name, path)| {
                let plans = if name == "model.safetensors" { plans.take().unwrap() } else { Vec::new() };
                (name, File::new(std::fs::read(path).unwrap(), plans))
            })
            .collect();
        let linked = Arc::new(AtomicBool::new(true));
        let blobs = {
            let model = files[3].1.clone();
            Server::start(move |seen, to| model.answer(seen, to))
        };
        let pages = {
            let (files, linked, away) = (files.clone(), linked.clone(), blobs.url("/blob"));
            Server::start(move |seen, to| page(seen, to, &files, linked.load(Ordering::SeqCst), &away))
        };
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("models.json");
        let hub = Self { pages, blobs, _folder: folder, manifest, files, linked };
        hub.write_manifest(|_| {});
        hub
    }

    /// A manifest with everything pinned, changed as wanted.
    pub(crate) fn write_manifest(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let pinned = |(name, file): &(&str, Arc<File>)| json!({"path": name, "bytes": file.bytes.len(), "sha256": sha256(&file.bytes)});
        let files: Vec<_> = self.files.iter().map(pinned).collect();
        let mut manifest = json!([{"name": "tiny", "repo": REPO, "revision": REVISION, "files": files}]);
        change(&mut manifest);
        std::fs::write(&self.manifest, manifest.to_string()).unwrap();
    }

    /// Nobody says beforehand how long a file is, or which sha256 it has.
    pub(crate) fn forget_lengths(&self) {
        self.linked.store(false, Ordering::SeqCst);
        self.write_manifest(|manifest| {
            for file in manifest[0]["files"].as_array_mut().unwrap() {
                file.as_object_mut().unwrap().retain(|key, _| key == "path");
            }
        });
    }

    pub(crate) fn endpoint(&self) -> String {
        self.pages.url("")
    }

    pub(crate) fn file(&self, name: &str) -> &Arc<File> {
        &self.files.iter().find(|(other, _)| *other == name).unwrap().1
    }

    pub(crate) fn plans(&self, name: &str, plans: impl IntoIterator<Item = Plan>) {
        *self.file(name).plans.lock().unwrap() = plans.into_iter().collect();
    }

    /// How many requests came, to both servers.
    pub(crate) fn requests(&self) -> usize {
        self.pages.seen().len() + self.blobs.seen().len()
    }
}

fn page(seen: &Seen, to: &mut dyn Connection, files: &[(&str, Arc<File>)], linked: bool, away: &str) -> io::Result<()> {
    let name = seen.path.strip_prefix(&format!("/{REPO}/resolve/{REVISION}/")).unwrap_or_default();
    let Some((_, file)) = files.iter().find(|(other, _)| *other == name) else { return head(to, 404, &[], 0) };
    if name != "model.safetensors" {
        return file.answer(seen, to);
    }
    let mut headers = vec![("location", away.to_owned()), ("x-repo-commit", REVISION.to_owned())];
    if linked {
        headers.push(("x-linked-etag", format!("\"{}\"", sha256(&file.bytes))));
        headers.push(("x-linked-size", file.bytes.len().to_string()));
    }
    head(to, 302, &headers, 0)
}
