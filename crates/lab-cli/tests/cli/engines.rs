//! The selection of the engine, and where it is shown.
use std::fs;

use serde_json::Value;

use crate::lab::Lab;

/// The engines of this build, as `--engine` names them.
const ENGINES: &[&str] = if cfg!(feature = "torch") { &["native", "torch"] } else { &["native"] };

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn answers_say_which_engine_computed_and_agree() {
    let lab = Lab::new();
    let ask =
        |engine: &str| json(&lab.ok(&["next", "Call me", "--models", "demo", "--engine", engine, "--json"]).stdout);
    let auto = ask("auto");
    assert_eq!(auto["model"]["engine"]["name"], "native");
    for engine in ENGINES {
        let answer = ask(engine);
        let facts = &answer["model"]["engine"];
        assert_eq!((&facts["name"], &facts["device"]), (&Value::from(*engine), &Value::from("cpu")));
        assert!(facts["version"].is_string() || *engine == "torch", "{facts}");
        assert_eq!(answer["top"][0]["id"], auto["top"][0]["id"]);
    }
}

#[test]
fn a_report_its_page_and_what_was_recorded_name_the_engine() {
    for engine in ENGINES {
        let lab = Lab::new();
        let models = ["--models", "demo", "--engine", engine];
        let drawn = ["--dpi", "40", "--no-page-data", "--out"];
        lab.ok(&[&["part", "5"][..], &models, &drawn, &["live"]].concat());
        lab.ok(&[&["record", "--out", "book.safetensors"][..], &models].concat());
        lab.ok(&[&["part", "5", "--logits", "book.safetensors"][..], &drawn, &["recorded"]].concat());
        let read = |file: &str| fs::read_to_string(lab.path(file)).unwrap();
        let report = json(&read("live/report.json"));
        for model in report["models"].as_array().unwrap() {
            assert_eq!(model["engine"]["name"], *engine);
        }
        let named = format!("Engine: {engine}");
        let first = read("live/report.txt").lines().next().unwrap().to_owned();
        assert!(first.contains(&named), "{first}");
        assert!(read("live/index.html").contains(&format!(", logits by the engine {engine}")));
        for file in ["report.json", "report.txt", "index.html"] {
            assert_eq!(read(&format!("live/{file}")), read(&format!("recorded/{file}")), "{file}");
        }
    }
}

#[test]
fn models_lists_the_engines() {
    let lab = Lab::new();
    let names: Vec<Value> = json(&lab.ok(&["models", "--json"]).stdout)["engines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|engine| engine["name"].clone())
        .collect();
    assert_eq!(names, ENGINES);
    let text = lab.ok(&["models"]).stdout;
    assert!(text.contains("Engines: native (the lab's own kernels, on cpu)"), "{text}");
    assert_eq!(text.contains("torch (libtorch"), cfg!(feature = "torch"), "{text}");
}

#[test]
fn an_engine_that_is_not_here_or_computes_nothing_is_refused() {
    let logits = crate::lab::recorded();
    for (args, code, message) in [
        (&["next", "x", "--engine", "onnx"][..], 2, "[possible values: auto, torch, native]"),
        (&["part", "1", "--engine", "native"], 2, "--engine has no effect without part 3, 4 or 5"),
        (&["part", "3", "--logits", &logits, "--engine", "native"], 2, "cannot be used with"),
        (
            &["next", "x", "--models", "demo", "--engine", "native", "--device", "cuda:99"],
            1,
            "no device \"cuda:99\" here",
        ),
    ] {
        let output = Lab::new().run(args);
        assert_eq!(output.code, code, "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(message), "{args:?}: {}", output.stderr);
    }
    if !cfg!(feature = "torch") {
        let output = Lab::new().run(&["next", "x", "--models", "demo", "--engine", "torch"]);
        assert_eq!(output.code, 1);
        let message = "error: no engine \"torch\" here: this build is without libtorch and has native alone\n";
        assert_eq!(output.stderr, message);
    }
}
