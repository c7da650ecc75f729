//! The five parts against what the notebook itself printed when its two models were the demo pair.

use std::fs;

use crate::lab::{Lab, recorded};

/// What the notebook printed, run with Python on the demo models. A line that begins with `# shown value: ` is the
/// value of a cell that a notebook shows without printing it.
const NOTEBOOK: &str = include_str!("../data/notebook-output.txt");

/// The same for other prompts, models and orders; `tests/data/notebook_runs.py` wrote it. A line that begins with `# `
/// starts a run.
const RUNS: &str = include_str!("../data/notebook-runs.txt");

/// The lab's lines that the notebook has as well: without headings, and without what goes beyond the notebook.
fn notebook_lines(stdout: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in stdout.lines() {
        if line.starts_with("Part ") && line.contains(": ") {
            inside = true;
        } else if line == "Beyond the notebook" || line == "Figures" {
            inside = false;
        } else if inside && !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Splits a line into numbers and what lies between them.
fn pieces(line: &str) -> Vec<&str> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (i, c) in line.char_indices() {
        if last.is_some_and(|last| last != is_number(c)) {
            pieces.push(&line[start..i]);
            start = i;
        }
        last = Some(is_number(c));
    }
    pieces.push(&line[start..]);
    pieces
}

/// Whole numbers and words must be equal. Numbers with decimals may differ by one unit in the last printed digit: the
/// order in which matrix products are rounded differs between engines and processors, and with it each logit by up to 2e-5
/// (near 133, float32 numbers are 1.5e-5 apart). The sum of 50,257 logits adds that up to 1. For the prompt "Call", the
/// notebook's sum is -6700435.0, the exact one -6700435.18 (transformers in float64), and ours -6700435.5 or -6700436.0.
fn agree(ours: &str, reference: &str) -> bool {
    let (ours, theirs) = (pieces(ours), pieces(reference));
    ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|(a, b)| match (a.parse::<f64>(), b.parse::<f64>(), b.split_once('.')) {
            (Ok(x), Ok(y), Some((_, decimals))) if a.len() == b.len() => {
                let unit = if y > 5e4 { 1.0 } else { 10_f64.powi(-(decimals.len() as i32)) };
                (x - y).abs() <= 1.001 * unit
            }
            _ => a == b,
        })
}

#[test]
fn all_parts_print_what_the_notebook_printed() {
    let lab = Lab::new();
    let output = lab.ok(&["part", "all", "--models", "demo", "--dpi", "40"]);
    let ours = notebook_lines(&output.stdout);
    let reference: Vec<&str> = NOTEBOOK
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.strip_prefix("# shown value: ").unwrap_or(line))
        .collect();
    for (ours, reference) in ours.iter().zip(&reference) {
        assert!(agree(ours, reference), "lab:      {ours}\nnotebook: {reference}");
    }
    assert_eq!(ours.len(), reference.len(), "lab:\n{ours:#?}");
    // The names in those lines are the notebook's; the first line names the models.
    assert_eq!(
        output.stdout.lines().next().unwrap(),
        "Models: the demo pair, not GPT-2: \"GPT-2-small\" below is DEMO SMALL, \"GPT-2-large\" below is DEMO LARGE. \
         Engine: native."
    );
}

/// The recorded logits are the same numbers for both, so every digit must be equal.
#[test]
fn each_line_about_recorded_logits_is_what_the_notebook_prints() {
    let lab = Lab::new();
    let runs: Vec<&str> = RUNS.split("# ").filter(|run| run.starts_with("recorded ")).collect();
    assert_eq!(runs.len(), 5);
    for run in runs {
        let (name, reference) = run.split_once('\n').unwrap();
        let number = name.strip_prefix("recorded ").unwrap();
        let output = lab.ok(&["part", "3", "4", "5", "--logits", &recorded(), "--prompt", number, "--dpi", "40"]);
        let mut ours = notebook_lines(&output.stdout);
        assert!(ours.remove(0).starts_with("gpt2-small has recorded logits"));
        assert_eq!(ours.join("\n"), reference.trim_end(), "prompt {number}");
    }
}

