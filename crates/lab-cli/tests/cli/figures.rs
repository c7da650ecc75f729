//! The figures beyond the notebook's nine are drawn only on request.

use std::fs;

use crate::lab::Lab;

const TEXT: &str = "It was a dark and stormy night";

fn svg(lab: &Lab, args: &[&str]) -> String {
    let output = lab.ok(&[args, &["--models", "demo", "--figure", "x.svg"]].concat());
    assert_eq!(output.stderr, "Figure: x.svg\n");
    fs::read_to_string(lab.path("x.svg")).unwrap()
}

#[track_caller]
fn says(svg: &str, texts: &[&str]) {
    for text in texts {
        assert!(svg.contains(&format!("aria-label=\"{text}\"")), "{text:?} is not in the figure");
    }
}

#[test]
fn a_score_is_bars_over_the_words_of_one_model_or_two() {
    let lab = Lab::new();
    let one = svg(&lab, &["score", TEXT]);
    // The perplexity that the text says.
    let said = lab.ok(&["score", TEXT, "--models", "demo"]).stdout;
    let mean = said.split(" nats each").next().unwrap().rsplit(' ').next().unwrap();
    assert!(one.contains(&format!("aria-label=\"DEMO SMALL: {mean} nats per token, perplexity ")), "{mean}");
    says(&one, &["␣storm", "Surprisal (nats)", "Token", "DEMO SMALL: demo model, not GPT-2"]);
    // All tokens but the first, and a line for the mean.
    assert!(one.contains("7 bars, 2 points"), "{one}");
    let both = svg(&lab, &["score", TEXT, "--pair"]);
    assert!(both.contains("14 bars") && both.contains("aria-label=\"DEMO LARGE: "));
    // A longer text continues in the next row; a text of hundreds of tokens is drawn as points.
    let long = vec!["the"; 100].join(" ");
    let rows = svg(&lab, &["score", &long]);
    assert_eq!(rows.matches("aria-label=\"Surprisal (nats)\"").count(), 3);
    let whole = svg(&lab, &["score", &vec!["the"; 600].join(" ")]);
    says(&whole, &["mean of 100", "Token position"]);
    // Nothing to score is no failure.
    says(&svg(&lab, &["score", "It"]), &["DEMO SMALL: nothing to score"]);
}

#[test]
fn the_lens_has_tokens_in_cells_and_the_output_on_top() {
    let lab = Lab::new();
    let svg_of = svg(&lab, &["lens", TEXT]);
    says(&svg_of, &["embedding", "block 1", "block 2, output", "␣storm", "B) Entropy", "Probability"]);
    assert!(svg_of.contains("3 x 8 cells") && svg_of.contains("3 bars"));
    let place = |text: &str| {
        let (before, _) = svg_of.split_once(&format!("aria-label=\"{text}\"")).unwrap();
        before.len()
    };
    assert!(place("block 2, output") < place("embedding"), "the output is the first row");
    let long = svg(&lab, &["lens", &vec!["the"; 30].join(" ")]);
    assert_eq!(long.matches("3 x 15 cells").count(), 2);
}

#[test]
fn attention_shows_one_head_with_and_without_the_factor() {
    let lab = Lab::new();
    let first = svg(&lab, &["attention", TEXT]);
    says(&first, &["A) DEMO SMALL, layer 0, head 0: scores", "C) Softmax of A", "D) Softmax of B: the model's"]);
    assert_eq!(first.matches("8 x 8 cells").count(), 4);
    let other = svg(&lab, &["attention", TEXT, "--layer", "1", "--head", "1"]);
    says(&other, &["A) DEMO SMALL, layer 1, head 1: scores"]);
}

