//! What starts from recorded logits, which needs no libtorch.

use std::fs;

use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};

use crate::lab::{Lab, recorded};

#[test]
fn part_3_gives_the_published_top_ten_of_the_real_gpt2_small() {
    let published: serde_json::Value =
        serde_json::from_str(include_str!("../../../../data/recorded/gpt2-small.json")).unwrap();
    let lab = Lab::new();
    for (index, prompt) in published.as_array().unwrap().iter().enumerate() {
        // By its number and by its text.
        let text = prompt["prompt"].as_str().unwrap();
        let number = index.to_string();
        let asked = if index % 2 == 0 { number.as_str() } else { text };
        let output =
            lab.ok(&["part", "3", "4", "--logits", &recorded(), "--prompt", asked, "--out", "out", "--dpi", "40"]);
        assert!(output.stdout.contains(&format!("{text} ___")));
        // exp underflows to 0 in float32 below -103.97; prompt 0 has no logit above that.
        let underflows = prompt["logit_max"].as_f64().unwrap() < -103.98;
        let verdict = if underflows { "50,257 of 50,257 values are NaN because Σ exp(z) = 0" } else { "no NaN, but " };
        let line = format!("exp(z) / Σ exp(z), not normalised, in float32: {verdict}");
        assert!(output.stdout.contains(&line), "{}", output.stdout);
        let report: serde_json::Value =
            serde_json::from_slice(&fs::read(lab.path("out/report.json")).unwrap()).unwrap();
        assert_eq!(report["part3"]["unnormalised_nan"], if underflows { 50257 } else { 0 });
        assert_eq!(report["part3"]["prompt"]["ids"], prompt["token_ids"]);
        for (ours, published) in
            report["part3"]["top"].as_array().unwrap().iter().zip(prompt["top10"].as_array().unwrap())
        {
            assert_eq!((&ours["id"], &ours["word"]), (&published[0], &published[1]));
            // Published with seven decimals; float32 softmax is good to 4e-7 of each.
            let difference = ours["probability"].as_f64().unwrap() - published[2].as_f64().unwrap();
            assert!(difference.abs() < 2e-7, "{difference}");
        }
    }
    assert!(lab.path("out/ch4_proj16_part3.png").exists());
}

#[test]
fn part_5_takes_one_model_where_one_is_recorded() {
    let lab = Lab::new();
    let output = lab.ok(&["part", "5", "--logits", &recorded(), "--dpi", "40"]);
    assert!(output.stdout.contains("GPT2-SMALL: what became of its 50,257 probabilities"), "{}", output.stdout);
    assert!(output.stdout.contains("tensor(nan)"));
    assert!(lab.path("figures/runs/recorded-gpt2-small-part5-40dpi/ch4_proj16_part5b.png").exists());
}

#[test]
fn parts_1_and_2_need_no_model() {
    let lab = Lab::new();
    let output = lab.ok(&["part", "1", "2", "--log-y", "--dpi", "40", "--theme", "dark", "-t", "0.1,2"]);
    assert!(output.stdout.starts_with("Part 1: "), "{}", output.stdout);
    assert!(output.stdout.contains("\n0.1 "));
    let files = lab.files();
    assert!(
        files.contains(&"figures/runs/part1-2-t0.1-2-log-y-dark-40dpi/ch4_proj16_part2_log_y.png".to_owned()),
        "{files:?}"
    );
}

