//! The comparison with published values: a `lab` that answers as told, and the real weights where they are.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use xtask::weights::{Behaviour, Error, Options, ensure, verify};

use crate::hub::Hub;
use crate::models::options;

/// A program that takes `lab logits`' arguments and copies a prepared answer, and notes how it was called.
fn lab(folder: &Path, answer: &Path, exit: i32) -> PathBuf {
    let path = folder.join("lab");
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {calls}\nwhile [ $# -gt 0 ]; do [ \"$1\" = --out ] && out=$2; shift; done\n\
         cp {answer} \"$out\"\n[ {exit} = 0 ] || echo 'the model is out of tune' >&2\nexit {exit}\n",
        calls = folder.join("calls").display(),
        answer = answer.display(),
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn safetensors(path: &Path, shape: &str, values: &[f32]) {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let header = format!(r#"{{"logits":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{}]}}}}"#, bytes.len());
    fs::write(path, [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes].concat()).unwrap();
}

fn setting() -> (Hub, tempfile::TempDir, Options) {
    let hub = Hub::with_demo("small", []);
    hub.write_manifest(|manifest| manifest[0]["published"] = "gpt2-small".into());
    let dir = tempfile::tempdir().unwrap();
    let options = options(&hub, dir.path());
    (hub, dir, options)
}

#[test]
fn a_model_with_published_values_is_unchecked_without_a_lab() {
    let (_hub, _dir, options) = setting();
    assert_eq!(ensure(&options, &["tiny"]).unwrap()[0].behaviour, Behaviour::Unchecked);
}

#[test]
fn a_lab_that_fails_is_no_verdict_on_the_weights() {
    let (_hub, dir, mut options) = setting();
    let answer = dir.path().join("answer");
    safetensors(&answer, "[3]", &[0.0; 3]);
    for (exit, shape, cause) in
        [(3, "[3]", "the model is out of tune"), (0, "[1,1,3]", "shape [1, 1, 3] for 19 positions")]
    {
        safetensors(&answer, shape, &[0.0; 3]);
        options.lab = Some(lab(dir.path(), &answer, exit));
        // A first run keeps its weights; who asks for the verdict gets an error.
        assert_eq!(ensure(&options, &["tiny"]).unwrap()[0].behaviour, Behaviour::Unchecked);
        let error = verify(&options, &["tiny"]).unwrap_err();
        assert!(matches!(error, Error::Lab { .. }) && error.to_string().contains(cause), "{error}");
    }
    options.lab = Some(dir.path().join("none"));
    assert!(verify(&options, &["tiny"]).unwrap_err().to_string().contains("cannot be run"));
}

/// The real lab, where it has been built, on a model that is not GPT-2.
#[test]
fn a_model_that_computes_something_else_is_found_out() {
    let lab = xtask::cargo::target().join("release/lab");
    if !lab.is_file() {
        eprintln!("skipped: {} is absent (`cargo xtask figures` builds it)", lab.display());
        return;
    }
    let (_hub, _dir, mut options) = setting();
    options.lab = Some(lab);
    for result in [ensure(&options, &["tiny"]), verify(&options, &["tiny"]), ensure(&options, &["tiny"])] {
        let message = result.unwrap_err().to_string();
        let want = "tiny: differs from the published values: `One two three four`: next token";
        assert!(message.starts_with(want), "{message}");
        assert!(message.contains("where 1936, -69.4948 are published"), "{message}");
        assert!(message.contains("and 6 more of 8 prompts"), "{message}");
    }
    // The weights are whole all the same, and without the lab nobody says otherwise anew.
    let record = fs::read_to_string(options.dir.join("tiny/verified.json")).unwrap();
    assert!(record.contains("\"differs\""), "{record}");
}

/// The golden values where the real weights and the lab are; where they are not, says so.
#[test]
fn the_real_gpt2_gives_the_published_values() {
    let options = Options {
        hub: xtask::weights::Hub { offline: Some("this test".into()), ..xtask::weights::Hub::from_env() },
        ..Options::default()
    };
    if !options.dir.join("gpt2/verified.json").is_file() || options.lab.is_none() {
        eprintln!("skipped: data/weights/gpt2 or target/release/lab is absent (`cargo xtask weights --verify gpt2`)");
        return;
    }
    assert_eq!(verify(&options, &["gpt2"]).unwrap()[0].behaviour, Behaviour::Published);
}
