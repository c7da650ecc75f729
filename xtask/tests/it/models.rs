//! Whole models, by `weights::ensure` and `weights::verify`.

use std::{fs, path::Path, time::SystemTime};

use file_sha256::Hashes;
use serde_json::Value;
use xtask::{
    download::Options as DownloadOptions,
    weights::{Hub as HubSettings, ModelDir, Options, ensure, verify},
};

use crate::{
    fetching::{names, options as download_options},
    hub::{Hub, REPO, REVISION},
    server::sha256,
};

pub(crate) fn options(hub: &Hub, dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        hub: HubSettings { endpoint: hub.pages.url(""), token: None, offline: false, cache: None },
        manifest: Some(hub.manifest()),
        download: DownloadOptions {
            hashes: Hashes::in_file(hub.manifest().with_file_name("sha256.json")),
            ..download_options()
        },
    }
}

fn setting() -> (Hub, tempfile::TempDir, Options) {
    let (hub, dir) = (Hub::new([]), tempfile::tempdir().unwrap());
    let options = options(&hub, dir.path());
    (hub, dir, options)
}

#[test]
fn a_model_comes_from_the_hub_once() {
    let (hub, dir, options) = setting();
    let models = ensure(&options, &["tiny"]).unwrap();
    let path = dir.path().join("tiny");
    let bytes = hub.files.iter().map(|(_, file)| file.bytes.len() as u64).sum();
    assert_eq!(models, [ModelDir { name: "tiny".into(), path: path.clone(), bytes }]);
    assert_eq!(names(dir.path()), ["tiny"]);
    assert_eq!(names(&path), ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"]);
    for (name, file) in &hub.files {
        assert!(fs::read(path.join(name)).unwrap() == *file.bytes, "{name}");
    }
    // The lab's input.
    let record: Value = serde_json::from_slice(&fs::read(path.join("verified.json")).unwrap()).unwrap();
    assert_eq!((record["repo"].as_str(), record["revision"].as_str()), (Some(REPO), Some(REVISION)));
    for (written, (name, file)) in record["files"].as_array().unwrap().iter().zip(&hub.files) {
        assert_eq!((written["path"].as_str(), written["bytes"].as_u64()), (Some(*name), Some(file.bytes.len() as u64)));
        assert_eq!(written["sha256"], sha256(&file.bytes));
    }
    // Five requests: three files, a redirect and a file. Then none.
    assert_eq!(hub.requests(), 5);
    assert_eq!(ensure(&options, &["tiny"]).unwrap(), models);
    assert_eq!(hub.requests(), 5);
}

#[test]
fn a_later_run_neither_asks_nor_reads() {
    let (hub, dir, mut options) = setting();
    ensure(&options, &["tiny"]).unwrap();
    options.hub.endpoint = "http://127.0.0.1:1".to_owned();
    ensure(&options, &["tiny"]).unwrap();
    // A memory that is wrong would only be noticed by reading: it is not.
    let weights = dir.path().join("tiny/model.safetensors");
    let right = options.download.hashes.cached(&weights).unwrap();
    let mut bytes = fs::read(&weights).unwrap();
    bytes[4_000_000] ^= 1;
    fs::write(&weights, &bytes).unwrap();
    options.download.hashes.insert(&weights, &right);
    ensure(&options, &["tiny"]).unwrap();
    // `verify` reads the files, reports the fault, and no longer names the model.
    let message = format!("{:#}", verify(&options, &["tiny"]).unwrap_err());
    assert!(message.contains("model.safetensors has sha256") && message.contains("xtask weights tiny"), "{message}");
    assert!(format!("{:#}", verify(&options, &["tiny"]).unwrap_err()).contains("no verified weights"));
    // So the next run repairs it, and fetches nothing else.
    options.hub.endpoint = hub.pages.url("");
    let before = hub.requests();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), before + 2);
    verify(&options, &["tiny"]).unwrap();
}

#[test]
fn another_file_of_the_same_length_and_time_is_fetched_anew_whatever_the_record_says() {
    let (hub, dir, options) = setting();
    ensure(&options, &["tiny"]).unwrap();
    let weights = dir.path().join("tiny/model.safetensors");
    for replaced in [false, true] {
        let time = fs::metadata(&weights).unwrap().modified().unwrap();
        let mut bytes = fs::read(&weights).unwrap();
        bytes[4_000_000] ^= 1;
        if replaced {
            fs::remove_file(&weights).unwrap();
        }
        fs::write(&weights, &bytes).unwrap();
        fs::File::options().write(true).open(&weights).unwrap().set_modified(time).unwrap();
        // `verified.json` is as it was: of the right length, hash and time.
        let before = hub.requests();
        ensure(&options, &["tiny"]).unwrap();
        assert_eq!(hub.requests(), before + 2);
        assert!(fs::read(&weights).unwrap() == *hub.file("model.safetensors").bytes);
        verify(&options, &["tiny"]).unwrap();
    }
}

#[test]
fn files_are_looked_at_again_if_touched_and_taken_if_right() {
    let (hub, dir, options) = setting();
    // Put there by hand, one right and one wrong.
    let model = dir.path().join("tiny");
    fs::create_dir(&model).unwrap();
    fs::write(model.join("model.safetensors"), &*hub.file("model.safetensors").bytes).unwrap();
    fs::write(model.join("merges.txt"), "not these").unwrap();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!((hub.pages.seen().len(), hub.blobs.seen().len()), (3, 0));
    assert!(fs::read(model.join("merges.txt")).unwrap() == *hub.file("merges.txt").bytes);
    let weights = fs::File::options().write(true).open(model.join("model.safetensors")).unwrap();
    weights.set_modified(SystemTime::now()).unwrap();
    ensure(&options, &["tiny"]).unwrap();
    fs::remove_file(model.join("vocab.json")).unwrap();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), 4);
}
