//! The reader's own questions.

use std::process::Stdio;

use crate::lab::Lab;

#[test]
fn tokens_shows_ids_and_tokens() {
    let output = Lab::new().ok(&["tokens", "It was a dark\n"]);
    assert_eq!(
        output.stdout,
        "tensor([[1026,  373,  257, 3223,  198]])\nThe text comprises 5 tokens.\n\n 1026 is \"It\"\n  373 is \" was\"\n  257 is \" a\"\n 3223 is \" dark\"\n  198 is \"\\n\"\n"
    );
}

#[test]
fn stdin_is_a_text_without_its_last_newline() {
    let lab = Lab::new();
    let from_stdin = lab.run_with_stdin(&["tokens", "-"], "Zoë\n".as_bytes());
    assert_eq!(from_stdin.stdout, lab.ok(&["tokens", "Zoë"]).stdout);
    let numbers = lab.run_with_stdin(&["softmax", "-"], b"1 2\n3\n");
    assert_eq!(numbers.stdout, lab.ok(&["softmax", "1", "2", "3"]).stdout);
    // NumPy's own print of the same.
    assert!(numbers.stdout.starts_with("[0.09003057 0.24472847 0.66524096]\n"), "{}", numbers.stdout);
}

#[test]
fn softmax_takes_any_numbers_and_says_what_the_bare_formula_gives() {
    let output = Lab::new().ok(&["softmax", "-1000", "0", "1000", "-t", "0.5"]);
    assert!(output.stdout.starts_with("[0. 0. 1.]\n1.0\n"), "{}", output.stdout);
    assert!(output.stdout.contains("in float32: 1 of 3 values are NaN"), "{}", output.stdout);
}

#[test]
fn next_lists_the_most_probable_tokens() {
    let lab = Lab::new();
    let output = lab.ok(&["next", "It was a dark and stormy", "-k", "2", "--models", "demo"]);
    assert_eq!(
        output.stdout,
        "DEMO SMALL (part of the lab)\nIt was a dark and stormy ___\n 1755 (34.7%) is \" night\"\n16506 (20.1%) is \" flame\"\n"
    );
    let sharper = lab.ok(&["next", "It was a dark and stormy", "-k", "1", "-t", "0.5", "--models", "demo", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&sharper.stdout).unwrap();
    assert_eq!(answer["top"][0]["word"], " night");
    // As in part 4's figure: 73.6 % at T = 0.5.
    assert!((answer["top"][0]["probability"].as_f64().unwrap() - 0.736).abs() < 1e-3);
}

#[test]
fn compare_shows_both_models() {
    let output = Lab::new().ok(&["compare", "A plethora of platypuses.", "--models", "demo", "-k", "3"]);
    assert!(output.stdout.contains("Of the 3 most probable tokens of each, 3 are the same:"), "{}", output.stdout);
}

#[test]
fn models_says_what_is_here_and_how_to_get_the_rest() {
    let output = Lab::new().ok(&["models", "--weights", "nowhere"]);
    assert!(output.stdout.contains("demo-small      3,332,928 parameters  part of the lab"), "{}", output.stdout);
    let large = "gpt2-large    774,030,080 parameters  not here; to get it: cargo xtask weights gpt2-large (3.2 GB)";
    assert!(output.stdout.contains(large), "{}", output.stdout);
}

#[test]
fn help_has_examples_and_completions_know_the_commands() {
    let lab = Lab::new();
    for args in
        [&["--help"][..], &["part", "--help"], &["next", "--help"], &["record", "--help"], &["logits", "--help"]]
    {
        assert!(lab.ok(args).stdout.contains("Example"), "{args:?}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(lab.ok(&["completions", shell]).stdout.contains("compare"), "{shell}");
    }
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let lab = Lab::new();
    let mut child =
        lab.command(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
