//! Mistyped options, and options without effect: the error names the option and the correction.

use crate::lab::{Lab, recorded};

#[test]
fn a_mistyped_option_is_no_text() {
    for command in ["tokens", "next", "compare"] {
        let output = Lab::new().run(&[command, "--jsno"]);
        assert_eq!(output.code, 2, "{}", output.stdout);
        assert!(output.stderr.contains("unexpected argument '--jsno'"), "{}", output.stderr);
        assert!(output.stderr.contains("a similar argument exists: '--json'"), "{}", output.stderr);
        assert!(!output.stderr.contains("goes in quotes"), "{}", output.stderr);
    }
    let output = Lab::new().run(&["compare", "-q"]);
    assert!(output.code == 2 && output.stderr.contains("unexpected argument '-q'"), "{}", output.stderr);
    let output = Lab::new().run(&["part", "3", "--prompt", "--dpi", "40"]);
    assert_eq!(output.code, 2, "{}", output.stderr);
}

#[test]
fn two_dashes_go_before_a_text_that_starts_with_one() {
    let output = Lab::new().ok(&["tokens", "--", "--jsno"]);
    assert!(output.stdout.contains("is \"--\""), "{}", output.stdout);
    // As Unix has it, one dash alone is standard input.
    assert_eq!(Lab::new().run_with_stdin(&["tokens", "-"], b"--jsno\n").stdout, output.stdout);
}

#[test]
fn an_option_that_changes_nothing_is_refused_by_name() {
    let file = recorded();
    for (args, option) in [
        (&["part", "1", "--prompt", "hi"][..], "--prompt has no effect without part 3, 4 or 5"),
        (&["part", "1", "2", "-k", "3"], "-k has no effect without part 3, 4 or 5"),
        (&["part", "2", "--models", "demo"], "--models has no effect"),
        (&["part", "1", "--small", "demo-small"], "--small has no effect"),
        (&["part", "1", "--device", "cpu"], "--device has no effect"),
        (&["part", "1", "--logits", &file], "--logits has no effect"),
        (&["part", "3", "5", "-t", "2"], "--temperature has no effect without part 2 or 4"),
        (&["part", "1", "3", "--log-y"], "--log-y has no effect without part 2"),
        (
            &["part", "5", "--models", "demo", "--small", "demo-small", "--large", "demo-large"],
            "--models has no effect",
        ),
        (&["part", "3", "--models", "demo", "--weights", "x"], "--weights has no effect with --models demo"),
        (&["next", "x", "--model", "demo-large", "--models", "demo"], "--models has no effect"),
    ] {
        let lab = Lab::new();
        let output = lab.run(args);
        assert_eq!((output.code, output.stderr.lines().count()), (2, 1), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(option), "{args:?}: {}", output.stderr);
        assert_eq!(lab.files(), [] as [String; 0]);
    }
    let output = Lab::new().run(&["part", "3", "--logits", &file, "--device", "cpu"]);
    assert_eq!(output.code, 2, "{}", output.stderr);
    assert!(output.stderr.contains("cannot be used with"), "{}", output.stderr);
}

#[test]
fn a_wrong_value_gets_the_option_and_what_it_takes() {
    for (args, code, parts) in [
        (&["next", "x", "-k", "abc"][..], 2, &["'abc' for '-k <K>'", "a whole number, 1 or more"][..]),
        (&["part", "5", "--small", "/nope"], 1, &["--small", "/nope", "demo-small", "a folder with config.json"]),
        (&["part", "5", "--large", "gpt3"], 2, &["--large \"gpt3\"", "demo-small", "a folder with config.json"]),
        (
            &["next", "x", "--model", "gpt2-xl", "--weights", "w"],
            1,
            &["--model gpt2-xl", "cargo xtask weights gpt2-xl"],
        ),
        (&["softmax", "1", "2", "3", "-t", "0.1", "0.5"], 2, &["\"0.5\" stands apart", "-t takes one temperature"]),
        (&["softmax", "[]"], 2, &["no numbers"]),
    ] {
        let output = Lab::new().run(args);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{args:?}: {}", output.stderr);
        for part in parts {
            assert!(output.stderr.contains(part), "{part:?} is not in: {}", output.stderr);
        }
    }
}

