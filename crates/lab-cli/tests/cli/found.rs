//! Files and texts that people have, from reports about other tools: the right answer, or a sentence that helps.

use std::fs;

use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};
use serde_json::Value;

use crate::lab::{Lab, recorded};

/// As `numpy.save` writes an array of float32.
fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let values: Vec<u8> = values.iter().flat_map(|z| z.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &values].concat()
}

/// A file of one prompt's logits.
fn save(lab: &Lab, name: &str, prompt: RecordedPrompt) {
    let model = RecordedModel { prompts: vec![prompt], ..Default::default() };
    fs::write(lab.path(name), RecordedLogits { models: vec![model] }.to_bytes().unwrap()).unwrap();
}

/// The complaint is one line with all of `words` in it, and nothing was printed.
#[track_caller]
fn refused(lab: &Lab, args: &[&str], code: i32, words: &[&str]) {
    let output = lab.run(args);
    assert_eq!((output.code, output.stderr.lines().count()), (code, 1), "{args:?}: {}{}", output.stdout, output.stderr);
    assert_eq!(output.stdout, "", "{args:?}");
    for word in words {
        assert!(output.stderr.contains(word), "{args:?}: {word:?} is not in: {}", output.stderr);
    }
}

/// The small demo model in a folder, with every id one higher and a matching `vocab.json`: the same model.
fn rotated(lab: &Lab, name: &str) -> String {
    let folder = lab.path(name);
    fs::create_dir(&folder).unwrap();
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let demo = |file: &str| format!("{project}/data/demo/small/{file}");
    fs::copy(demo("config.json"), folder.join("config.json")).unwrap();
    fs::copy(format!("{project}/data/tokenizer/merges.txt"), folder.join("merges.txt")).unwrap();
    let mut file = fs::read(demo("model.safetensors")).unwrap();
    let (header, wte) = {
        let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
        let wte = tensors.tensor("transformer.wte.weight").unwrap();
        (wte.data().as_ptr() as usize - file.as_ptr() as usize, wte.data().to_vec())
    };
    // The last row is <|endoftext|>, which stays.
    let row = wte.len() / 50_257;
    let last = wte.len() - row;
    let moved = [&wte[last - row..last], &wte[..last - row], &wte[last..]].concat();
    file[header..header + wte.len()].copy_from_slice(&moved);
    fs::write(folder.join("model.safetensors"), file).unwrap();
    let vocab = fs::read(format!("{project}/data/tokenizer/vocab.json")).unwrap();
    let mut vocab: serde_json::Map<String, Value> = serde_json::from_slice(&vocab).unwrap();
    for id in vocab.values_mut() {
        let old = id.as_u64().unwrap();
        *id = if old == 50_256 { old } else { (old + 1) % 50_256 }.into();
    }
    fs::write(folder.join("vocab.json"), serde_json::to_vec(&vocab).unwrap()).unwrap();
    name.to_owned()
}

#[test]
fn models_that_number_tokens_differently_are_not_compared() {
    let lab = Lab::new();
    let folder = format!("./{}", rotated(&lab, "rotated"));
    let prompt = "It was a dark and stormy";
    // By itself it is the same model.
    let alone = lab.ok(&["next", prompt, "-k", "1", "--model", &folder]).stdout;
    assert!(alone.ends_with(" 1756 (34.7%) is \" night\"\n"), "{alone}");
    let words = ["cannot be compared token by token", "token 0 is"];
    for models in [["demo-small", folder.as_str()], [&folder, "demo-small"]] {
        let pair = ["--small", models[0], "--large", models[1]];
        for command in [
            &["compare", prompt][..],
            &["part", "3", "--dpi", "40"],
            &["part", "5", "--dpi", "40"],
            &["record", "--out", "both.safetensors"],
            #[cfg(feature = "serve")]
            &["serve"],
        ] {
            refused(&lab, &[command, &pair].concat(), 1, &words);
        }
    }
    let same = lab.ok(&["compare", prompt, "--small", &folder, "--large", &folder]).stdout;
    assert!(same.contains("Jensen-Shannon divergence, nats (at most 0.6931)                      0.0000"), "{same}");
    // Nor are their logits, once they are in files.
    lab.ok(&["logits", prompt, "--model", &folder, "--out", "rotated.safetensors"]);
    lab.ok(&["logits", prompt, "--model", "demo-small", "--out", "demo.safetensors"]);
    let both = ["--logits", "rotated.safetensors", "--logits", "demo.safetensors"];
    for command in [&["compare"][..], &["part", "5", "--dpi", "40"]] {
        refused(&lab, &[command, &both].concat(), 1, &["rotated", "demo-small", "[1027, 374", "[1026, 373"]);
    }
    // GPT-2's names would be wrong for its tokens.
    let next = lab.ok(&["next", "--logits", "rotated.safetensors", "-k", "1"]).stdout;
    assert!(next.ends_with(" 1756 (34.7%) is \"#1756\"\n"), "{next}");
}

