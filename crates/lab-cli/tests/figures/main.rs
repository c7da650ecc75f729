//! The nine figures against the notebook's, with the demo models' recorded logits; no libtorch is needed.

mod demo;
mod similarity;

use std::{io::Cursor, path::Path};

use gpt2_runner::Gpt2Tokenizer;
use lab::{
    Prompt,
    figures::{self, View},
    parts::{self, Library, ModelVectors, Part1Report},
};
use viz::{Figure, Theme};

use demo::{Logits, temperatures};
use similarity::Grey;

/// The least structural similarity to the notebook's figure, both reduced to a quarter. The same figure by the same
/// rules has 0.97 to 0.99 here: fonts are not hinted, markers stand between pixels, and the titles say DEMO for GPT-2.
const LEAST_SIMILARITY: f64 = 0.95;

fn nine() -> Vec<(String, Figure)> {
    let all = Logits::read().figures("DEMO SMALL", "DEMO LARGE");
    all.into_iter()
        .map(|(name, figure)| (name, figure.footnote("Models: demo small, demo large (not GPT-2)")))
        .collect()
}

#[test]
fn they_look_like_the_notebooks() {
    let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference-figures");
    let mut unlike = Vec::new();
    for (name, figure) in nine() {
        let drawn = Grey::decode(Cursor::new(figure.to_png().unwrap()));
        let sizes = [(3000, 1500), (3600, 900), (3600, 1050)];
        assert!(sizes.contains(&(drawn.width, drawn.height)), "{name} has {} x {}", drawn.width, drawn.height);
        let reference = Grey::read(&references.join(format!("{name}.png")));
        let similarity = drawn.reduced(4).similarity(&reference);
        println!("{name}: {similarity:.4}");
        if similarity < LEAST_SIMILARITY {
            unlike.push(format!("{name}: {similarity:.4}"));
        }
    }
    assert!(unlike.is_empty(), "{unlike:?}");
}

/// The measure itself: a figure is like itself and not like another, a shifted or an emptied one.
#[test]
fn the_measure_tells_figures_apart() {
    let references = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reference-figures");
    let read = |part| Grey::read(&references.join(format!("{}.png", figures::stem(part))));
    let (a, c, d) = (read("5a"), read("5c"), read("5d"));
    assert!(a.similarity(&a) > 0.999_999);
    assert!(a.similarity(&c) < 0.9 && a.similarity(&d) < 0.8);
    let shifted = Grey { values: [&a.values[2..], &a.values[..2]].concat(), ..a };
    assert!(read("5a").similarity(&shifted) < 0.9);
    let emptied = Grey { values: vec![255.0; shifted.values.len()], ..shifted };
    assert!(read("5a").similarity(&emptied) < 0.9);
}

/// What the texts of a document say, in the order in which they are drawn.
fn texts(svg: &str) -> Vec<String> {
    let said = svg.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next());
    said.map(|text| text.replace("&quot;", "\"")).collect()
}