#[test]
fn other_prompts_and_the_other_order_print_what_the_notebook_prints() {
    let lab = Lab::new();
    let runs: Vec<&str> = RUNS.split("# ").filter(|run| run.starts_with("demo-")).collect();
    assert_eq!(runs.len(), 12);
    for run in runs {
        let (name, reference) = run.split_once('\n').unwrap();
        let (first, prompt) = name.split_once(' ').unwrap();
        let second = if first == "demo-small" { "demo-large" } else { "demo-small" };
        let models = ["--small", first, "--large", second, "--prompt", prompt, "--dpi", "40"];
        let output = lab.ok(&[&["part", "3", "4", "5"], &models[..]].concat());
        let ours = notebook_lines(&output.stdout);
        // The first two lines are the models' numbers of parameters.
        let reference: Vec<&str> = reference.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(ours.len() - 2, reference.len(), "{name}: {ours:#?}");
        for (ours, reference) in ours[2..].iter().zip(reference) {
            assert!(agree(ours, reference), "{name}\nlab:      {ours}\nnotebook: {reference}");
        }
    }
}

#[test]
fn part_5_shows_what_a_plain_loop_would_lose() {
    let lab = Lab::new();
    let output = lab.ok(&["part", "5", "--logits", &recorded(), "--prompt", "2", "--dpi", "40"]);
    // Typed into PyTorch 2.13 and NumPy 2.4: exp in float64 rounded to the type, added by a loop and by torch.sum.
    let line = "Added by a plain loop, Σ exp(z - max(z)) is 6.29297 instead of 7.80859 in float16, \
                5.6875 instead of 8.8125 in bfloat16, 7.73467 instead of 7.73514 in float32.";
    assert!(output.stdout.contains(line), "{}", output.stdout);
}

#[test]
fn the_comparison_itself_can_fail() {
    assert!(agree("value of 0.348", "value of 0.347"));
    assert!(!agree("value of 0.349", "value of 0.347"));
    assert!(!agree("#1756 with a value of 0.347", "#1755 with a value of 0.347"));
    assert!(!agree("is \" nights\"", "is \" night\""));
    assert!(agree("is -6450856.000", "is -6450855.000"));
    assert!(!agree("is -6450856.500", "is -6450855.000"));
    assert!(!agree("tensor(0.)", "tensor(nan)"));
}

#[test]
fn a_run_leaves_nine_figures_and_three_reports_and_the_same_bytes_again() {
    let lab = Lab::new();
    let args = |out| ["part", "all", "--models", "demo", "--dpi", "40", "--formats", "png,svg", "--out", out];
    let first = lab.ok(&args("first"));
    lab.ok(&args("second"));
    let mut expected: Vec<String> = ["1", "2", "3", "4", "5a", "5b", "5c", "5d", "5e"]
        .iter()
        .flat_map(|part| [format!("ch4_proj16_part{part}.png"), format!("ch4_proj16_part{part}.svg")])
        .chain(["index.html", "report.json", "report.txt"].map(str::to_owned))
        .flat_map(|name| [format!("first/{name}"), format!("second/{name}")])
        .collect();
    expected.sort();
    assert_eq!(lab.files(), expected);
    for name in expected.iter().filter_map(|name| name.strip_prefix("first/")) {
        let read = |folder: &str| fs::read(lab.path(folder).join(name)).unwrap();
        assert!(read("first") == read("second"), "{name} differs between two runs");
    }
    assert_eq!(fs::read_to_string(lab.path("first/report.txt")).unwrap(), first.stdout);

    let report: serde_json::Value = serde_json::from_slice(&fs::read(lab.path("first/report.json")).unwrap()).unwrap();
    // data/README.md has the sha256 of the demo models.
    let data = include_str!("../../../../data/README.md");
    for model in report["models"].as_array().unwrap() {
        assert!(data.contains(model["files"][1]["sha256"].as_str().unwrap()));
    }
    assert_eq!(report["part3"]["prompt"]["ids"], serde_json::json!([1026, 373, 257, 3223, 290, 6388, 88]));
    assert_eq!(report["part5"]["shown_manual"], "NaN");
    let outcome = &report["part5"]["models"][0]["outcomes"][2];
    assert_eq!((&outcome["number_type"], &outcome["nan"]), (&"float32".into(), &50257.into()));

    let page = fs::read_to_string(lab.path("first/index.html")).unwrap();
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 9);
    assert!(page.len() <= 2_200_000, "{} bytes", page.len());
    assert!(page.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "));
    // An icon without data, so that no browser looks for one.
    let other = page.replacen("<link rel=\"icon\" href=\"data:,\">", "", 1);
    for request in ["<script src", "http:", "https:", "<link", "url("] {
        assert!(!other.contains(request), "the page has {request}");
    }
}

