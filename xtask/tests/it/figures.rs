//! From the hub's address to the figures: `cargo xtask figures` on two stand-ins.

use std::{fs, path::Path, process::Command};

use crate::{fetching::names, hub::Hub, process::run, server::File};

#[test]
#[ignore = "needs target/release/lab, which cargo xtask figures builds"]
fn the_figures_are_drawn_from_what_the_hub_sends() {
    // Built already: the tests of other files run at the same time, and nothing may take their programs away.
    let lab = xtask::lab::path();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let served = |name, path: &str| (name, File::new(fs::read(data.join(path)).unwrap(), []));
    let hub = Hub::of(vec![
        served("config.json", "demo/small/config.json"),
        served("vocab.json", "tokenizer/vocab.json"),
        served("merges.txt", "tokenizer/merges.txt"),
        served("model.safetensors", "demo/small/model.safetensors"),
    ]);
    hub.write_manifest(|manifest| {
        let mut model = manifest[0].take();
        let named = ["gpt2", "gpt2-large"].map(|name| {
            model["name"] = name.into();
            model.clone()
        });
        *manifest = named.to_vec().into();
    });
    let dir = tempfile::tempdir().unwrap();
    let figures = |models: &str, endpoint: &str, weights: &str, out: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        for (name, _) in std::env::vars() {
            if name.starts_with("HF_") || name.to_ascii_lowercase().ends_with("_proxy") {
                command.env_remove(name);
            }
        }
        command.env("HF_HOME", dir.path().join("no-cache")).env("HF_ENDPOINT", endpoint);
        command.args(["figures", "--models", models, "--lab"]).arg(&lab).arg("--manifest").arg(hub.manifest());
        // After the first of the lab's own arguments all are.
        command.arg("--weights").arg(dir.path().join(weights)).args(["--dpi", "40", "--out"]);
        run(command.arg(dir.path().join(out)))
    };
    let (status, stdout, stderr) = figures("pretrained", &hub.pages.url(""), "weights", "first");
    assert_eq!(status, Some(0), "{stdout}\n{stderr}");
    let drawn = names(&dir.path().join("first"));
    let pictures: Vec<_> = drawn.iter().filter(|name| name.ends_with(".png")).collect();
    assert_eq!((pictures.len(), hub.requests()), (9, 10), "{drawn:?}");
    // The same pair again: not a packet, the same figures.
    let nowhere = "http://127.0.0.1:1";
    let (status, _, stderr) = figures("pretrained", nowhere, "weights", "again");
    assert_eq!((status, names(&dir.path().join("again"))), (Some(0), drawn.clone()), "{stderr}");
    for name in pictures {
        let read = |folder: &str| fs::read(dir.path().join(folder).join(name)).unwrap();
        assert!(read("first") == read("again"), "{name}");
    }
    // The very program says what it makes of them.
    let mut verify = Command::new(env!("CARGO_BIN_EXE_xtask"));
    verify.args(["weights", "gpt2", "--verify", "--lab"]).arg(&lab).arg("--manifest").arg(hub.manifest());
    let (status, stdout, stderr) = run(verify.arg("--dir").arg(dir.path().join("weights")));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.contains("sha256 verified\n") && stdout.contains("No values are published"), "{stdout}");
    // Without a network: an error for `pretrained`, for `auto` the demo pair.
    let (status, _, stderr) = figures("pretrained", nowhere, "empty", "demo");
    assert!(status == Some(1) && stderr.lines().last().unwrap().contains("cannot be reached"), "{stderr}");
    assert!(!dir.path().join("demo").exists());
    let (status, stdout, stderr) = figures("auto", nowhere, "empty", "demo");
    assert_eq!(status, Some(0), "{stderr}");
    // Why, once and first; how to change it, last.
    assert_eq!(stdout.matches("cannot be reached").count(), 1, "{stdout}");
    assert!(stdout.lines().next().unwrap().contains("not GPT-2, because"), "{stdout}");
    assert!(stdout.trim().lines().last().unwrap().ends_with("cargo xtask weights gpt2 gpt2-large"), "{stdout}");
}