#[test]
fn softmax_takes_what_python_prints_and_names_what_has_no_softmax() {
    let lab = Lab::new();
    let expected = lab.ok(&["softmax", "1", "2", "3"]).stdout;
    for args in [&["softmax", "1,2,3"][..], &["softmax", "[1, 2, 3]"], &["softmax", "[1,", "2,", "3]"]] {
        assert_eq!(lab.ok(args).stdout, expected, "{args:?}");
    }
    let nan = lab.ok(&["softmax", "1", "nan", "3"]).stdout;
    assert!(nan.contains("The number at index 1 is nan"), "{nan}");
    let alone = lab.ok(&["softmax", "5"]).stdout;
    assert!(alone.contains("Entropy 0.000 nats"), "{alone}");
}

#[test]
fn help_is_there_as_a_word_and_fits_any_terminal() {
    let help = |args: &[&str], columns: &str| {
        let output = Lab::new().command(args).env("COLUMNS", columns).output().expect("lab starts");
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).expect("help is UTF-8")
    };
    assert_eq!(help(&["help", "next"], "80"), help(&["next", "--help"], "80"));
    let commands = help(&["--help"], "100");
    let commands = commands.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = commands.filter(|command| !command.is_empty() && *command != "help").collect();
    assert!(commands.len() >= 14, "{commands:?}");
    for args in commands.iter().map(|command| vec![*command, "--help"]).chain([vec!["--help"]]) {
        for columns in [40, 80] {
            let help = help(&args, &columns.to_string());
            for line in help.lines() {
                assert!(line.chars().count() <= columns, "{args:?} at {columns}: {line}");
            }
            // Continued lines are indented further than the first.
            let mut below = help.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
            for line in below.by_ref().take_while(|line| !line.is_empty()) {
                assert!(
                    line.starts_with("  lab ") || line.starts_with("  seq ") || line.starts_with("      "),
                    "{line}"
                );
            }
        }
    }
    assert!(help(&["part", "--help"], "100").contains("figures/runs/<models>"));
}

#[test]
fn models_go_by_the_names_that_are_listed() {
    let lab = Lab::new();
    let listed = lab.ok(&["models", "--weights", "nowhere"]).stdout;
    let names: Vec<&str> = listed.lines().take(6).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["demo-small", "demo-large", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"]);
    let next = |model: &str| lab.ok(&["next", "Call me", "-k", "2", "--model", model]).stdout;
    assert!(next("demo-large").starts_with("DEMO LARGE (part of the lab)\n"));
    // What a download puts in place can be used by its name at once.
    let demo = |file: &str| format!("{}/../../data/demo/large/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(lab.path("weights/gpt2-medium")).unwrap();
    for file in ["config.json", "model.safetensors"] {
        std::fs::copy(demo(file), lab.path("weights/gpt2-medium").join(file)).unwrap();
    }
    let args = ["next", "Call me", "-k", "2", "--model", "gpt2-medium", "--weights", "weights"];
    let medium = lab.ok(&args).stdout;
    assert!(medium.starts_with("GPT-2 MEDIUM"), "{medium}");
    assert_eq!(medium.lines().skip(1).collect::<Vec<_>>(), next("demo-large").lines().skip(1).collect::<Vec<_>>());
    let swapped = lab.ok(&["compare", "Call me", "--small", "demo-large", "--large", "demo-small", "-k", "2"]).stdout;
    assert!(
        swapped.starts_with("Models: the demo pair, not GPT-2: DEMO LARGE and DEMO SMALL. Engine: native.\n"),
        "{swapped}"
    );
}

#[test]
fn the_demo_notice_is_true_for_what_follows() {
    let lab = Lab::new();
    let named = "\"GPT-2-small\" below is DEMO SMALL";
    for (args, explained) in [
        (&["compare", "Call me", "--models", "demo"][..], false),
        (&["part", "5", "--models", "demo", "--dpi", "40"], false),
        (&["part", "3", "--models", "demo", "--dpi", "40"], true),
    ] {
        let stdout = lab.ok(args).stdout;
        assert!(stdout.starts_with("Models: the demo pair, not GPT-2: "), "{stdout}");
        assert_eq!(stdout.contains(named), explained, "{stdout}");
        assert_eq!(stdout.matches("GPT-2-small").count() > 0, explained, "{stdout}");
        assert_eq!(stdout.matches("not GPT-2").count(), 1, "{stdout}");
    }
}
