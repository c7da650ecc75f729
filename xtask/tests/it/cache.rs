//! Python's cache of the hub.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
};

use xtask::weights::{Options, ensure};

use crate::{
    fetching::names,
    hub::{Hub, REVISION},
    models::options,
    process::{run, xtask},
    server::{File, noise, sha256},
};

/// A cache as `huggingface_hub` leaves it: blobs named after their ETag, a snapshot that links to them.
fn cache_in(hub: &Hub, home: &Path, repo: &str, revision: &str) -> PathBuf {
    let cache = home.join("hub");
    let repo = cache.join(format!("models--{}", repo.replace('/', "--")));
    let snapshot = repo.join("snapshots").join(revision);
    fs::create_dir_all(repo.join("blobs")).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    for (name, file) in &hub.files {
        // A file in LFS has its sha256 for a name, another a git hash of 40 digits.
        let mut blob = sha256(&file.bytes);
        blob.truncate(if *name == "model.safetensors" { 64 } else { 40 });
        fs::write(repo.join("blobs").join(&blob), &*file.bytes).unwrap();
        symlink(Path::new("../../blobs").join(blob), snapshot.join(name)).unwrap();
    }
    cache
}

fn offline(hub: &Hub, dir: &Path, cache: PathBuf) -> Options {
    let mut options = options(hub, dir);
    (options.hub.cache, options.hub.offline) = (Some(cache), true);
    options
}

#[test]
fn a_cached_model_is_used_with_the_network_off() {
    let hub = Hub::new([]);
    for variable in ["HF_HOME", "HF_HUB_CACHE"] {
        let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache_in(&hub, home.path(), "lab/tiny", REVISION);
        let named = if variable == "HF_HOME" { home.path() } else { &cache };
        let (status, stdout, stderr) = run(xtask(&hub, dir.path()).env(variable, named).env("HF_HUB_OFFLINE", "1"));
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        assert!(stdout.contains("sha256 verified"), "{stdout}");
    }
    assert_eq!(hub.requests(), 0);
}

#[test]
fn the_old_name_and_another_revision_are_found_large_files_linked_and_small_ones_copied() {
    // Above the limit.
    let mut hub = Hub::new([]);
    hub.files[3].1 = File::new(noise(20 << 20, 5), []);
    hub.write_manifest(|manifest| manifest[0]["repo"] = "openai-community/gpt2".into());
    for (repo, revision) in [("gpt2", REVISION), ("openai-community/gpt2", "ffff"), ("gpt2", "ffff")] {
        let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let cache = cache_in(&hub, home.path(), repo, revision);
        let snapshot = cache.join(format!("models--{}/snapshots/{revision}", repo.replace('/', "--")));
        let model = &ensure(&offline(&hub, dir.path(), cache.clone()), &["tiny"]).unwrap()[0].path;
        let inode = |folder: &Path, name| fs::metadata(folder.join(name)).unwrap().ino();
        for (name, linked) in [("model.safetensors", true), ("config.json", false)] {
            assert_eq!(inode(model, name) == inode(&snapshot, name), linked, "{name}");
        }
        // The cache may go; what was taken stays.
        fs::remove_dir_all(&cache).unwrap();
        assert!(fs::read(model.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
    }
}

#[test]
fn a_damaged_or_incomplete_cache_is_passed_over() {
    let hub = Hub::new([]);
    let home = tempfile::tempdir().unwrap();
    let cache = cache_in(&hub, home.path(), "lab/tiny", REVISION);
    let snapshot = cache.join("models--lab--tiny/snapshots").join(REVISION);
    let blob = snapshot.join("model.safetensors").canonicalize().unwrap();
    let mut bytes = fs::read(&blob).unwrap();
    bytes[5_000_000] ^= 1;
    fs::write(&blob, &bytes).unwrap();
    fs::remove_file(snapshot.join("vocab.json").canonicalize().unwrap()).unwrap();
    // A file that exists but cannot be read, even by root.
    let unreadable = cfg!(target_os = "linux");
    if unreadable {
        fs::remove_file(snapshot.join("merges.txt")).unwrap();
        symlink("/proc/self/mem", snapshot.join("merges.txt")).unwrap();
        hub.write_manifest(|manifest| drop(manifest[0]["files"][2].as_object_mut().unwrap().remove("bytes")));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut options = offline(&hub, dir.path(), cache);
    options.hub.offline = false;
    let models = ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), 3 + usize::from(unreadable));
    assert_eq!(names(&models[0].path).len(), 5);
    assert!(fs::read(models[0].path.join("model.safetensors")).unwrap() == *hub.file("model.safetensors").bytes);
    assert!(fs::read(&blob).unwrap() == bytes, "the cache is Python's own");
}