#[test]
fn a_run_never_takes_the_place_of_another() {
    let lab = Lab::new();
    let file = recorded();
    let run = |args: &[&str]| lab.ok(&[&["part"], args, &["--logits", &file, "--dpi", "40"]].concat());
    run(&["all"]);
    let full = lab.files();
    let page = |name: &str| fs::read(lab.path("figures/runs").join(name)).unwrap();
    let before = page("recorded-gpt2-small-40dpi/index.html");
    let others: [(&[&str], &str); 4] = [
        (&["3"], "recorded-gpt2-small-part3-40dpi"),
        (&["all", "--prompt", "1"], "recorded-gpt2-small-1-40dpi"),
        (&["all", "--theme", "dark"], "recorded-gpt2-small-dark-40dpi"),
        (&["all", "-k", "3"], "recorded-gpt2-small-k3-40dpi"),
    ];
    for (args, folder) in others {
        run(args);
        assert!(lab.path("figures/runs").join(folder).join("index.html").exists(), "{:?}", lab.files());
    }
    assert!(before == page("recorded-gpt2-small-40dpi/index.html"));
    assert!(full.iter().all(|file| file.starts_with("figures/runs/recorded-gpt2-small-40dpi/")), "{full:?}");
}

/// As `numpy.save` writes an array of float32.
fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let values: Vec<u8> = values.iter().flat_map(|z| z.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &values].concat()
}

/// A vocabulary of six, as Llama's `tokenizer.json` spells it.
const TOKENIZER: &str = r#"{"model": {"type": "BPE", "vocab": {"<unk>": 0, "I": 1, "▁like": 2, "▁coffee": 3, "<0x0A>": 4}},
    "added_tokens": [{"id": 0, "content": "<unk>"}], "decoder": {"type": "ByteFallback"}}"#;

#[test]
fn logits_of_another_model_are_named_by_its_tokenizer() {
    let lab = Lab::new();
    // Two positions of six logits; the last row has token 3 on top.
    let values = [9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 3.0, -1.0];
    fs::write(lab.path("llama.npy"), npy("(1, 2, 6)", &values)).unwrap();
    fs::write(lab.path("tokenizer.json"), TOKENIZER).unwrap();
    let ids = lab.ok(&["next", "--logits", "llama.npy", "-k", "3"]).stdout;
    assert!(ids.contains("LLAMA (recorded logits)\n(the prompt is not in the file) ___\n"), "{ids}");
    // softmax of 4 among 0, 1, 2, 4, 3, -1: e^4 / Σ = 0.6337, by hand.
    assert!(ids.contains("    3 (63.4%) is \"#3\""), "{ids}");
    let args = ["next", "--logits", "llama.npy", "-k", "3", "--tokenizer", "tokenizer.json", "--ids", "1,2"];
    let named = lab.ok(&args).stdout;
    assert!(named.contains("\nI like ___\n"), "{named}");
    assert!(named.contains("    3 (63.4%) is \" coffee\"\n    4 (23.3%) is \"\\n\""), "{named}");
    let asked = lab.ok(&[&args[..], &["--token", " coffee", "--token", "#5"]].concat()).stdout;
    assert!(asked.contains("\n\" coffee\"   3     1       63.37%   4.000"), "{asked}");
    assert!(asked.contains("\n\"#5\"        5     6        0.43%  -1.000"), "{asked}");

    let part = ["part", "3", "4", "5", "--dpi", "40", "--out", "out", "-k", "3", "--logits", "llama.npy"];
    let output = lab.ok(&[&part[..], &["--tokenizer", "tokenizer.json", "--prompt", "I like"]].concat());
    assert!(output.stdout.contains("torch.Size([1, 2, 6])"), "{}", output.stdout);
    assert!(output.stdout.contains("The max word is \" coffee\""), "{}", output.stdout);
    assert!(output.stdout.contains("I like ___"), "{}", output.stdout);
    assert!(output.stdout.contains("LLAMA: what became of its 6 probabilities"), "{}", output.stdout);
    assert!(!output.stdout.contains("nan"), "{}", output.stdout);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(lab.path("out/report.json")).unwrap()).unwrap();
    assert_eq!(report["models"][0]["files"][0]["path"], "llama.npy");

    // The page is titled by the file's name, whatever that is.
    fs::copy(lab.path("llama.npy"), lab.path("<i>l&m.npy")).unwrap();
    lab.ok(&["part", "3", "--dpi", "40", "--out", "named", "-k", "3", "--logits", "<i>l&m.npy"]);
    let page = fs::read_to_string(lab.path("named/index.html")).unwrap();
    for element in ["title", "h1"] {
        let named = format!("<{element}>Softmax lab: &lt;i&gt;l&amp;m.npy</{element}>");
        assert!(page.contains(&named), "{page:.2000}");
    }

    let other: Vec<f32> = values[6..].iter().rev().copied().collect();
    fs::write(lab.path("qwen.npy"), npy("(6,)", &other)).unwrap();
    let files = ["--logits", "llama.npy", "--logits", "qwen.npy"];
    let compared = lab.ok(&[&["compare", "-k", "2"][..], &files].concat()).stdout;
    assert!(compared.starts_with("No model is run: LLAMA (recorded logits) and QWEN (recorded logits)."), "{compared}");
    lab.ok(&[&["part", "5", "--dpi", "40", "-k", "2"][..], &files].concat());
}

