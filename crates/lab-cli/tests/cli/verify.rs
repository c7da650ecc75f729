//! `lab verify`: does a model compute what is published for it?

use serde_json::Value;

use crate::lab::Lab;

fn demo(size: &str) -> String {
    format!("{}/../../data/demo/{size}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_model_for_which_nothing_is_published_is_loaded_and_counted() {
    let stdout = Lab::new().ok(&["verify", &demo("small")]).stdout;
    assert!(stdout.contains("3,332,928 parameters, every tensor as its configuration says"), "{stdout}");
    assert!(stdout.contains("No values are published for a model of these sizes"), "{stdout}");
}

#[test]
fn a_model_that_computes_something_else_is_found_out() {
    let lab = Lab::new();
    let args = ["verify", &demo("small"), "--published", "gpt2-small", "--json"];
    let output = lab.run(&args);
    assert_eq!(output.code, 1, "{}", output.stderr);
    let last = output.stderr.trim_end().lines().last().unwrap();
    assert!(last.contains("is not gpt2-small: after \"One two three four\", next token"), "{last}");
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    let checks = answer["checks"].as_array().unwrap();
    assert_eq!((answer["published"].as_str(), checks.len()), (Some("gpt2-small"), 8));
    assert!(checks.iter().all(|check| check["difference"].is_string()), "{checks:?}");
    assert!(checks[0]["difference"].as_str().unwrap().contains("where 1936, -69.4948 are published"));
    let text = lab.run(&args[..4]).stdout;
    assert_eq!(text.matches("DIFFERS").count(), 8, "{text}");
}

#[test]
fn a_folder_without_a_model_is_named() {
    let lab = Lab::new();
    let output = lab.run(&["verify", "nothing"]);
    assert_eq!(output.code, 1);
    assert!(output.stderr.contains("nothing"), "{}", output.stderr);
}

#[test]
#[ignore = "needs the published weights: cargo xtask weights gpt2"]
fn the_real_gpt2_gives_the_published_values() {
    let folder = format!("{}/../../data/weights/gpt2", env!("CARGO_MANIFEST_DIR"));
    let stdout = Lab::new().ok(&["verify", &folder]).stdout;
    assert_eq!(stdout.matches("as published").count(), 8, "{stdout}");
}
