//! Python's cache of the hub.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use xtask::weights::{Options, Source, ensure};

use crate::fetching::names;
use crate::hub::{Hub, REVISION, demo_files};
use crate::models::options;
use crate::process::{run, xtask};
use crate::server::sha256;

/// A cache as `huggingface_hub` leaves it: blobs named after their ETag, a snapshot that links to them.
fn cache_in(folder: &Path, repo: &str, revision: &str, size: &str) -> PathBuf {
    let hub = folder.join("hub");
    let repo = hub.join(format!("models--{}", repo.replace('/', "--")));
    let snapshot = repo.join("snapshots").join(revision);
    for folder in [repo.join("blobs"), repo.join("refs"), snapshot.clone()] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(repo.join("refs/main"), revision).unwrap();
    for (name, path) in demo_files(size) {
        let bytes = fs::read(path).unwrap();
        // A file in LFS has its sha256 for a name, another a git hash of 40 digits.
        let blob = if name == "model.safetensors" { sha256(&bytes) } else { sha256(&bytes)[..40].to_owned() };
        fs::write(repo.join("blobs").join(&blob), bytes).unwrap();
        symlink(Path::new("../../blobs").join(blob), snapshot.join(name)).unwrap();
    }
    hub
}

fn offline(hub: &Hub, dir: &Path, cache: PathBuf) -> Options {
    let mut options = options(hub, dir);
    options.hub.cache = Some(cache);
    options.hub.offline = Some("HF_HUB_OFFLINE=1".to_owned());
    options
}

#[test]
fn a_cached_model_is_used_with_the_network_off() {
    let hub = Hub::with_demo("large", []);
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    cache_in(home.path(), "lab/tiny", REVISION, "large");
    let mut command = xtask(&hub, dir.path());
    command.env("HF_HOME", home.path()).env("HF_HUB_OFFLINE", "1");
    let (status, stdout, stderr) = run(&mut command);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("7259008 parameters"), "{stdout}");
    assert_eq!(hub.requests(), 0);
    let folder = dir.path().join("tiny");
    assert_eq!(names(&folder), ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"]);
    // The cache may go; what was taken stays.
    fs::remove_dir_all(home.path().join("hub")).unwrap();
    assert!(fs::read(folder.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
}

#[test]
fn large_files_are_linked_and_small_ones_copied() {
    // The demo models are below the limit: zeros behind the model's data stand for a large file.
    let hub = Hub::with_demo("small", []);
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = cache_in(home.path(), "lab/tiny", REVISION, "small");
    let blobs = cache.join("models--lab--tiny/blobs");
    let snapshot = cache.join("models--lab--tiny/snapshots").join(REVISION);
    let mut bytes = hub.file("model.safetensors").bytes.to_vec();
    bytes.resize(20 << 20, 0);
    let blob = blobs.join(sha256(&bytes));
    fs::write(&blob, &bytes).unwrap();
    fs::remove_file(snapshot.join("model.safetensors")).unwrap();
    symlink(&blob, snapshot.join("model.safetensors")).unwrap();
    hub.forget_lengths();
    let models = ensure(&offline(&hub, dir.path(), cache), &["tiny"]).unwrap();
    assert_eq!(models[0].source, Source::Cache);
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    assert_eq!(inode(&models[0].path.join("model.safetensors")), inode(&blob));
    let config = models[0].path.join("config.json");
    assert_ne!(inode(&config), inode(&snapshot.join("config.json")));
    assert!(!config.is_symlink());
}

#[test]
fn the_old_name_and_another_revision_are_found_by_their_hash() {
    let hub = Hub::with_demo("small", []);
    hub.write_manifest(|manifest| manifest[0]["repo"] = "openai-community/gpt2".into());
    for (repo, revision) in [("gpt2", REVISION), ("openai-community/gpt2", "ffff"), ("gpt2", "ffff")] {
        let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache_in(home.path(), repo, revision, "small");
        let models = ensure(&offline(&hub, dir.path(), cache), &["tiny"]).unwrap();
        assert_eq!(models[0].source, Source::Cache, "{repo} {revision}");
    }
    // Without a known hash another revision might be anything.
    hub.write_manifest(|manifest| {
        for file in manifest[0]["files"].as_array_mut().unwrap() {
            file.as_object_mut().unwrap().remove("sha256");
        }
    });
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = cache_in(home.path(), "lab/tiny", "ffff", "small");
    assert!(ensure(&offline(&hub, dir.path(), cache), &["tiny"]).unwrap_err().is_unreachable());
}

#[test]
fn a_damaged_or_incomplete_cache_is_passed_over() {
    let hub = Hub::with_demo("small", []);
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cache = cache_in(home.path(), "lab/tiny", REVISION, "small");
    let snapshot = cache.join("models--lab--tiny/snapshots").join(REVISION);
    let blob = snapshot.join("model.safetensors").canonicalize().unwrap();
    let mut bytes = fs::read(&blob).unwrap();
    bytes[5_000_000] ^= 1;
    fs::write(&blob, &bytes).unwrap();
    fs::remove_file(snapshot.join("vocab.json").canonicalize().unwrap()).unwrap();
    // Even where only the blob's own name tells its hash.
    for forget in [false, true] {
        if forget {
            hub.forget_lengths();
        }
        fs::remove_dir_all(dir.path().join("tiny")).ok();
        let before = hub.requests();
        let mut options = offline(&hub, dir.path(), cache.clone());
        options.hub.offline = None;
        let models = ensure(&options, &["tiny"]).unwrap();
        assert_eq!((models[0].source, hub.requests() - before), (Source::Hub, 3));
        assert!(fs::read(models[0].path.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
    }
    assert!(fs::read(&blob).unwrap() == bytes, "the cache is Python's own");
}
