//! Texts and numbers that start with a hyphen are taken, and mistyped options are not.

use crate::lab::Lab;

#[test]
fn softmax_takes_every_number_that_python_prints() {
    let lab = Lab::new();
    for (args, same) in [
        (&["-1e-3", "2"][..], "-0.001 2"),
        (&["-.5", "2"], "-0.5 2"),
        (&["-1, 2"], "-1 2"),
        (&["-1e-05", "2e-05"], "-0.00001 0.00002"),
        (&["-1E+2,", "-2"], "-100 -2"),
        (&["-1", "-t", "0.5", "--json"], "-1 -t 0.5 --json"),
        (&["-t", "0.5", "-1e-3"], "-t 0.5 -0.001"),
        (&["--", "-1", "2"], "-1 2"),
    ] {
        let plain = [&["softmax"][..], &same.split(' ').collect::<Vec<_>>()].concat();
        assert_eq!(lab.ok(&[&["softmax"], args].concat()).stdout, lab.ok(&plain).stdout, "{args:?}");
    }
    // exp(-inf) = 0: the others share all of the probability. NumPy prints the same of torch.softmax's result.
    let masked = lab.ok(&["softmax", "0", "-inf", "0"]).stdout;
    assert!(masked.starts_with("[0.5 0.  0.5]\n"), "{masked}");
    assert_eq!(lab.ok(&["softmax", "-inf", "0", "0"]).code, 0);
}

#[test]
fn a_text_may_start_with_a_hyphen() {
    let lab = Lab::new();
    let ids = |args: &[&str]| lab.ok(&[&["tokens"], args].concat()).stdout;
    for text in ["- a list", "-It was", "--- a/file", "---", "-5", "-.", "-\u{201c}so\u{201d}"] {
        assert_eq!(ids(&[text]), ids(&["--", text]), "{text}");
        assert!(lab.ok(&["tokens", "--json", text]).stdout.contains("ids"));
    }
    // Every command that takes a text.
    for command in ["next", "compare", "generate", "score", "lens", "attention"] {
        let output = lab.run(&[command, "- It was", "--models", "demo"]);
        assert_eq!(output.code, 0, "{command}: {}", output.stderr);
    }
    lab.ok(&["logits", "- It was", "--models", "demo", "--out", "x.safetensors"]);
    // Every option that takes one.
    let prompt = ["--models", "demo", "--prompt", "- It was"];
    let part = ["part", "3", "--dpi", "40", "--json"];
    let report = lab.ok(&[&part[..], &prompt].concat()).stdout;
    assert!(report.contains("\"text\": \"- It was\""), "{report}");
    lab.ok(&[&["record", "--out", "r.safetensors"], &prompt[..]].concat());
    let rank = lab.ok(&["next", "It was", "--models", "demo", "--token", "--", "--token", "-", "--token", " -"]).stdout;
    assert!(rank.contains("\"--\"") && rank.contains("\" -\""), "{rank}");
    // With `=` a value may be anything.
    let help = lab.ok(&[&part[..], &["--models", "demo", "--prompt=--help"]].concat()).stdout;
    assert!(help.contains("\"text\": \"--help\""), "{help}");
}

#[test]
fn a_mistyped_option_is_no_text_wherever_it_stands() {
    let lab = Lab::new();
    for (args, suggestion) in [
        (&["next", "--jsno"][..], "'--json'"),
        (&["next", "It was", "--jsno"], "'--json'"),
        (&["tokens", "--jsno", "x"], "'--json'"),
        (&["softmax", "1", "--jsno"], "'--json'"),
        (&["part", "3", "--promt=It was a dark"], "'--prompt'"),
        (&["part", "3", "--promt", "It was a dark"], "'--prompt'"),
    ] {
        let output = lab.run(args);
        assert_eq!(output.code, 2, "{args:?}: {}", output.stdout);
        assert!(
            output.stderr.contains("unexpected argument") && output.stderr.contains(suggestion),
            "{}",
            output.stderr
        );
    }
    let output = lab.run(&["tokens", "-q"]);
    assert!(output.code == 2 && output.stderr.contains("if -q is a text, put -- before it"), "{}", output.stderr);
    for args in [["next", "5", "-k"], ["next", "- 5", "-k"]] {
        let output = lab.run(&args);
        assert!(output.code == 2 && output.stderr.contains("a value is required for '-k <K>'"), "{}", output.stderr);
    }
    let output = lab.run(&["part", "3", "--prompt", "--dpi", "40"]);
    assert_eq!((output.code, output.stderr.lines().count()), (2, 1), "{}", output.stderr);
    assert!(output.stderr.contains("if --dpi is its value, write --prompt=--dpi"), "{}", output.stderr);
}

#[test]
fn the_rule_is_in_the_help() {
    let help = Lab::new().command(&["--help"]).env("COLUMNS", "100").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("an option has a letter after its hyphens and no space"), "{help}");
}