#[test]
fn ids_that_are_not_the_logits_are_refused_by_every_command() {
    let lab = Lab::new();
    fs::write(lab.path("l.npy"), npy("(1, 3, 6)", &[0.0; 18])).unwrap();
    for command in [&["next"][..], &["part", "3", "--dpi", "40"], &["part", "5", "--dpi", "40"], &["score"]] {
        let with = |ids| [command, &["--logits", "l.npy", "--ids", ids]].concat();
        refused(&lab, &with("1,2,6"), 1, &["no token 6: the model has the tokens 0 to 5"]);
        refused(&lab, &with("1,2"), 2, &["--ids: 2 ids, and the logits are those of 3 positions"]);
        assert_eq!(lab.run(&with("1,2,5")).code, 0, "{command:?}");
    }
    let both = ["compare", "--logits", "l.npy", "--logits", "l.npy", "--ids", "1,2,6"];
    refused(&lab, &both, 1, &["no token 6"]);
    // A file's metadata, with one position and with all.
    let ids = |n_positions, token_ids| RecordedPrompt {
        n_positions,
        token_ids: Some(token_ids),
        ..RecordedPrompt::last("x", vec![0.0; 18])
    };
    save(&lab, "id.safetensors", ids(Some(3), vec![1, 2, 6]));
    save(&lab, "few.safetensors", ids(Some(3), vec![1, 2]));
    for command in [&["next"][..], &["part", "4", "--dpi", "40"], &["score"]] {
        let of = |file| [command, &["--logits", file]].concat();
        refused(&lab, &of("id.safetensors"), 1, &["id.safetensors: prompt 0 has the token id 6", "tokens 0 to 5"]);
        refused(&lab, &of("few.safetensors"), 1, &["few.safetensors", "token_ids: 2 token ids for 3 positions"]);
    }
    // A text that cannot be the one that the model has read.
    fs::write(lab.path("gpt2.npy"), npy("(3, 50257)", &[0.0; 3 * 50_257])).unwrap();
    let args = ["next", "It was a dark", "--logits", "gpt2.npy"];
    refused(&lab, &args, 2, &["\"It was a dark\" is 4 tokens of GPT-2", "those of 3 positions", "--ids"]);
    assert_eq!(lab.run(&["next", "It was a", "--logits", "gpt2.npy"]).code, 0);
}

#[test]
fn a_file_is_written_as_its_name_says() {
    let lab = Lab::new();
    let logits = |out: &str, more: &[&str]| {
        lab.ok(&[&["logits", "It was a", "--model", "demo-small", "--out", out], more].concat()).stdout
    };
    let said = logits("h.npy", &[]);
    assert!(said.contains("h.npy: logits [50257] of DEMO SMALL"), "{said}");
    assert!(said.contains("a .safetensors file also has the text"), "{said}");
    assert!(fs::read(lab.path("h.npy")).unwrap().starts_with(b"\x93NUMPY\x01\x00"));
    let next = |args: &[&str]| {
        let answer: Value = serde_json::from_str(&lab.ok(&[&["next", "--json"], args].concat()).stdout).unwrap();
        answer["top"].clone()
    };
    let model = next(&["It was a", "--model", "demo-small"]);
    assert_eq!(next(&["--logits", "h.npy"]), model);
    logits("all.NPY", &["--all"]);
    assert_eq!(next(&["--logits", "all.NPY", "--ids", "1026,373,257"]), model);
    // No ending promises nothing.
    logits("plain", &[]);
    assert_eq!(next(&["--logits", "plain"]), model);
    for out in ["h.json", "h.pt", "h.npz", "h.txt"] {
        let args = ["logits", "x", "--models", "demo", "--out", out];
        refused(&lab, &args, 2, &[&format!("--out {out}: the name must end in .safetensors or .npy")]);
        assert!(!lab.path(out).exists());
    }
    let args = ["record", "--models", "demo", "--out", "book.npy"];
    refused(&lab, &args, 2, &["--out book.npy: the name must end in .safetensors"]);
    refused(&lab, &["part", "3", "--models", "demo", "--out", "part3.svg"], 2, &["--out part3.svg: give a folder"]);
}

