//! An installed program: it runs outside a clone, where cargo may be absent and `cargo xtask` is.

use std::{fs, process::Command};

use crate::lab::Lab;

#[test]
fn an_installed_lab_names_no_command_of_cargo() {
    let lab = Lab::new();
    let program = lab.path("lab");
    fs::copy(env!("CARGO_BIN_EXE_lab"), &program).unwrap();
    fs::create_dir_all(lab.path("w/gpt2")).unwrap();
    for file in ["config.json", "model.safetensors"] {
        let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small/");
        fs::copy(format!("{demo}{file}"), lab.path("w/gpt2").join(file)).unwrap();
    }
    fs::write(lab.path("w/gpt2/verified.json"), "[").unwrap();
    let weights = ["--weights", "w"];
    for (args, code, expected) in [
        (&["models"][..], 0, "put config.json and model.safetensors of openai-community/gpt2-large on Hugging Face"),
        (&["part", "3", "--dpi", "40", "--out", "out"], 0, "`lab models` lists which files to put where"),
        (&["part", "3", "--models", "pretrained"], 1, "`lab models` lists which files to put there"),
        (&["next", "x", "--model", "gpt2-xl"], 1, "`lab models` lists what is here and how to get the others"),
        (&["next", "x", "--model", "gpt2"], 1, "delete it, the lab works without it"),
    ] {
        let output = Command::new(&program).args(args).args(weights).current_dir(lab.path("")).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {text}");
        assert!(text.contains(expected), "{args:?}: {expected:?} is not in: {text}");
        assert!(!text.contains("cargo"), "{args:?}: {text}");
    }
    let page = fs::read_to_string(lab.path("out/index.html")).unwrap();
    assert!(page.contains("where <code>lab models</code> says") && !page.contains("cargo xtask"));
}
