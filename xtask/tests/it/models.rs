//! Whole models, by `weights::ensure` and `weights::verify`.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use serde_json::Value;
use xtask::weights::{Behaviour, Hub as HubSettings, ModelDir, Options, ensure, verify};

use crate::{
    fetching::{names, options as download_options},
    hub::{Hub, REPO, REVISION, WEIGHTS},
    server::{Plan, Server, noise, sha256},
};

pub(crate) fn options(hub: &Hub, dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        hub: HubSettings { endpoint: hub.pages.url(""), token: None, offline: None, cache: None },
        manifest: Some(hub.manifest()),
        force: false,
        reach_within: None,
        lab: None,
        download: download_options(),
    }
}

fn setting() -> (Hub, tempfile::TempDir, Options) {
    let (hub, dir) = (Hub::new([]), tempfile::tempdir().unwrap());
    let options = options(&hub, dir.path());
    (hub, dir, options)
}

/// The only error line, and no model in sight.
fn fails(options: &Options) -> String {
    let message = ensure(options, &["tiny"]).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    assert!(!options.dir.join("tiny/verified.json").exists());
    message
}

#[test]
fn a_model_comes_from_the_hub_once() {
    let (hub, dir, options) = setting();
    let models = ensure(&options, &["tiny"]).unwrap();
    let path = dir.path().join("tiny");
    let bytes = hub.files.iter().map(|(_, file)| file.bytes.len() as u64).sum();
    let (name, checked, behaviour) = ("tiny".into(), "sha256 verified".into(), Behaviour::NoPublishedValues);
    assert_eq!(models, [ModelDir { name, path: path.clone(), bytes, checked, behaviour }]);
    assert_eq!(names(dir.path()), ["tiny"]);
    assert_eq!(names(&path), ["config.json", "merges.txt", "model.safetensors", "verified.json", "vocab.json"]);
    for (name, file) in &hub.files {
        assert!(fs::read(path.join(name)).unwrap() == *file.bytes, "{name}");
    }
    // What the lab reads.
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
    assert!(message.contains("model.safetensors has sha256") && message.contains("xtask weights tiny"), "{message}");
    assert!(verify(&options, &["tiny"]).unwrap_err().to_string().contains("no verified weights"));
    // So the next run repairs it, and fetches nothing else.
    options.hub.endpoint = hub.pages.url("");
    let before = hub.requests();
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), before + 2);
    verify(&options, &["tiny"]).unwrap();
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

#[test]
fn force_fetches_anew_and_replaces_only_by_what_is_right() {
    let (hub, dir, mut options) = setting();
    ensure(&options, &["tiny"]).unwrap();
    options.force = true;
    ensure(&options, &["tiny"]).unwrap();
    assert_eq!(hub.requests(), 10);
    hub.plans("model.safetensors", [Plan::Changed(noise(WEIGHTS, 1).into())]);
    assert!(fails(&options).contains("has sha256"));
    let left = fs::read(dir.path().join("tiny/model.safetensors")).unwrap();
    assert!(left == *hub.file("model.safetensors").bytes);
}

#[test]
fn what_is_not_pinned_is_held_against_what_the_hub_states() {
    let (hub, dir, options) = setting();
    hub.unpin(&["sha256", "bytes"]);
    hub.plans("model.safetensors", [Plan::Changed(noise(WEIGHTS, 1).into())]);
    assert!(fails(&options).contains(&sha256(&hub.file("model.safetensors").bytes)));
    hub.plans("model.safetensors", [Plan::Changed(noise(1000, 1).into())]);
    assert!(fails(&options).contains("6668480 are expected"));
    hub.plans("model.safetensors", []);
    ensure(&options, &["tiny"]).unwrap();
    // From now on the first download's sha256 counts, even for a file whose hash the hub does not tell.
    let config = hub.file("config.json").bytes.clone();
    fs::remove_file(dir.path().join("tiny/config.json")).unwrap();
    hub.plans("config.json", [Plan::Changed(noise(config.len(), 9).into())]);
    let message = fails(&options);
    assert!(message.contains("config.json has sha256") && message.contains(&sha256(&config)), "{message}");
    // A hub that states nothing and sends no length either is not believed.
    hub.say_nothing();
    hub.plans("config.json", []);
    hub.plans("model.safetensors", [Plan::Unannounced(noise(1000, 1))]);
    fs::remove_dir_all(dir.path().join("tiny")).unwrap();
    let message = fails(&options);
    assert!(message.contains("neither the length nor the sha256"), "{message}");
    assert_eq!(names(&dir.path().join("tiny")), ["config.json", "merges.txt", "vocab.json"]);
}

#[test]
fn an_unreachable_hub_is_known_within_its_time() {
    let (hub, _dir, mut options) = setting();
    let silent = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        Ok(())
    });
    options.reach_within = Some(Duration::from_secs(1));
    for endpoint in [silent.url(""), "http://127.0.0.1:1".to_owned(), "http://no-such-hub.invalid".to_owned()] {
        options.hub.endpoint = endpoint;
        let start = Instant::now();
        assert!(fails(&options).contains("cannot be reached"));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    // One that answers, whatever it is, is asked once more, and only once.
    options.hub.endpoint = hub.pages.url("");
    ensure(&options, &["tiny"]).unwrap();
    let heads = hub.pages.seen().iter().filter(|seen| seen.method == "HEAD").count();
    assert_eq!((heads, hub.requests()), (1, 6));
}