#[test]
fn a_figure_is_the_same_every_time_and_as_it_is_asked_for() {
    let lab = Lab::new();
    let draw = |name: &str, more: &[&str]| {
        lab.ok(&[&["lens", TEXT, "--models", "demo", "--figure", name, "--dpi", "50"], more].concat());
        fs::read(lab.path(name)).unwrap()
    };
    let (one, again, dark) = (draw("one.PNG", &[]), draw("two.png", &[]), draw("dark.png", &["--theme", "dark"]));
    assert!(one == again && one != dark && one.starts_with(b"\x89PNG"));
    // With JSON the answer alone is on stdout.
    let json = lab.ok(&["lens", TEXT, "--models", "demo", "--figure", "j.png", "--json"]).stdout;
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

#[test]
fn tokens_that_are_no_words_are_drawn() {
    let lab = Lab::new();
    let text = "a\n\t$x$ 漢 שלום 🦀 \u{202e}\u{1b}[2J";
    for command in ["score", "lens", "attention"] {
        let svg = svg(&lab, &[command, text]);
        says(&svg, &["\\n", "\\t", "$", "␣&lt;e6&gt;"]);
        assert!(!svg.contains(['\u{1b}', '\u{202e}']));
    }
}

#[test]
fn a_figure_that_cannot_be_written_is_refused_before_anything_is_done() {
    let lab = Lab::new();
    fs::create_dir(lab.path("folder.png")).unwrap();
    for command in ["score", "lens", "attention"] {
        for (more, code, parts) in [
            (&["--figure", "x.pdf"][..], 2, &["'x.pdf' for '--figure <FILE>'", ".png or .svg"][..]),
            (&["--figure", "x"], 2, &["'x' for '--figure <FILE>'"]),
            (
                &["--figure", "no/such/x.png"],
                1,
                &["no/such/x.png", "give --figure a file name in a folder that exists"],
            ),
            (&["--figure", "folder.png"], 1, &["folder.png", "directory"]),
            (&["--dpi", "100"], 2, &["--dpi has no effect without --figure"]),
            (&["--theme", "dark"], 2, &["--theme has no effect without --figure"]),
            (&["--figure", "x.png", "--dpi", "0"], 2, &["'0' for '--dpi <DPI>'", "from 20 to 1,200"]),
            (&["--figure", "x.png", "--theme", "red"], 2, &["'red' for '--theme <THEME>'", "light, dark"]),
        ] {
            let output = lab.run(&[&[command, TEXT, "--models", "demo"], more].concat());
            assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{more:?}: {}", output.stderr);
            for part in parts {
                assert!(output.stderr.contains(part), "{part:?} is not in: {}", output.stderr);
            }
            assert_eq!((output.stdout.as_str(), lab.files().len()), ("", 0), "{more:?}");
        }
    }
}

#[test]
fn parts_draw_more_than_the_notebook_only_where_they_are_asked_to() {
    let lab = Lab::new();
    let all = ["part", "all", "--models", "demo", "--dpi", "40", "--formats", "svg"];
    lab.ok(&[&all[..], &["--out", "nine"]].concat());
    lab.ok(&[&all[..], &["--out", "more", "--beyond"]].concat());
    let more = |name: &str| fs::read_to_string(lab.path("more").join(name)).unwrap();
    says(&more("ch4_proj16_part4_words.svg"), &["␣night", "␣flame", "Top-10 tokens", "T = 0.5"]);
    says(
        &more("ch4_proj16_part5_exponents.svg"),
        &["float16", "bfloat16", "float64", "exp(z), DEMO SMALL", "subnormal numbers"],
    );
    for name in lab.files().iter().filter_map(|file| file.strip_prefix("nine/")).filter(|name| name.ends_with("svg")) {
        assert!(fs::read_to_string(lab.path("nine").join(name)).unwrap() == more(name), "{name} differs");
    }
    assert_eq!(lab.files().iter().filter(|file| file.starts_with("nine/") && file.ends_with("svg")).count(), 9);
    let output = lab.run(&["part", "1", "--beyond"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("--beyond has no effect without part 4 or 5"), "{}", output.stderr);
}
