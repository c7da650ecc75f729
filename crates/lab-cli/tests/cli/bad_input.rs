//! Bad input gives one line with the input and what is accepted, exit code 1 or 2, and no file.

use std::fs;

use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};

use crate::lab::{Lab, Output, recorded};

/// The complaint is one line with all of `parts` in it, and nothing was printed or written.
#[track_caller]
fn refused(lab: &Lab, output: &Output, code: i32, parts: &[&str]) {
    assert_eq!(output.code, code, "{}{}", output.stdout, output.stderr);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    for part in parts {
        assert!(output.stderr.contains(part), "{part:?} is not in: {}", output.stderr);
    }
    assert_eq!(output.stdout, "");
    let pictures: Vec<String> =
        lab.files().into_iter().filter(|f| f.starts_with("figures") || f.ends_with("png")).collect();
    assert_eq!(pictures, [] as [String; 0]);
}

#[track_caller]
fn refuses(args: &[&str], code: i32, parts: &[&str]) {
    let lab = Lab::new();
    refused(&lab, &lab.run(args), code, parts);
}

#[test]
fn an_empty_prompt() {
    for args in [&["next", ""][..], &["tokens", ""], &["part", "3", "--prompt", ""], &["compare", ""]] {
        refuses(args, 2, &["the prompt is empty", "at least one character"]);
    }
    let lab = Lab::new();
    refused(&lab, &lab.run_with_stdin(&["next", "-"], b"\n"), 2, &["the prompt is empty"]);
}

#[test]
fn a_prompt_that_is_too_long() {
    let text = "word ".repeat(1100);
    let lab = Lab::new();
    let output = lab.run_with_stdin(&["part", "all", "--prompt", "-", "--models", "demo"], text.as_bytes());
    refused(&lab, &output, 1, &["the prompt has 1,101 tokens", "DEMO SMALL reads at most 256"]);
}

#[test]
fn stdin_that_is_no_utf8() {
    let lab = Lab::new();
    for args in [&["tokens", "-"][..], &["part", "3", "--prompt", "-"], &["softmax", "-"]] {
        refused(&lab, &lab.run_with_stdin(args, b"ab\xff\xfe"), 1, &["not UTF-8", "0xff at offset 2"]);
    }
}

#[test]
fn k_out_of_range() {
    for command in [&["next", "x"][..], &["part", "4"], &["compare", "x"]] {
        for k in ["0", "60000", "-1", "ten"] {
            refuses(&[command, &["-k", k]].concat(), 2, &[k, "-k"]);
        }
        let accepted = "-k 60000: give 1 to 50,257 (DEMO SMALL has 50,257 tokens)";
        refuses(&[command, &["-k", "60000", "--models", "demo"]].concat(), 2, &[accepted]);
    }
}

#[test]
fn temperatures_that_are_none() {
    for command in [&["next", "x"][..], &["part", "4"], &["softmax", "1", "2"]] {
        for t in ["0", "nan", "-1", "inf", "warm"] {
            refuses(&[command, &["-t", t]].concat(), 2, &[t, "--temperature"]);
        }
        refuses(&[command, &["-t", "0"]].concat(), 2, &["give a temperature above 0"]);
    }
}

#[test]
fn unknown_models() {
    refuses(&["part", "all", "--models", "gpt4"], 2, &["'gpt4'", "auto, demo, pretrained"]);
    refuses(&["next", "x", "--model", "gpt4"], 2, &["\"gpt4\"", "small, large, or a folder"]);
    refuses(&["part", "6"], 2, &["'6'", "1, 2, 3, 4, 5, all"]);
    refuses(
        &["part", "all", "--models", "pretrained", "--weights", "nowhere"],
        1,
        &["gpt2 and gpt2-large are not in nowhere", "cargo xtask weights gpt2 gpt2-large"],
    );
}

#[test]
fn folders_that_are_not_there_or_hold_no_model() {
    refuses(&["part", "5", "--small", "no/such/folder"], 1, &["no/such/folder", "No such file"]);
    refuses(&["next", "x", "--model", "no/such/folder"], 1, &["no/such/folder", "No such file"]);
    let lab = Lab::new();
    fs::create_dir(lab.path("empty")).unwrap();
    refused(&lab, &lab.run(&["part", "5", "--large", "empty"]), 1, &["empty", "model.safetensors"]);
    refuses(&["part", "3", "--logits", "nothing.safetensors"], 1, &["nothing.safetensors", "No such file"]);
}

