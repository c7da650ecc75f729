//! What is printed of texts that may be anything.

use crate::lab::Lab;

/// ESC and its colour, a bidi override, NUL's neighbour, a C1 control.
const HOSTILE: &str = "a\u{1b}[31m\u{202e}\u{1}\u{9b}b";

/// A terminal acts on nothing in it.
#[track_caller]
fn harmless(text: &str) {
    for c in text.chars() {
        assert!(c == '\n' || !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c), "{c:?} in {text:?}");
    }
}

#[test]
fn what_acts_on_a_terminal_is_shown_escaped_and_stays_in_json() {
    let lab = Lab::new();
    harmless(&lab.ok(&["tokens", HOSTILE]).stdout);
    let json: serde_json::Value = serde_json::from_str(&lab.ok(&["tokens", HOSTILE, "--json"]).stdout).unwrap();
    assert_eq!(json["text"], HOSTILE);
    assert_eq!(json["words"][0], "a");
    assert_eq!(json["words"][1], "\u{1b}");
    for args in [
        &["tokens", "x", HOSTILE][..],
        &["next", "x", "--model", HOSTILE],
        &["softmax", HOSTILE],
        &["part", "3", "--logits", HOSTILE],
        &["next", "x", "-k", HOSTILE],
        &[HOSTILE],
    ] {
        let output = lab.run(args);
        assert_ne!(output.code, 0, "{args:?}");
        assert!(output.stderr.contains(r"\u{202e}"), "{}", output.stderr);
        harmless(&output.stderr);
    }
}

#[test]
fn reports_and_pages_show_it_escaped() {
    let lab = Lab::new();
    let args = ["part", "3", "4", "5", "--models", "demo", "--dpi", "40", "--prompt", HOSTILE, "--out", "out"];
    let output = lab.ok(&args);
    harmless(&output.stdout);
    let read = |name: &str| std::fs::read_to_string(lab.path("out").join(name)).unwrap();
    assert_eq!(read("report.txt"), output.stdout);
    harmless(&read("index.html"));
    let report: serde_json::Value = serde_json::from_str(&read("report.json")).unwrap();
    assert_eq!(report["part3"]["prompt"]["text"], HOSTILE);
    let output = lab.ok(&["compare", HOSTILE, "--models", "demo"]);
    harmless(&output.stdout);
    // The name of a folder, too.
    let folder = lab.path("fol\u{1b}der");
    std::fs::create_dir(&folder).unwrap();
    for file in ["config.json", "model.safetensors"] {
        let demo = format!("{}/../../data/demo/small/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(demo, folder.join(file)).unwrap();
    }
    let output = lab.ok(&["next", "x", "--model", "./fol\u{1b}der"]);
    assert!(output.stdout.contains("FOL\\u{1b}DER (a folder)"), "{}", output.stdout);
    harmless(&output.stdout);
}

#[test]
fn a_part_of_a_character_says_that_it_is_one() {
    let output = Lab::new().ok(&["tokens", "🦀"]);
    assert!(output.stdout.contains(" 8582 is part of a character (bytes f0 9f)\n"), "{}", output.stdout);
}

#[test]
fn a_space_at_the_end_of_a_prompt_earns_a_hint() {
    let lab = Lab::new();
    for args in [&["next", "Call "][..], &["compare", "Call "], &["part", "5", "--dpi", "40", "--prompt", "Call "]] {
        let output = lab.ok(&[args, &["--models", "demo"]].concat());
        assert!(output.stdout.contains("The text ends with a space"), "{}", output.stdout);
    }
    assert!(!lab.ok(&["next", "Call", "--models", "demo"]).stdout.contains("ends with a space"));
}
