//! An error suggests the intended command line, and never one that fails too.

use crate::lab::Lab;

/// Exit code 2, and all of `parts` on stderr.
#[track_caller]
fn tells(args: &[&str], parts: &[&str]) {
    let output = Lab::new().run(args);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{args:?}");
    for part in parts {
        assert!(output.stderr.contains(part), "{args:?}: {part:?} is not in: {}", output.stderr);
    }
    assert!(!output.stderr.contains("as a value, use"), "{}", output.stderr);
}

#[test]
fn a_text_without_quotes_gets_a_tip() {
    for command in ["next", "generate", "score", "lens", "attention"] {
        tells(&[command, "It", "was"], &["unexpected argument 'was'", "goes in quotes"]);
    }
    for args in [&["part", "3", "--prompt", "It", "was", "a", "dark"][..], &["part", "--prompt=It", "was"]] {
        tells(args, &["'was'", "goes in quotes: 'It was a dark'"]);
    }
    // A second word is the text of one model.
    let args = ["record", "--out", "x.safetensors", "--prompt", "It", "was"];
    tells(&args, &["'--prompt <TEXT>'", "'[TEXT]'", "goes in quotes: 'It was a dark'"]);
    tells(&["part", "3", "It was"], &["'It was'", "a prompt goes after --prompt, in quotes"]);
    let output = Lab::new().run(&["models", "gpt2"]);
    assert!(output.code == 2 && !output.stderr.contains("quotes"), "{}", output.stderr);
}

#[test]
fn an_option_of_another_command_says_whose_it_is() {
    for command in ["part", "compare"] {
        tells(&[command, "--model", "gpt2"], &["'--model'", "runs two models: name them with --small and --large"]);
    }
    for command in ["next", "generate", "score", "lens", "attention"] {
        tells(&[command, "--small", "gpt2", "x"], &["'--small'", "runs one model: name it with --model"]);
        tells(&[command, "--large=gpt2", "x"], &["'--large'", "runs one model: name it with --model"]);
        tells(&[command, "--prompt", "x"], &["takes its text without an option"]);
    }
    tells(&["part", "3", "--figure", "x.png"], &["'--figure'", "--figure is an option of score, lens and attention"]);
    tells(&["softmax", "1", "--greedy"], &["--greedy is an option of generate"]);
}

#[test]
fn several_parts_may_have_commas_between_them() {
    let lab = Lab::new();
    let folders = |args: &[&str]| {
        lab.ok(&[&["part"], args, &["--dpi", "40", "--no-page-data"]].concat());
        lab.files().iter().filter(|file| file.starts_with("figures/runs/part1-2-40dpi/")).count()
    };
    assert_eq!((folders(&["1,2"]), folders(&["1,", "2"]), folders(&["1", "2"])), (5, 5, 5));
    tells(&["part", "1,6"], &["'6'", "1, 2, 3, 4, 5, all"]);
    tells(&["part", "1,,2"], &["1, 2, 3, 4, 5, all"]);
}

#[test]
fn a_number_that_is_refused_gets_the_way_out() {
    for (args, part) in [
        (&["generate", "x", "-t", "0"][..], "for the most probable token use --greedy"),
        (&["next", "x", "-t", "0"], "'0' for '--temperature <T>': give a temperature above 0, such as 0.7"),
        (&["next", "x", "-t", "0,5"], "write 0.5, with a decimal point"),
        (&["generate", "x", "-p", "0,9"], "write 0.9, with a decimal point"),
        (&["part", "4", "-t", "0,5"], "a comma separates temperatures, and a decimal point is a point"),
        (&["generate", "x", "--count", "0"], "'0' for '--count <N>': give a whole number, 1 or more"),
        (&["score", "x", "--window", "-1"], "'-1' for '--window <TOKENS>': give a whole number, 1 or more"),
        (&["attention", "x", "--layer", "-1"], "'-1' for '--layer <L>': give a whole number, 0 or more"),
        (&["part", "1", "--dpi", "5000"], "'5000' for '--dpi <DPI>': give a whole number from 20 to 1,200"),
        (
            &["logits", "--ids", "1,x", "--out", "f"],
            "give token ids as whole numbers, 0 or more, with commas between them",
        ),
        (&["generate", "x", "--order", "hf"], "give transformers or llama.cpp"),
        (&["lens", "x", "--figure", "x.pdf"], "give a name that ends in .png or .svg"),
    ] {
        let output = Lab::new().run(args);
        assert_eq!((output.code, output.stderr.lines().count()), (2, 1), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn a_tip_is_wrapped_at_words() {
    let output = Lab::new().command(&["part", "--model", "x"]).env("COLUMNS", "40").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let tip =
        "\n  tip: part runs two models: name them\n       with --small and --large, or a\n       pair with --models\n";
    assert!(stderr.contains(tip), "{stderr}");
}