#[test]
fn auto_says_once_why_it_fell_back_and_last_how_to_get_gpt2() {
    let lab = Lab::new();
    let part1_and_3 = ["part", "3", "--dpi", "40", "--weights", "nowhere"];
    let output = lab.ok(&part1_and_3);
    let (first, last) = (output.stdout.lines().next().unwrap(), output.stdout.lines().last().unwrap());
    assert!(first.contains("not GPT-2, because gpt2 and gpt2-large are not in nowhere"), "{first}");
    assert_eq!(last, "To get GPT-2 instead of the demo pair: cargo xtask weights gpt2 gpt2-large");
    assert_eq!(output.stdout.matches(", because").count(), 1, "{}", output.stdout);
    let files = ["report.txt", "report.json", "index.html", "ch4_proj16_part3.png"];
    let written = files.map(|name| fs::read(lab.path("figures/runs/demo-part3-40dpi").join(name)).unwrap());
    let because = lab.ok(&[&part1_and_3[..], &["--fallback-reason", "the hub did not answer"]].concat());
    assert!(because.stdout.lines().next().unwrap().contains("because the hub did not answer"));

    // The reports have only results: the same for an explicit `--models demo`.
    lab.ok(&["part", "3", "--dpi", "40", "--models", "demo"]);
    assert!(files.map(|name| fs::read(lab.path("figures/runs/demo-part3-40dpi").join(name)).unwrap()) == written);
    let json = lab.ok(&[&part1_and_3[..], &["--json"]].concat());
    assert_eq!(json.stdout.as_bytes(), written[1]);
    assert!(json.stderr.contains("because gpt2 and gpt2-large are not in nowhere"), "{}", json.stderr);
}

#[test]
fn folders_give_the_models_their_names() {
    let lab = Lab::new();
    let demo = |size| concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/").to_owned() + size;
    let output = lab.ok(&[
        "part",
        "5",
        "--small",
        &demo("small"),
        "--large",
        &demo("large"),
        "--dpi",
        "40",
        "--prompt",
        "Call me",
    ]);
    assert!(output.stdout.starts_with("Models: SMALL (a folder) and LARGE (a folder)."), "{}", output.stdout);
    assert!(lab.path("figures/runs/small+large-part5-Call-me-40dpi/ch4_proj16_part5e.png").exists());
    // The same weights as the embedded ones.
    let embedded = lab.ok(&["part", "5", "--models", "demo", "--dpi", "40", "--prompt", "Call me"]);
    let line = |text: &str| {
        text.lines().find(|line| line.starts_with("Spearman")).unwrap().split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(line(&output.stdout), line(&embedded.stdout));
}

#[test]
fn a_logits_file_stands_in_for_its_model() {
    let lab = Lab::new();
    let prompt = "It was a dark and stormy";
    for (model, text, out) in [
        ("small", prompt, "small-3.safetensors"),
        ("small", "A plethora of platypuses.", "small-5.safetensors"),
        ("large", "A plethora of platypuses.", "large-5.safetensors"),
    ] {
        lab.ok(&["logits", text, "--models", "demo", "--model", model, "--out", out]);
    }
    let files = ["small-3.safetensors", "small-5.safetensors", "large-5.safetensors"];
    let mut args = vec!["part", "all", "--dpi", "40", "--out", "recorded"];
    args.extend(files.iter().flat_map(|file| ["--logits", file]));
    let recorded = lab.ok(&args);
    let live = lab.ok(&["part", "all", "--dpi", "40", "--models", "demo"]);
    assert_eq!(recorded.stdout, live.stdout);
    // Once more gives the same bytes, and all positions end with the last.
    let first = fs::read(lab.path("small-3.safetensors")).unwrap();
    lab.ok(&["logits", prompt, "--models", "demo", "--out", "again.safetensors"]);
    assert!(first == fs::read(lab.path("again.safetensors")).unwrap());
    lab.ok(&["logits", "--ids", "1026,373,257", "--models", "demo", "--all", "--out", "all.safetensors"]);
    let bytes = fs::read(lab.path("all.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("logits").unwrap().shape(), [3, 50257]);
}