#[test]
fn logits_of_every_position_are_scored() {
    let lab = Lab::new();
    // Three positions of six logits: those after the first two decide how probable the second and third token are.
    let mut values = [0.0_f32; 18];
    (values[2], values[6 + 3]) = (2.0, 1.0);
    fs::write(lab.path("llama.npy"), npy("(1, 3, 6)", &values)).unwrap();
    fs::write(lab.path("tokenizer.json"), TOKENIZER).unwrap();
    let args = ["score", "--logits", "llama.npy", "--ids", "1,2,3", "--tokenizer", "tokenizer.json"];
    let json: serde_json::Value = serde_json::from_str(&lab.ok(&[&args[..], &["--json"]].concat()).stdout).unwrap();
    // ln of e^2 / (e^2 + 5) and of e / (e + 5), by hand.
    for (n, expected) in [(1, -0.516_814), (2, -1.043_592)] {
        let log_p = json["tokens"][n]["log_p"].as_f64().unwrap();
        assert!((log_p - expected).abs() < 1e-6, "{log_p}");
        assert_eq!(json["tokens"][n]["rank"], 1);
    }
    assert_eq!((&json["text"], &json["model"]["name"]), (&"I like coffee".into(), &"llama".into()));
    let said = lab.ok(&[&args[..], &["--figure", "x.svg"]].concat()).stdout;
    assert!(said.starts_with("LLAMA (recorded logits)"), "{said}");
    assert!(said.contains("\n\" coffee\"       35.22%     1  1.044\n"), "{said}");
    assert!(fs::read_to_string(lab.path("x.svg")).unwrap().contains("aria-label=\"␣coffee\""));

    fs::write(lab.path("qwen.npy"), npy("(3, 6)", &[0.0; 18])).unwrap();
    let both = lab.ok(&[&args[..], &["--logits", "qwen.npy"]].concat()).stdout;
    assert!(both.contains("LLAMA") && both.contains("QWEN") && both.contains("nats gained"), "{both}");

    fs::write(lab.path("last.npy"), npy("(6,)", &[0.0; 6])).unwrap();
    for (args, part) in [
        (
            &["--logits", "llama.npy"][..],
            "the logits are those of 3 positions, and the token ids of the text are not known",
        ),
        (&["--logits", "llama.npy", "--ids", "1,2"], "2 ids, and the logits are those of 3 positions"),
        (&["--logits", "last.npy", "--ids", "1,2"], "those of 1 position, and the text has 2 tokens; a score needs"),
        (&["--logits", "llama.npy", "--ids", "6,2,3"], "no token 6: the model has the tokens 0 to 5"),
        (&["--logits", "llama.npy", "--ids", "1,x,3"], "'x' for '--ids <ID,ID,…>'"),
        (&["--logits", "llama.npy", "--ids", "1,2,3", "--pair"], "'--logits <FILE>' cannot be used with '--pair'"),
        (
            &["--logits", "llama.npy", "--ids", "1,2,3", "--window", "2"],
            "'--logits <FILE>' cannot be used with '--window <TOKENS>'",
        ),
        (&["--logits", "llama.npy", "--ids", "1,2,3", "--model", "small"], "--model has no effect with --logits"),
        (&["x", "--ids", "1"], "--ids has no effect without --logits"),
    ] {
        let output = lab.run(&[&["score"], args].concat());
        let code = if part.starts_with("no token") { 1 } else { 2 };
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
    }
}