#[test]
fn models_are_called_what_they_are_called_by() {
    let lab = Lab::new();
    let json = |args: &[&str]| -> Value { serde_json::from_str(&lab.ok(args).stdout).unwrap() };
    let next = json(&["next", "x", "--models", "demo", "--json"]);
    assert_eq!(next["model"]["name"], "demo-small");
    let part = json(&["part", "3", "--models", "demo", "--dpi", "40", "--json"]);
    let names: Vec<&Value> = part["models"].as_array().unwrap().iter().map(|model| &model["name"]).collect();
    assert_eq!(names, ["demo-small", "demo-large"]);
    assert_eq!(part["part3"]["parameters"][1]["model"], "demo-large");
    lab.ok(&["record", "--models", "demo", "--out", "book.safetensors"]);
    let args = ["compare", "--logits", &recorded(), "--logits", "book.safetensors"];
    refused(&lab, &args, 2, &["gpt2-small, demo-small, demo-large"]);
}

#[test]
fn one_model_as_both_is_named_once() {
    let lab = Lab::new();
    let args = ["part", "3", "--small", "demo-large", "--large", "demo-large", "--dpi", "40"];
    let said = lab.ok(&args).stdout;
    assert!(said.starts_with(
        "Models: DEMO LARGE (part of the lab), as the small and as the large model; \"GPT-2-large\" below is DEMO LARGE."
    ), "{said}");
    assert_eq!(said.matches("GPT-2-large has 7,259,008 parameters.").count(), 1, "{said}");
}

#[test]
fn a_long_text_says_that_its_table_is_left_out() {
    let lab = Lab::new();
    let text = vec!["the"; 130].join(" ");
    for more in [&[][..], &["--pair"]] {
        let said = lab.ok(&[&["score", &text, "--models", "demo"], more].concat()).stdout;
        assert!(said.contains("The text has 130 tokens. Up to 120 are listed here; --json and --figure"), "{said}");
    }
}

#[test]
fn a_prompt_that_nobody_knows_says_so() {
    let lab = Lab::new();
    fs::write(lab.path("l.npy"), npy("(1, 7, 600)", &[0.0; 4200])).unwrap();
    let said = lab.ok(&["part", "3", "5", "--logits", "l.npy", "--dpi", "40", "--out", "out"]).stdout;
    assert!(said.contains("torch.Size([1, 7, 600])\ntorch.Size([600])"), "{said}");
    assert!(said.contains("Prompt: (the prompt is not in the file)\n"), "{said}");
    let page = fs::read_to_string(lab.path("out/index.html")).unwrap();
    assert!(page.contains("<q id=\"prompt5\">(the prompt is not in the file)</q>"));
}

