//! What starts from recorded logits, which needs no libtorch.

use std::fs;

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
        let verdict = if underflows { "50,257 of 50,257 values are NaN, for Σ exp(z) is 0" } else { "no NaN, but " };
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
