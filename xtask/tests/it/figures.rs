//! From the hub's address to the figures: `cargo xtask figures --models pretrained` on two stand-ins.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use serde_json::{Value, json};

use crate::{
    fetching::names,
    process::run,
    server::{File, Server, head, sha256},
};

/// The files of a demo model, as a hub would have them.
fn demo_files(size: &str) -> [(&'static str, PathBuf); 4] {
    let data = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(path);
    [
        ("config.json", data(&format!("demo/{size}/config.json"))),
        ("vocab.json", data("tokenizer/vocab.json")),
        ("merges.txt", data("tokenizer/merges.txt")),
        ("model.safetensors", data(&format!("demo/{size}/model.safetensors"))),
    ]
}

/// A hub whose gpt2 and gpt2-large are the demo models, and the manifest that pins them.
fn stand_ins() -> (Server, Server, Value) {
    let mut files: Vec<(String, Arc<File>)> = Vec::new();
    let mut manifest = Vec::new();
    for (name, size) in [("gpt2", "small"), ("gpt2-large", "large")] {
        let mut pinned = Vec::new();
        for (file, path) in demo_files(size) {
            let served = File::new(fs::read(path).unwrap(), []);
            pinned.push(json!({"path": file, "bytes": served.bytes.len(), "sha256": sha256(&served.bytes)}));
            files.push((format!("/stand-in/{name}/resolve/abc123/{file}"), served));
        }
        manifest.push(json!({"name": name, "repo": format!("stand-in/{name}"), "revision": "abc123", "files": pinned}));
    }
    let find = move |path: &str| files.iter().find(|(other, _)| other == path).map(|(_, file)| file.clone());
    let blobs = {
        let find = find.clone();
        Server::start(move |seen, to| match find(&seen.path) {
            Some(file) => file.answer(seen, to),
            None => head(to, 404, &[], 0),
        })
    };
    let away = blobs.url("");
    let pages = Server::start(move |seen, to| match find(&seen.path) {
        Some(_) if seen.path.ends_with("model.safetensors") => {
            head(to, 302, &[("location", format!("{away}{}", seen.path))], 0)
        }
        Some(file) => file.answer(seen, to),
        None => head(to, 404, &[], 0),
    });
    (pages, blobs, Value::Array(manifest))
}

/// Built already: the tests of other files run at the same time, and nothing may take their programs away.
fn lab() -> PathBuf {
    xtask::lab::path()
}

fn figures(models: &str, manifest: &Path, weights: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    for (name, _) in std::env::vars() {
        if name.starts_with("HF_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.env("HF_HOME", weights.join("no-cache")).env("NO_PROXY", "*");
    command.args(["figures", "--models", models]).arg("--lab").arg(lab());
    command.arg("--manifest").arg(manifest).arg("--weights").arg(weights);
    // After the first of the lab's own arguments all are.
    command.args(["--dpi", "40", "--out"]).arg(out);
    command
}

#[test]
fn the_figures_are_drawn_from_what_the_hub_sends() {
    if !lab().is_file() {
        eprintln!("skipped: {} is absent (`cargo xtask figures` builds it)", lab().display());
        return;
    }
    let (pages, blobs, manifest) = stand_ins();
    let dir = tempfile::tempdir().unwrap();
    let (path, weights) = (dir.path().join("models.json"), dir.path().join("weights"));
    fs::write(&path, manifest.to_string()).unwrap();
    let out = dir.path().join("pretrained");
    let (status, stdout, stderr) = run(figures("pretrained", &path, &weights, &out).env("HF_ENDPOINT", pages.url("")));
    assert_eq!(status, Some(0), "{stdout}\n{stderr}");
    let drawn = names(&out);
    assert_eq!(drawn.iter().filter(|name| name.ends_with(".png")).count(), 9, "{drawn:?}");
    assert_eq!((pages.seen().len(), blobs.seen().len()), (8, 2));
    // The same pair again: not a packet, the same figures.
    let again = dir.path().join("again");
    let (status, _, stderr) =
        run(figures("pretrained", &path, &weights, &again).env("HF_ENDPOINT", "http://127.0.0.1:1"));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(names(&again), drawn);
    for name in drawn.iter().filter(|name| name.ends_with(".png")) {
        assert!(fs::read(out.join(name)).unwrap() == fs::read(again.join(name)).unwrap(), "{name}");
    }
    // Without a network: the demo pair for `auto`, and the first line says so; an error for `pretrained`.
    let empty = dir.path().join("empty");
    let demo = dir.path().join("demo");
    let offline = |models| {
        let mut command = figures(models, &path, &empty, &demo);
        command.env("HF_ENDPOINT", "http://127.0.0.1:1");
        run(&mut command)
    };
    let (status, _, stderr) = offline("pretrained");
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stderr.lines().last().unwrap().contains("cannot be reached"), "{stderr}");
    assert!(!demo.exists());
    let (status, stdout, stderr) = offline("auto");
    assert_eq!(status, Some(0), "{stderr}");
    // Why, once and first; how to change it, last.
    assert_eq!(stdout.matches("cannot be reached").count(), 1, "{stdout}");
    assert!(stdout.lines().next().unwrap().contains("not GPT-2, because"), "{stdout}");
    assert!(stdout.trim().lines().last().unwrap().ends_with("cargo xtask weights gpt2 gpt2-large"), "{stdout}");
}