/// Masked logits, as `generate` of transformers returns them with `output_scores=True` after top-k.
#[test]
fn a_logit_of_minus_infinity_is_a_probability_of_zero() {
    let lab = Lab::new();
    let (z, none) = ([2.5, f32::NEG_INFINITY, 0.25, 3.0, f32::NEG_INFINITY, 3.0], f32::NEG_INFINITY);
    fs::write(lab.path("masked.npy"), npy("(6,)", &z)).unwrap();
    save(&lab, "masked.safetensors", RecordedPrompt { logits: z.to_vec(), ..Default::default() });
    // bfloat16's and float32's −∞ share their first two bytes, and so do these numbers.
    let bf16: Vec<u8> = z.iter().flat_map(|z| z.to_le_bytes()[2..].to_vec()).collect();
    let header = b"{'descr': '<V2', 'fortran_order': False, 'shape': (6,), }\n";
    fs::write(lab.path("bf16.npy"), [b"\x93NUMPY\x01\x00", &[header.len() as u8, 0][..], header, &bf16].concat())
        .unwrap();
    for file in ["masked.npy", "masked.safetensors", "bf16.npy"] {
        let said = lab.ok(&["next", "--logits", file]).stdout;
        // NumPy's exp(z - max) over its sum: 0.2269, 0, 0.0239, 0.3741, 0, 0.3741.
        assert!(said.contains("    3 (37.4%) is \"#3\"\n    5 (37.4%) is \"#5\"\n    0 (22.7%) is \"#0\""), "{said}");
        let last = "4 of 6 tokens share all of the probability: the logits of the others are -inf.\n";
        assert!(said.ends_with(last), "{said}");
    }
    let asked: Value =
        serde_json::from_str(&lab.ok(&["next", "--logits", "masked.npy", "--token", "#1", "--json"]).stdout).unwrap();
    let place = &asked["asked"][0];
    assert_eq!((&place["probability"], &place["logit"]), (&0.0.into(), &"-inf".into()));
    assert_eq!((&place["rank"], &place["nats_below_top"], &asked["left_out"]), (&5.into(), &"inf".into(), &2.into()));

    let part = ["part", "3", "4", "5", "--logits", "masked.npy", "--dpi", "40", "--beyond", "--out", "out"];
    let said = lab.ok(&part).stdout;
    assert!(said.contains("The sum of the raw logits is -inf\nThe sum of the softmax logits is 1.000"), "{said}");
    let report: Value = serde_json::from_slice(&fs::read(lab.path("out/report.json")).unwrap()).unwrap();
    assert_eq!((&report["part3"]["logits_sum"], &report["part3"]["left_out"]), (&"-inf".into(), &2.into()));

    fs::write(lab.path("whole.npy"), npy("(6,)", &[0.0; 6])).unwrap();
    let both = ["compare", "--logits", "whole.npy", "--logits", "masked.npy"];
    let said = lab.ok(&both).stdout;
    assert!(said.contains("Pearson's correlation of the logits"), "{said}");
    let json: Value = serde_json::from_str(&lab.ok(&[&both[..], &["--json"]].concat()).stdout).unwrap();
    assert_eq!(json["comparison"]["kl_first_second"], "inf");
    assert!(json["comparison"]["js"].as_f64().unwrap() < std::f64::consts::LN_2);

    // The second token of the text cannot come.
    let rows = [z, [0.0; 6], [0.0; 6]].concat();
    fs::write(lab.path("rows.npy"), npy("(3, 6)", &rows)).unwrap();
    let score = ["score", "--logits", "rows.npy", "--ids", "0,1,2"];
    let said = lab.ok(&[&score[..], &["--figure", "score.svg"]].concat()).stdout;
    assert!(said.contains("Perplexity inf"), "{said}");
    let json: Value = serde_json::from_str(&lab.ok(&[&score[..], &["--json"]].concat()).stdout).unwrap();
    assert_eq!((&json["tokens"][1]["log_p"], &json["perplexity"]), (&"-inf".into(), &"inf".into()));

    for (name, values, word) in [
        ("nan", [0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0], "prompt 0 has the logit NaN for token 1;"),
        ("inf", [0.0, 0.0, f32::INFINITY, none, 0.0, 0.0], "prompt 0 has the logit inf for token 2;"),
        ("all", [none; 6], "prompt 0 has the logit -inf for every token"),
    ] {
        fs::write(lab.path(name), npy("(6,)", &values)).unwrap();
        refused(&lab, &["next", "--logits", name], 1, &[name, word]);
        fs::write(lab.path(name), npy("(2, 6)", &[[0.0; 6], values].concat())).unwrap();
        let word = word.replace(';', " at position 1;");
        refused(&lab, &["score", "--logits", name, "--ids", "1,2"], 1, &[name, &word]);
    }
    let plain = lab.run_with_stdin(&["softmax", "-"], b"0 -inf 1");
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    // numpy: exp(0) / (1 + e) and exp(1) / (1 + e).
    assert!(plain.stdout.starts_with("[0.26894142 0.         0.73105858]\n"), "{}", plain.stdout);
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let lab = Lab::new();
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let text = "It was a dark and stormy night";
    let tokens = lab.run_with_stdin(&["tokens", "-"], &marked(text)).stdout;
    assert_eq!(tokens, lab.ok(&["tokens", text]).stdout);
    let numbers = lab.run_with_stdin(&["softmax", "-"], &marked("1 2 3")).stdout;
    assert_eq!(numbers, lab.ok(&["softmax", "1", "2", "3"]).stdout);
    fs::write(lab.path("story.txt"), marked(text)).unwrap();
    let score = lab.ok(&["score", "--file", "story.txt", "--models", "demo"]).stdout;
    assert_eq!(score, lab.ok(&["score", text, "--models", "demo"]).stdout);
    // In the middle it is a character like any other.
    assert!(lab.run_with_stdin(&["tokens", "-"], "a\u{feff}".as_bytes()).stdout.contains("(bytes ef)"));
}