/// Tick labels, titles, axis labels and legends as the notebook's figures show them, x ticks before y ticks.
#[test]
fn they_say_what_the_notebooks_say() {
    let tokens = ["0", "10000", "20000", "30000", "40000", "50000"];
    let (index, softmax) = ("Token index", "Softmax probabilities");
    let thousandths = ["0.000", "0.025", "0.050", "0.075", "0.100", "0.125", "0.150", "0.175"];
    let hundredths = ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25"];
    let large_logits = ["−7.5", "−5.0", "−2.5", "0.0", "2.5", "5.0", "7.5", "10.0"];
    let small_logits = ["−130.0", "−127.5", "−125.0", "−122.5", "−120.0", "−117.5", "−115.0", "−112.5"];
    let small_normalized = ["−20.0", "−17.5", "−15.0", "−12.5", "−10.0", "−7.5", "−5.0", "−2.5", "0.0"];
    let large_normalized = ["−17.5", "−15.0", "−12.5", "−10.0", "−7.5", "−5.0", "−2.5", "0.0"];
    let around_zero = ["−0.04", "−0.02", "0.00", "0.02", "0.04"];
    let nothing = "no finite values (50,257 NaN)";
    let raw = ["−135", "−130", "−125", "−120", "−115", "−110"];
    let tenths = ["0.0", "0.1", "0.2", "0.3"];
    let (small, large, both) = ("DEMO SMALL", "DEMO LARGE", "Comparison of both models");
    let probabilities = |prefixes: [&'static str; 3]| -> Vec<Vec<String>> {
        let title = |panel: usize, title: &str| vec![format!("{}{title}", prefixes[panel])];
        let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let one = |panel: usize, name: &str, y: &[&str]| {
            [owned(&tokens), owned(y), title(panel, name), owned(&[index, softmax])].concat()
        };
        let last = [owned(&hundredths), owned(&thousandths), title(2, both), owned(&[small, large])].concat();
        vec![one(0, small, &hundredths), one(1, large, &thousandths), last]
    };
    let panels = |panels: &[&[&[&str]]]| -> Vec<Vec<String>> {
        panels.iter().map(|panel| panel.concat().iter().map(|t| (*t).to_owned()).collect()).collect()
    };
    let expected: [Vec<Vec<String>>; 9] = [
        panels(&[&[
            &["1", "2", "3", "4", "5", "6"],
            &["0.0", "0.1", "0.2", "0.3", "0.4"],
            &["$\\sum\\sigma (z)$ = 1", "Original number (z)", "Softmax probability $\\sigma (z)$"],
            &["Manual", "PyTorch"],
        ]]),
        panels(&[&[
            &["−4", "−2", "0", "2", "4"],
            &["0.0", "0.1", "0.2", "0.3", "0.4"],
            &["Original number", "Softmax probability"],
            &["T = 0.3", "T = 0.6", "T = 1", "T = 1.4"],
        ]]),
        panels(&[
            &[&tokens, &raw, &["A) All final token logits", index, "Output logits"]],
            &[&tokens, &tenths, &["B) Softmax probabilities", index, "Probabilities"]],
            &[&raw, &tenths, &["C) Logits by probabilities", "\"Raw\" logits", "Softmax logits"]],
        ]),
        panels(&[&[
            &["0", "2", "4", "6", "8"],
            &["$10^{-3}$", "$10^{-2}$", "$10^{-1}$", "$10^{0}$"],
            &["Top-10 indices", "Softmax probabilities (log)"],
            &["T = 0.5", "T = 1", "T = 1.5"],
        ]]),
        panels(&[
            &[&tokens, &small_logits, &["A) DEMO SMALL", index, "Output logits"]],
            &[&tokens, &large_logits, &["B) DEMO LARGE", index, "Output logits"]],
            &[&raw[1..5], &large_logits, &["C) Comparison of both models", small, large]],
        ]),
        panels(&[
            &[&tokens, &around_zero, &["A) DEMO SMALL", index, softmax, nothing]],
            &[&tokens, &thousandths, &["B) DEMO LARGE", index, softmax]],
            &[&around_zero, &around_zero, &["C) Comparison of both models", small, large, nothing]],
        ]),
        panels(&[
            &[&tokens, &small_normalized, &["A) DEMO SMALL", index, "Raw logits (max-norm)"]],
            &[&tokens, &large_normalized, &["B) DEMO LARGE", index, "Raw logits (max-norm)"]],
            &[&["−20", "−15", "−10", "−5", "0"], &large_normalized, &["C) Comparison of both models", small, large]],
        ]),
        probabilities(["A) ", "B) ", "C) "]),
        probabilities(["", "", ""]),
    ];
    for ((name, figure), expected) in nine().into_iter().zip(expected) {
        let mut said = texts(&figure.to_svg().unwrap());
        assert_eq!(said.pop().as_deref(), Some("Models: demo small, demo large (not GPT-2)"), "{name}");
        assert_eq!(said, expected.concat(), "{name}");
    }
}

#[test]
fn documents_are_small_and_every_run_gives_the_same_bytes() {
    for (name, figure) in nine() {
        let svg = figure.to_svg().unwrap();
        assert!(svg.len() < 1_500_000, "{name}.svg has {} bytes", svg.len());
    }
    let (name, figure) = nine().swap_remove(2);
    let (_, again) = nine().swap_remove(2);
    assert!(figure.to_svg().unwrap() == again.to_svg().unwrap(), "{name}.svg");
    assert!(figure.to_png().unwrap() == again.to_png().unwrap(), "{name}.png");
}

/// The data may be of any length, with the temperatures that the reader likes.
#[test]
fn other_data_is_drawn_as_well() {
    let many = temperatures(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    let prompt = Prompt::new("x", &tokenizer).unwrap();
    let nothing = Library { name: "library".into(), probabilities: Vec::new() };
    let empty =
        Part1Report { z: Vec::new(), manual: Vec::new(), manual_sum: 0.0, library: nothing, max_difference: 0.0 };
    let one = ModelVectors::new("one", vec![1.0]).unwrap();
    let other = ModelVectors::new("other", vec![f32::NAN]).unwrap();
    let figures = [
        figures::part1(&empty),
        figures::part2(&parts::part2(&many, true).unwrap()).theme(Theme::Dark),
        figures::part3(&parts::part3(&[], &prompt, 1, &[0.0], 1, &tokenizer).unwrap()),
        figures::part4(&parts::part4(&prompt, &[0.5, 0.25, 0.0], 3, &many, &tokenizer).unwrap()),
        figures::part4(&parts::part4(&prompt, &[0.5, 0.25, 0.0], 3, &[], &tokenizer).unwrap()),
        figures::part5(View::A, &[&one, &other]),
        figures::part5(View::E, &[&other]),
    ];
    for (index, figure) in figures.into_iter().enumerate() {
        figure.dpi(50).to_png().unwrap_or_else(|error| panic!("figure {index}: {error}"));
    }
}