#[test]
fn a_place_that_cannot_be_written() {
    // A file in place of the folder, since permissions do not stop root.
    let lab = Lab::new();
    fs::write(lab.path("file"), "kept").unwrap();
    for out in ["file", "file/below"] {
        let output = lab.run(&["part", "1", "--out", out]);
        refused(&lab, &output, 1, &["cannot write to file", "choose a folder you can write to with --out"]);
    }
    assert_eq!(fs::read_to_string(lab.path("file")).unwrap(), "kept");
}

/// On a disk of 8 kB, in a mount namespace of its own.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "mounts a disk: needs a machine where `unshare --map-root-user --mount` is allowed"]
fn a_full_disk_names_the_folder_and_no_option_that_would_not_help() {
    let lab = Lab::new();
    fs::create_dir(lab.path("disk")).unwrap();
    let on_disk = |args: &str| {
        let script = format!("mount -t tmpfs -o size=8k tmpfs disk && exec {} {args}", env!("CARGO_BIN_EXE_lab"));
        let mut command = std::process::Command::new("unshare");
        command.args(["--map-root-user", "--mount", "bash", "-c", &script]).current_dir(lab.path(""));
        command.output().expect("unshare starts")
    };
    assert!(on_disk("--version").status.success(), "unshare or mount is refused here");
    for args in [
        "part 2 --out disk/book",
        "logits It --models demo --out disk/it.safetensors",
        "record --models demo --out disk/book.safetensors",
        "score 'It was' --models demo --figure disk/score.png",
    ] {
        let output = on_disk(args);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args}: {stderr}");
        let full = "is full: free some space there, or choose a folder on another disk\n";
        assert!(stderr.starts_with("error: the disk of disk") && stderr.ends_with(full), "{args}: {stderr}");
        assert!(!stderr.contains("--"), "{args}: {stderr}");
    }
}

#[test]
fn recorded_logits_that_are_not_finite() {
    let lab = Lab::new();
    let write = |name: &str, logits: Vec<f32>| {
        let prompt = RecordedPrompt { token_ids: Some(vec![1]), ..RecordedPrompt::last("x", logits) };
        let model = RecordedModel { prompts: vec![prompt], ..Default::default() };
        fs::write(lab.path(name), RecordedLogits { models: vec![model] }.to_bytes().unwrap()).unwrap();
    };
    let mut logits = vec![0.0; 50257];
    logits[17] = f32::NAN;
    write("nan.safetensors", logits);
    let output = lab.run(&["part", "3", "--logits", "nan.safetensors"]);
    refused(&lab, &output, 1, &["prompt 0 has the logit NaN for token 17"]);
    fs::write(lab.path("text.safetensors"), "not one").unwrap();
    let output = lab.run(&["part", "3", "--logits", "text.safetensors"]);
    refused(&lab, &output, 1, &["text.safetensors: not a safetensors file"]);
}

#[test]
fn a_prompt_that_was_not_recorded() {
    for asked in ["5", "It was"] {
        let args = ["part", "3", "--logits", &recorded(), "--prompt", asked];
        refuses(&args, 2, &[asked, "0 \"Data visualization empowers users to\""]);
    }
}

#[test]
fn numbers_that_are_none() {
    refuses(&["softmax", "1", "two"], 2, &["\"two\" is not a number"]);
    let lab = Lab::new();
    refused(&lab, &lab.run_with_stdin(&["softmax", "-"], b" \n"), 2, &["no numbers"]);
}

#[test]
fn devices_and_ids_that_the_model_does_not_have() {
    refuses(&["next", "x", "--models", "demo", "--device", "tpu"], 1, &["no device \"tpu\": write cpu, cuda"]);
    let args = ["logits", "--ids", "1,99999", "--models", "demo", "--out", "x.safetensors"];
    refuses(&args, 1, &["token id 99999 at position 1", "50257"]);
}