#[test]
fn ranges_say_what_to_give_and_why() {
    let lab = Lab::new();
    fs::write(lab.path("empty.txt"), "").unwrap();
    fs::write(lab.path("mark.txt"), "\u{feff}").unwrap();
    fs::write(lab.path("two.npy"), npy("(2,)", &[0.0; 2])).unwrap();
    for (args, code, word) in [
        (&["score", "a b", "--window", "300"][..], 2, "--window 300: give 2 to 256 (DEMO SMALL reads 256 tokens)"),
        (&["score", "a b", "--window", "8", "--stride", "8"], 2, "--stride 8: give 1 to 7 (less than the window of 8)"),
        (&["attention", "a", "--layer", "2"], 2, "--layer 2: give 0 to 1 (DEMO SMALL has 2 layers)"),
        (&["attention", "a", "--head", "9"], 2, "--head 9: give 0 to 1 (DEMO SMALL has 2 heads)"),
        (&["lens", "a", "-k", "60000"], 2, "-k 60000: give 1 to 50,257 (DEMO SMALL has 50,257 tokens)"),
        (&["next", "--logits", "two.npy", "-k", "3"], 2, "-k 3: give 1 to 2 (TWO has 2 tokens)"),
        (&["part", "4", "--logits", "two.npy", "-k", "3"], 2, "-k 3: give 1 to 2 (TWO has 2 tokens)"),
        (&["score", "--file", "empty.txt"], 1, "empty.txt is empty"),
        (&["score", "--file", "mark.txt"], 1, "mark.txt is empty"),
    ] {
        refused(&lab, args, code, &[word]);
    }
    // A file of few logits is accepted without `-k`.
    assert!(lab.ok(&["next", "--logits", "two.npy"]).stdout.contains("    1 (50.0%) is \"#1\"\n"));
    lab.ok(&["part", "4", "--logits", "two.npy", "--dpi", "40"]);
    assert!(lab.path("figures/runs/recorded-two-part4-40dpi/index.html").exists(), "{:?}", lab.files());
    // Nor is a vocabulary larger than GPT-2's.
    fs::write(lab.path("many.npy"), npy("(60000,)", &[0.0; 60_000])).unwrap();
    assert_eq!(lab.ok(&["next", "--logits", "many.npy", "-k", "59999"]).stdout.lines().count(), 60_001);
}

#[test]
fn texts_of_one_run_are_told_apart() {
    let lab = Lab::new();
    let args = ["generate", "It was", "--models", "demo", "--seed", "4", "-n", "3", "--count", "2"];
    let said = lab.ok(&args).stdout;
    let texts = said.split_once("\n\n").unwrap().1;
    let (first, second) = texts.split_once("\n\nSeed 5:\n").unwrap();
    assert!(first.starts_with("Seed 4:\nIt was") && second.starts_with("It was"), "{said}");
    assert!(!lab.ok(&args[..args.len() - 2]).stdout.contains("Seed"));
    let trace = lab.ok(&["generate", "It was", "--models", "demo", "-n", "1", "--greedy", "-k", "5", "--trace"]).stdout;
    assert!(trace.contains("\nstage            tokens kept  probability kept  entropy, nats  largest\n"), "{trace}");
    assert!(trace.contains("\nthe model's own       50,257           100.00%"), "{trace}");
}

#[test]
fn a_figure_of_one_score_names_its_mean() {
    let lab = Lab::new();
    lab.ok(&["score", "It was a dark night", "--models", "demo", "--figure", "score.svg"]);
    assert!(fs::read_to_string(lab.path("score.svg")).unwrap().contains("aria-label=\"mean\""));
}
