//! Next tokens, the probability of a text, lens and attention, compared with Hugging Face transformers.
//!
//! `reading.json` was made by transformers 5.24 with torch 2.13, eager attention, f32, of the two demo models;
//! softmaxes were taken in f64 of the f32 logits. gpt2-runner's tests hold the same values on the library itself.

use serde_json::Value;

use super::lab::Lab;

const READING: &str = include_str!("../../../gpt2-runner/tests/data/reading.json");

/// What was committed for each of the demo models, with the name that the lab has for it.
fn models() -> Vec<(String, Value)> {
    let reading: Value = serde_json::from_str(READING).unwrap();
    ["small", "large"].map(|name| (format!("demo-{name}"), reading["models"][name].clone())).into()
}

fn json(lab: &Lab, args: &[&str]) -> Value {
    serde_json::from_str(&lab.ok(args).stdout).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn greedy_texts_are_those_of_transformers() {
    let lab = Lab::new();
    for (name, model) in models() {
        for prompt in list(&model["prompts"]) {
            let text = prompt["text"].as_str().unwrap();
            let answer = json(&lab, &["generate", text, "--model", &name, "--greedy", "-n", "40", "--json"]);
            let ids: Vec<&Value> = list(&answer["tokens"]).iter().map(|token| &token["id"]).collect();
            assert_eq!(ids, list(&prompt["greedy_40"]).iter().collect::<Vec<_>>(), "{name}: {text}");
            assert_eq!(answer["ids"], prompt["ids"]);
            let joined: String = list(&answer["tokens"]).iter().map(|token| token["text"].as_str().unwrap()).collect();
            assert_eq!(answer["text"], joined.trim_end_matches("<|endoftext|>"));
            assert!(list(&answer["tokens"]).iter().all(|token| token["rank"] == 1 && token["kept"] == 50_257));
            assert_eq!(answer["seed"], Value::Null);
        }
    }
}

#[test]
fn scores_are_those_of_transformers_with_its_windows() {
    let lab = Lab::new();
    for (name, model) in models() {
        for expected in list(&model["scores"]) {
            let (window, stride) = (expected["window"].to_string(), expected["stride"].to_string());
            let text = expected["text"].as_str().unwrap();
            let args = ["score", text, "--model", &name, "--window", &window, "--stride", &stride, "--json"];
            let answer = json(&lab, &args);
            assert_eq!(answer["ids"], expected["ids"]);
            let tokens = list(&answer["tokens"]);
            assert_eq!((&tokens[0]["log_p"], &tokens[0]["rank"]), (&Value::Null, &Value::Null));
            let (log_p, rank) = (list(&expected["log_p"]), list(&expected["rank"]));
            assert_eq!(tokens.len(), log_p.len() + 1);
            for (n, token) in tokens[1..].iter().enumerate() {
                let difference = (number(&token["log_p"]) - number(&log_p[n])).abs();
                assert!(difference < 2e-4, "{name}, token {n}: {} against {}", token["log_p"], log_p[n]);
                // Far down logits lie so close that the order of additions decides: a place or two.
                let (ours, theirs) = (number(&token["rank"]), number(&rank[n]));
                assert!(
                    (ours - theirs).abs() <= if theirs < 100.0 { 0.0 } else { 2.0 },
                    "{name}, token {n}: {ours} and {theirs}"
                );
            }
            let ratio = number(&answer["perplexity"]) / number(&expected["perplexity"]);
            assert!((ratio - 1.0).abs() < 1e-3, "{name}: {ratio}");
        }
    }
}

#[test]
fn the_lens_is_that_of_transformers() {
    let lab = Lab::new();
    for (name, model) in models() {
        for prompt in list(&model["prompts"]) {
            let text = prompt["text"].as_str().unwrap();
            let answer = json(&lab, &["lens", text, "--model", &name, "-k", "3", "--json"]);
            let expected = list(&prompt["lens_top3_by_layer_and_position"]);
            assert_eq!(list(&answer["layers"]).len(), expected.len());
            for (layer, expected) in list(&answer["layers"]).iter().zip(expected) {
                for (cell, expected) in list(layer).iter().zip(list(expected)) {
                    for (n, token) in list(&cell["top"]).iter().enumerate() {
                        assert_eq!(token["id"], expected["ids"][n], "{name}: {text}");
                        assert!((number(&token["p"]) - number(&expected["p"][n])).abs() < 2e-4, "{name}: {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn attention_is_that_of_transformers() {
    let lab = Lab::new();
    for (name, model) in models() {
        for prompt in list(&model["prompts"]) {
            let text = prompt["text"].as_str().unwrap();
            let answer = json(&lab, &["attention", text, "--model", &name, "--json"]);
            let mut compared = 0;
            for (layer, expected) in list(&answer["softmax"]).iter().zip(list(&prompt["attention"])) {
                for (head, expected) in list(layer).iter().zip(list(expected)) {
                    for (query, (row, expected)) in list(head).iter().zip(list(expected)).enumerate() {
                        for (key, (p, expected)) in list(row).iter().zip(list(expected)).enumerate() {
                            assert!((number(p) - number(expected)).abs() < 2e-4, "{name}: {text}");
                            assert!(key <= query || number(p) == 0.0);
                            compared += 1;
                        }
                    }
                }
            }
            let tokens = list(&prompt["ids"]).len();
            let heads = list(&prompt["attention"]).len() * list(&prompt["attention"][0]).len();
            assert_eq!(compared, heads * tokens * tokens);
            // The scores are what softmax was taken of, but for the scale; those after the query are masked.
            let row = list(&answer["scores"][0][0][tokens - 1]);
            let scale = number(&answer["heads"][0]["scale"]);
            let sum: f64 = row.iter().map(|s| (number(s) * scale).exp()).sum();
            let p = (number(&row[0]) * scale).exp() / sum;
            assert!((p - number(&answer["softmax"][0][0][tokens - 1][0])).abs() < 1e-5);
            assert_eq!(answer["scores"][0][0][0][1], Value::Null);
        }
    }
}

#[test]
fn the_same_seed_says_the_same_and_another_something_else() {
    let lab = Lab::new();
    let say = |seed| lab.ok(&["generate", "It was a dark and stormy", "--seed", seed, "-t", "0.8"]).stdout;
    assert_eq!(say("1"), say("1"));
    assert_ne!(say("1"), say("2"));
    // The random numbers are fixed: PCG64 on every machine. Over forty tokens, the last bits of the demo model's logits
    // do not change a choice.
    let answer = json(&lab, &["generate", "It was a dark and stormy", "--seed", "1", "-n", "3", "--json"]);
    let draws: Vec<f64> = list(&answer["tokens"]).iter().map(|token| number(&token["draw"])).collect();
    assert_eq!(draws.len(), 3);
    assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
}

#[test]
fn a_count_goes_on_with_the_seeds_that_follow() {
    let lab = Lab::new();
    let args = ["generate", "Once upon a time", "--seed", "5", "--count", "3", "-n", "6", "--json"];
    let answers = json(&lab, &args);
    let seeds: Vec<&Value> = list(&answers).iter().map(|answer| &answer["seed"]).collect();
    assert_eq!(seeds, [5, 6, 7]);
    let alone = json(&lab, &["generate", "Once upon a time", "--seed", "6", "-n", "6", "--json"]);
    assert_eq!(alone, answers[1], "a text does not depend on those before it");
}

#[test]
fn a_trace_shows_what_each_stage_leaves_in_both_orders() {
    let lab = Lab::new();
    let trace = |order| {
        let args = ["generate", "It was a dark", "-t", "2", "-p", "0.9", "-k", "40", "-n", "1", "--order", order];
        let answer = json(&lab, &[&args[..], &["--trace", "--json"]].concat());
        let token = &answer["tokens"][0];
        let stages: Vec<String> =
            list(&token["trace"]).iter().map(|stage| stage["stage"].as_str().unwrap().to_owned()).collect();
        assert_eq!(list(&token["trace"]).last().unwrap()["kept"], token["kept"]);
        (stages, token["kept"].as_u64().unwrap())
    };
    let (transformers, kept) = trace("transformers");
    assert_eq!(transformers, ["the model's own", "temperature 2", "top-k 40", "top-p 0.9"]);
    let (llama, fewer) = trace("llama.cpp");
    assert_eq!(llama, ["the model's own", "top-k 40", "top-p 0.9", "temperature 2"]);
    assert!(fewer < kept, "a nucleus of the flattened distribution is larger: {fewer} and {kept}");
}

#[test]
fn a_text_ends_where_the_model_can_read_no_more() {
    let lab = Lab::new();
    // The demo models have 256 positions, each of these words is one token.
    let text = vec!["the"; 254].join(" ");
    let answer = json(&lab, &["generate", &text, "-n", "40", "--seed", "3", "--json"]);
    assert_eq!(list(&answer["tokens"]).len(), 3);
    assert_eq!(answer["stopped"], "model_length");
}

#[test]
fn both_models_score_side_by_side() {
    let lab = Lab::new();
    let text = "It was a dark and stormy night; the rain fell in torrents.";
    let answer = json(&lab, &["score", text, "--pair", "--models", "demo", "--json"]);
    for (report, (_, expected)) in list(&answer["models"]).iter().zip(models()) {
        let ratio = number(&report["perplexity"]) / number(&expected["scores"][0]["perplexity"]);
        assert!((ratio - 1.0).abs() < 1e-3, "{ratio}");
    }
    let shown = lab.ok(&["score", text, "--pair", "--models", "demo"]).stdout;
    assert!(shown.contains("DEMO SMALL") && shown.contains("DEMO LARGE") && shown.contains("perplexity"), "{shown}");
}

#[test]
fn bits_per_byte_are_those_of_the_scored_tokens() {
    let lab = Lab::new();
    let answer = json(&lab, &["score", "It was a dark", "--json"]);
    let nats: f64 = list(&answer["tokens"])[1..].iter().map(|token| -number(&token["log_p"])).sum();
    let bits = nats / std::f64::consts::LN_2 / " was a dark".len() as f64;
    assert!((number(&answer["bits_per_byte"]) - bits).abs() < 1e-12);
}

#[test]
fn one_token_has_nothing_to_score() {
    let lab = Lab::new();
    let answer = json(&lab, &["score", "It", "--json"]);
    assert_eq!((&answer["perplexity"], &answer["scored"]), (&Value::Null, &0.into()));
    assert!(lab.ok(&["score", "It"]).stdout.contains("nothing to score"));
}

#[test]
fn wrong_input_gets_one_line_that_says_what_is_accepted() {
    let lab = Lab::new();
    std::fs::write(lab.path("latin1.txt"), b"caf\xe9").unwrap();
    for (args, words) in [
        (&["generate", "a", "-n", "0"][..], &["'0'", "--tokens", "1 or more"][..]),
        (&["generate", "a", "-p", "1.5"], &["1.5", "-p", "up to 1"]),
        (&["generate", "a", "-p", "0"], &["'0'", "above 0"]),
        (&["generate", "a", "-k", "0"], &["'0'", "-k"]),
        (&["generate", "a", "--min-p", "-1"], &["-1", "--min-p", "0 to 1"]),
        (&["generate", "a", "--typical", "x"], &["'x'", "--typical"]),
        (&["generate", "a", "--repetition-penalty", "inf"], &["inf", "above 0"]),
        (&["generate", "a", "--order", "vllm"], &["vllm", "transformers or llama.cpp"]),
        (&["generate", "a", "--seed", "-1"], &["-1"]),
        (&["generate", ""], &["empty"]),
        (&["score", ""], &["empty"]),
        (&["score", "a b", "--window", "1"], &["--window 1", "2 to 256"]),
        (&["score", "a b", "--window", "300"], &["--window 300", "2 to 256"]),
        (&["score", "a b", "--window", "8", "--stride", "8"], &["--stride 8", "1 to 7"]),
        (&["score", "--file", "nothing.txt"], &["nothing.txt"]),
        (&["score", "--file", "latin1.txt"], &["latin1.txt", "0xe9", "offset 3"]),
        (&["lens", "a", "-k", "0"], &["-k"]),
        (&["attention", "a", "--layer", "2"], &["--layer 2", "0 to 1"]),
        (&["attention", "a", "--head", "2"], &["--head 2", "0 to 1"]),
        (&["attention", "a", "--head", "-1"], &["'-1'", "--head", "0 or more"]),
        (&["attention", "a", "--layer", "x"], &["'x'", "--layer", "0 or more"]),
        (&["score", "a b", "--window", "x"], &["'x'", "--window", "1 or more"]),
        (&["score", "a b", "--stride", "-1"], &["'-1'", "--stride", "1 or more"]),
        (&["score", "a b", "--stride", "0"], &["'0'", "--stride", "1 or more"]),
        (&["score", "--logits", "x.npy", "--ids", "1,-1"], &["'-1'", "--ids", "with commas"]),
        (&["logits", "--ids", "-3", "--out", "x.safetensors"], &["'-3'", "--ids", "with commas"]),
        (&["generate", "a", "--seed", "x"], &["'x'", "--seed", "0 or more"]),
        (&["generate", "a", "--count", "-1"], &["'-1'", "--count", "1 or more"]),
        (&["generate", "a", "--typical", "0"], &["'0'", "--typical", "above 0"]),
        (&["lens", "a", "-k", "-2"], &["-2", "-k", "1 or more"]),
        (&["lens", "a", "--figure", "new.png/"], &["new.png/", "give --figure a file name"]),
    ] {
        let output = lab.run(args);
        assert!(output.code == 1 || output.code == 2, "{args:?}: {}", output.code);
        assert_eq!(output.stdout, "", "{args:?}");
        assert_eq!(output.stderr.trim_end().lines().count(), 1, "{args:?}: {}", output.stderr);
        for word in words {
            assert!(output.stderr.contains(word), "{args:?}: {} lacks {word}", output.stderr);
        }
    }
}

#[test]
fn too_long_a_text_for_all_heads_names_the_way_out() {
    let lab = Lab::new();
    let text = vec!["the"; 300].join(" ");
    let output = lab.run(&["attention", &text]);
    assert!(output.stderr.contains("300 tokens"), "{}", output.stderr);
}

#[test]
fn a_token_far_down_is_placed_among_all() {
    let lab = Lab::new();
    let args = ["next", "It was a dark and stormy", "--token", " night", "--token", " coffee", "--json"];
    let answer = json(&lab, &args);
    let asked = list(&answer["asked"]);
    assert_eq!(
        (&asked[0]["id"], &asked[0]["rank"], &asked[0]["nats_below_top"]),
        (&1755.into(), &1.into(), &0.0.into())
    );
    assert!((number(&asked[0]["probability"]) - number(&answer["top"][0]["probability"])).abs() < 1e-6);
    let coffee = &asked[1];
    assert_eq!((&coffee["id"], &coffee["text"]), (&6891.into(), &" coffee".into()));
    let ratio = number(&asked[0]["probability"]) / number(&coffee["probability"]);
    assert!((ratio.ln() - number(&coffee["nats_below_top"])).abs() < 1e-9);
    assert!(coffee["rank"].as_u64().unwrap() > 10);
    let refused = lab.run(&["next", "I like", "--token", " coffee shop"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("2 tokens, \" coffee\" and \" shop\""), "{}", refused.stderr);
}
