//! `lab record`, also called `lab logits`: what it writes, and what is drawn from it.

use std::fs;

use crate::lab::Lab;

/// Every file of a folder, with its bytes.
fn files_of(lab: &Lab, folder: &str) -> Vec<(String, Vec<u8>)> {
    let prefix = format!("{folder}/");
    let files = lab.files().into_iter().filter_map(|file| Some(file.strip_prefix(&prefix)?.to_owned()));
    files.map(|file| (file.clone(), fs::read(lab.path(folder).join(file)).unwrap())).collect()
}

#[test]
fn one_file_has_all_that_the_parts_need_and_gives_the_same_bytes_as_the_models() {
    let lab = Lab::new();
    let output = lab.ok(&["record", "--models", "demo", "--out", "book.safetensors"]);
    assert!(output.stdout.contains("book.safetensors: both models' logits for 2 prompts, 0.8 MB"), "{}", output.stdout);
    lab.ok(&["record", "--models", "demo", "--out", "again.safetensors"]);
    assert!(fs::read(lab.path("book.safetensors")).unwrap() == fs::read(lab.path("again.safetensors")).unwrap());
    let all = ["part", "all", "--dpi", "40", "--formats", "png,svg"];
    let models = lab.ok(&[&all[..], &["--models", "demo", "--out", "models"]].concat());
    let book = lab.ok(&[&all[..], &["--logits", "book.safetensors", "--out", "book"]].concat());
    assert_eq!(book.stdout, models.stdout);
    let (models, book) = (files_of(&lab, "models"), files_of(&lab, "book"));
    assert_eq!(models.len(), 21);
    for ((name, models), (other, book)) in models.iter().zip(&book) {
        assert_eq!(name, other);
        assert!(models == book, "{name} differs");
    }
    assert_eq!(models.len(), book.len());
}

#[test]
fn prompts_of_ones_own_are_recorded_and_found_again() {
    let lab = Lab::new();
    let prompts = ["--prompt", "Call me", "--prompt", "Once upon a", "--prompt", "Call me"];
    let output = lab.ok(&[&["record", "--models", "demo", "--out", "own.safetensors"], &prompts[..]].concat());
    assert!(output.stdout.contains("for 2 prompts"), "{}", output.stdout);
    for prompt in ["Call me", "Once upon a"] {
        let part =
            |from: &[&str]| lab.ok(&[&["part", "3", "5", "--dpi", "40", "--prompt", prompt], from].concat()).stdout;
        let next = |from: &[&str]| lab.ok(&[&["next", prompt, "--token", " the", "--json"], from].concat()).stdout;
        let compare = |from: &[&str]| lab.ok(&[&["compare", prompt], from].concat()).stdout;
        let (models, logits) = (["--models", "demo"], ["--logits", "own.safetensors"]);
        assert_eq!(part(&logits), part(&models));
        assert_eq!(next(&logits), next(&models));
        assert_eq!(compare(&logits), compare(&models));
    }
}

#[test]
fn record_and_logits_are_two_names_of_one_command() {
    let lab = Lab::new();
    let bytes = |args: &[&str]| {
        let output = lab.ok(&[args, &["--models", "demo", "--out", "x.safetensors"]].concat());
        (fs::read(lab.path("x.safetensors")).unwrap(), output.stdout)
    };
    for args in [&[][..], &["Call me"], &["--ids", "14134,502"], &["Call me", "--all", "--model", "large"]] {
        assert!(bytes(&[&["record"], args].concat()) == bytes(&[&["logits"], args].concat()), "{args:?}");
    }
    // Two prompts of one model, and every position of both models.
    let (_, said) = bytes(&["record", "--prompt", "Call me", "--prompt", "Once", "--model", "large"]);
    assert!(said.starts_with("x.safetensors: logits of DEMO LARGE for 2 prompts, 0.4 MB\n"), "{said}");
    let top = |from: &[&str]| lab.ok(&[&["next", "Once", "-k", "3", "--json"], from].concat()).stdout;
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["top"].clone();
    let large = top(&["--models", "demo", "--model", "large"]);
    assert_eq!(json(&top(&["--logits", "x.safetensors"])), json(&large));
    bytes(&["record", "--prompt", "Call me Ishmael", "--all"]);
    let score = |args: &[&str]| lab.ok(&[&["score", "Call me Ishmael"], args].concat()).stdout;
    assert_eq!(score(&["--logits", "x.safetensors"]), score(&["--models", "demo", "--pair"]));

    for (args, parts) in [
        (&["Call me", "--ids", "1"][..], &["'[TEXT]'", "'--ids <ID,ID,…>'"][..]),
        (&["Call me", "--small", "demo-small"], &["'[TEXT]'", "'--small <MODEL>'"]),
        (&["--model", "small", "--large", "demo-large"], &["'--model <MODEL>'", "'--large <MODEL>'"]),
        (&["--ids", "1", "--prompt", "Call me"], &["'--ids <ID,ID,…>'", "'--prompt <TEXT>'"]),
    ] {
        let output = lab.run(&[&["record", "--out", "y.safetensors"], args].concat());
        assert_eq!((output.code, output.stderr.lines().count()), (2, 1), "{args:?}: {}", output.stderr);
        for part in parts {
            assert!(output.stderr.contains(part), "{args:?}: {part} is not in: {}", output.stderr);
        }
    }
    let args = ["record", "--model", "demo-small", "--out", "two.npy"];
    let output = lab.run(&args);
    assert!(output.stderr.contains("--out two.npy: the name must end in .safetensors\n"), "{}", output.stderr);
}

#[test]
fn no_folders_are_made_for_a_file() {
    let lab = Lab::new();
    for command in [&["record"][..], &["logits", "Call me"]] {
        let output = lab.run(&[command, &["--models", "demo", "--out", "no/such/file.safetensors"]].concat());
        assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{}", output.stderr);
        assert!(output.stderr.contains("no/such/file.safetensors"), "{}", output.stderr);
        assert!(output.stderr.contains("give --out a file name in a folder that exists"), "{}", output.stderr);
    }
    assert_eq!(lab.files(), [] as [String; 0]);
    assert!(!lab.path("no").exists());
}
