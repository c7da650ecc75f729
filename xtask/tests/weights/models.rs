//! Whole models, by `weights::ensure` and `weights::verify`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use xtask::weights::{Behaviour, Error, Hub as HubSettings, ModelDir, Options, Source, ensure, verify};

use crate::fetching::{names, options as download_options};
use crate::hub::{Hub, REPO, REVISION, data};
use crate::server::{Plan, noise, sha256};

const FILES: [&str; 5] = ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"];

pub(crate) fn options(hub: &Hub, dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        hub: HubSettings { endpoint: hub.endpoint(), token: None, offline: None, cache: None },
        manifest: Some(hub.manifest.clone()),
        force: false,
        reach_within: None,
        lab: None,
        download: download_options(),
    }
}

fn record(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("tiny/verified.json")).unwrap()).unwrap()
}

/// The only error line, and no model in sight.
fn fails(options: &Options) -> Error {
    let error = ensure(options, &["tiny"]).unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    assert!(!options.dir.join("tiny/verified.json").exists());
    error
}

#[test]
fn a_model_comes_from_the_hub_once() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let options = options(&hub, dir.path());
    let models = ensure(&options, &["tiny"]).unwrap();
    let path = dir.path().join("tiny");
    let (name, behaviour) = ("tiny".to_owned(), Behaviour::NoPublishedValues);
    assert_eq!(models, [ModelDir { name, path: path.clone(), parameters: 3_332_928, source: Source::Hub, behaviour }]);
    assert_eq!(names(dir.path()), ["tiny"]);
    assert_eq!(names(&path), FILES);
    for name in ["config.json", "merges.txt", "model.safetensors", "vocab.json"] {
        assert!(fs::read(path.join(name)).unwrap() == *hub.file(name).bytes, "{name}");
    }
    let record = record(dir.path());
    assert_eq!(
        (&record["name"], &record["repo"], &record["revision"]),
        (&"tiny".into(), &REPO.into(), &REVISION.into())
    );
    assert_eq!(record["endpoint"], hub.endpoint());
    let weights = record["files"].as_array().unwrap().iter().find(|file| file["path"] == "model.safetensors").unwrap();
    assert_eq!(weights["sha256"], sha256(&hub.file("model.safetensors").bytes));
    assert_eq!(weights["bytes"], hub.file("model.safetensors").bytes.len());
    // Five requests: three files, a redirect and a file. Then none.
    assert_eq!(hub.requests(), 5);
    assert_eq!(ensure(&options, &["tiny"]).unwrap(), models);
    assert_eq!(hub.requests(), 5);
}

#[test]
fn a_later_run_neither_asks_nor_reads() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&hub, dir.path());
    ensure(&options, &["tiny"]).unwrap();
    options.hub.endpoint = "http://127.0.0.1:1".to_owned();
    // Other bytes of the same length and time would only be noticed by reading: they are not.
    let weights = dir.path().join("tiny/model.safetensors");
    let time = fs::metadata(&weights).unwrap().modified().unwrap();
    let mut bytes = fs::read(&weights).unwrap();
    bytes[4_000_000] ^= 1;
    fs::write(&weights, &bytes).unwrap();
    fs::File::options().write(true).open(&weights).unwrap().set_modified(time).unwrap();
    ensure(&options, &["tiny"]).unwrap();
    // `verify` reads, says so, and no longer vouches for it.
    let message = verify(&options, &["tiny"]).unwrap_err().to_string();
    assert!(
        message.contains("model.safetensors has sha256") && message.contains("cargo xtask weights tiny"),
        "{message}"
    );
    assert!(verify(&options, &["tiny"]).unwrap_err().to_string().contains("no verified weights"));
    // So the next run repairs it, and fetches nothing else.
    options.hub.endpoint = hub.endpoint();
    let before = hub.requests();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), before + 2);
    verify(&options, &["tiny"]).unwrap();
}

#[test]
fn a_touched_or_missing_file_is_looked_at_again() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let options = options(&hub, dir.path());
    ensure(&options, &["tiny"]).unwrap();
    let before = hub.requests();
    let weights = dir.path().join("tiny/model.safetensors");
    fs::File::options().write(true).open(&weights).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    assert_eq!(ensure(&options, &["tiny"]).unwrap()[0].source, Source::Folder);
    assert_eq!(hub.requests(), before);
    fs::remove_file(dir.path().join("tiny/vocab.json")).unwrap();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), before + 1);
}

#[test]
fn files_put_there_by_hand_are_taken_if_they_are_right() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let model = dir.path().join("tiny");
    fs::create_dir(&model).unwrap();
    fs::copy(data("demo/small/model.safetensors"), model.join("model.safetensors")).unwrap();
    fs::write(model.join("merges.txt"), "not these").unwrap();
    ensure(&options(&hub, dir.path()), &["tiny"]).unwrap();
    assert_eq!((hub.pages.seen().len(), hub.blobs.seen().len()), (3, 0));
    assert!(fs::read(model.join("merges.txt")).unwrap() == *hub.file("merges.txt").bytes);
}

#[test]
fn force_fetches_anew_and_replaces_only_by_what_is_right() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&hub, dir.path());
    ensure(&options, &["tiny"]).unwrap();
    options.force = true;
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), 10);
    hub.plans("model.safetensors", [Plan::Bytes(noise(6_668_480, 1))]);
    let message = fails(&options).to_string();
    assert!(message.contains("has sha256"), "{message}");
    let left = fs::read(dir.path().join("tiny/model.safetensors")).unwrap();
    assert!(left == *hub.file("model.safetensors").bytes);
}