/// From a file with all positions a score is what it is from the model.
#[test]
fn a_score_from_recorded_logits_is_the_models() {
    let lab = Lab::new();
    let text = "It was a dark and stormy night";
    lab.ok(&["logits", text, "--all", "--models", "demo", "--out", "all.safetensors"]);
    let score = |more: &[&str]| lab.ok(&[&["score"], more].concat()).stdout;
    let from_model = score(&[text, "--models", "demo"]);
    assert_eq!(score(&["--logits", "all.safetensors"]), from_model);
    assert_eq!(score(&[text, "--logits", "all.safetensors"]), from_model);
}

#[test]
fn logits_that_do_not_fit_together_are_refused_in_one_line() {
    let lab = Lab::new();
    fs::write(lab.path("six.npy"), npy("(6,)", &[0.0; 6])).unwrap();
    fs::write(lab.path("seven.npy"), npy("(7,)", &[0.0; 7])).unwrap();
    fs::write(lab.path("three.npy"), npy("(3,)", &[0.0; 3])).unwrap();
    fs::write(lab.path("tokenizer.json"), TOKENIZER).unwrap();
    fs::write(lab.path("cut.npy"), &npy("(6,)", &[0.0; 6])[..70]).unwrap();
    let two = recorded();
    for (args, code, part) in [
        (&["next", "--logits", "cut.npy"][..], 1, "cut.npy: not a file of recorded logits: it has"),
        (
            &["compare", "--logits", "six.npy", "--logits", "seven.npy"],
            1,
            "prompt 0 has 7 logits, the first prompt has 6",
        ),
        (&["compare", "--logits", "six.npy"], 2, "the files have those of six: repeat --logits"),
        (
            &["next", "--logits", "three.npy", "-k", "1", "--tokenizer", "tokenizer.json"],
            1,
            "it has a token 4, and there are 3",
        ),
        (
            &["next", "--logits", "six.npy", "--tokenizer", "six.npy"],
            1,
            "six.npy: not a GPT-2 tokenizer: it is a NumPy array, which can hold logits",
        ),
        (&["next", "x", "--tokenizer", "tokenizer.json"], 2, "--tokenizer has no effect without --logits"),
        (&["next", "x", "--ids", "1"], 2, "--ids has no effect without --logits"),
        (&["next", "--logits", &two, "--ids", "1"], 2, "--ids has no effect with logits of several prompts"),
        (&["next", "--logits", "six.npy", "--model", "large"], 2, "--model has no effect with --logits"),
        (&["part", "3", "--logits", "six.npy", "--small", "demo-small"], 2, "--small has no effect with --logits"),
        (&["next", "--logits", "six.npy", "-k", "1", "--token", "tea"], 2, "--token \"tea\""),
        (&["next", "--logits", "six.npy", "-k", "7"], 2, "-k 7: give 1 to 6 (SIX has 6 tokens)"),
    ] {
        let output = lab.run(args);
        assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
    }
}

#[test]
fn ids_that_the_file_has_are_not_said_again() {
    let lab = Lab::new();
    let prompt = RecordedPrompt { token_ids: Some(vec![1]), ..RecordedPrompt::last("x", vec![0.0; 6]) };
    let model = RecordedModel { prompts: vec![prompt], ..Default::default() };
    fs::write(lab.path("x.safetensors"), RecordedLogits { models: vec![model] }.to_bytes().unwrap()).unwrap();
    let output = lab.run(&["next", "--logits", "x.safetensors", "--ids", "2", "-k", "1"]);
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("--ids has no effect with logits whose token ids are in their file"));
}