#[test]
fn what_is_not_pinned_is_taken_from_the_hub_and_recorded() {
    let hub = Hub::with_demo("small", []);
    hub.write_manifest(|manifest| {
        for file in manifest[0]["files"].as_array_mut().unwrap() {
            file.as_object_mut().unwrap().retain(|key, _| key == "path");
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let options = options(&hub, dir.path());
    // The hub's x-linked-etag is held against what the other host sends.
    hub.plans("model.safetensors", [Plan::Bytes(noise(6_668_480, 1))]);
    assert!(fails(&options).to_string().contains(&sha256(&hub.file("model.safetensors").bytes)));
    // So is its x-linked-size.
    hub.plans("model.safetensors", [Plan::Bytes(noise(1000, 1))]);
    assert!(fails(&options).to_string().contains("6668480 are expected"));
    hub.plans("model.safetensors", []);
    ensure(&options, &["tiny"]).unwrap();
    // From now on the first download's sha256 counts, even for a file whose hash the hub does not tell.
    let config = hub.file("config.json").bytes.clone();
    assert_eq!(record(dir.path())["files"][0]["sha256"], sha256(&config));
    fs::remove_file(dir.path().join("tiny/config.json")).unwrap();
    hub.plans("config.json", [Plan::Bytes(noise(config.len(), 1))]);
    let kept = fs::read(dir.path().join("tiny/verified.json")).unwrap();
    let message = fails(&options).to_string();
    assert!(message.contains("config.json has sha256") && message.contains(&sha256(&config)), "{message}");
    assert!(!kept.is_empty());
}

#[test]
fn a_pinned_hash_that_the_hub_contradicts_costs_no_download() {
    let hub = Hub::with_demo("small", []);
    hub.write_manifest(|manifest| manifest[0]["files"][3]["sha256"] = "0".repeat(64).into());
    let dir = tempfile::tempdir().unwrap();
    assert!(fails(&options(&hub, dir.path())).to_string().contains(&"0".repeat(64)));
    assert_eq!(names(&dir.path().join("tiny")), ["config.json", "merges.txt", "vocab.json"]);
}

#[test]
fn a_checkpoint_of_another_shape_is_refused() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    hub.write_manifest(|manifest| manifest[0]["parameters"] = 124_439_808.into());
    let message = fails(&options(&hub, dir.path())).to_string();
    assert!(message.contains("3332928 parameters, 124439808 are expected"), "{message}");
    hub.write_manifest(|manifest| manifest[0]["parameters"] = 3_332_928.into());
    ensure(&options(&hub, dir.path()), &["tiny"]).unwrap();
}

#[test]
fn an_unknown_model_and_a_gone_revision_are_named() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let options = options(&hub, dir.path());
    let message = ensure(&options, &["gpt2"]).unwrap_err().to_string();
    assert_eq!(message, "there is no model `gpt2`; known are tiny");
    assert!(names(dir.path()).is_empty());
    hub.write_manifest(|manifest| manifest[0]["revision"] = "gone".into());
    let message = fails(&options).to_string();
    assert!(message.contains("resolve/gone/config.json answered 404"), "{message}");
}

#[test]
fn offline_sends_no_packet() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&hub, dir.path());
    options.hub.offline = Some("HF_HUB_OFFLINE=1".to_owned());
    options.reach_within = Some(Duration::from_secs(5));
    let error = fails(&options);
    assert!(error.is_unreachable());
    assert!(error.to_string().contains("HF_HUB_OFFLINE=1 forbids"), "{error}");
    assert_eq!(hub.requests(), 0);
    options.hub.offline = None;
    ensure(&options, &["tiny"]).unwrap();
    options.hub.offline = Some("--offline".to_owned());
    ensure(&options, &["tiny"]).unwrap();
    verify(&options, &["tiny"]).unwrap();
}

#[test]
fn an_unreachable_hub_is_known_within_its_time() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let silent = crate::server::Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        Ok(())
    });
    for endpoint in [silent.url(""), "http://127.0.0.1:1".to_owned(), "http://no-such-hub.invalid".to_owned()] {
        let mut options = options(&hub, dir.path());
        options.hub.endpoint = endpoint;
        options.reach_within = Some(Duration::from_secs(1));
        let start = Instant::now();
        let error = fails(&options);
        assert!(error.is_unreachable(), "{error}");
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    // One that answers is asked once more, and only once.
    let mut options = options(&hub, dir.path());
    options.reach_within = Some(Duration::from_secs(5));
    ensure(&options, &["tiny"]).unwrap();
    let heads = hub.pages.seen().iter().filter(|seen| seen.method == "HEAD").count();
    assert_eq!((heads, hub.requests()), (1, 6));
}

#[test]
fn the_token_goes_to_the_hub_alone() {
    let hub = Hub::with_demo("small", []);
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(&hub, dir.path());
    options.hub.token = Some("hf_secret".to_owned());
    ensure(&options, &["tiny"]).unwrap();
    assert!(hub.pages.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer hf_secret")));
    assert!(hub.blobs.seen().iter().all(|seen| seen.header("authorization").is_none()));
}
