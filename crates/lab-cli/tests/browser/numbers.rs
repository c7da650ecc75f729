//! The numbers in the page's sentences: `=` stands before all digits of a number only.

use std::fs;

use gpt2_runner::{RecordedLogits, RecordedModel, RecordedPrompt};
use lab::{run::Source, source::Recorded};

use super::page::open;
use crate::{chrome::Chrome, run::Run};

/// What part 5 says of its models, by each formula in each type.
fn why(chrome: &Chrome) -> String {
    chrome.get(
        "(async () => {
            const said = [];
            for (const formula of ['manual', 'max_normalised', 'library']) for (const type of ['float16', 'bfloat16', 'float32', 'float64']) {
                set(`#live5 input[value=${formula}]`, '');
                set(`#live5 input[value=${type}]`, '');
                await frames();
                said.push(document.getElementById('why5').innerText);
            }
            return said.join('\\n');
        })()",
    )
}

/// A number as the page writes it.
fn number(text: &str) -> f64 {
    text.replace('−', "-").replace(',', "").parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn each_exponential_is_that_of_the_number_beside_it() {
    let chrome = open("#part5");
    let said = why(&chrome);
    let mut count = 0;
    for (before, after) in said.match_indices(") ≈ ").map(|(at, sign)| (&said[..at], &said[at + sign.len()..])) {
        let Some((_, z)) = before.rsplit_once("exp(").filter(|(_, z)| *z != "z") else { continue };
        let written = number(after.split_whitespace().next().unwrap_or_default().trim_end_matches(','));
        // Three digits of exp, of a number with three decimals.
        assert!((written / number(z).exp() - 1.0).abs() < 0.006, "exp({z}) is written as {written}");
        count += 1;
    }
    assert!(count >= 4, "{said}");
    for exact in said.split("exp(").skip(1).filter(|part| part.contains(") = ")) {
        assert!(["0) = 1", "z) = "].iter().any(|start| exact.starts_with(start)), "{exact}");
    }
}

#[test]
fn the_largest_number_of_float16_has_all_its_digits() {
    let chrome = Chrome::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("two.safetensors");
    // exp(12) is above float16's range.
    let model = |name: &str, prompt| RecordedModel {
        name: Some(name.to_owned()),
        prompts: vec![prompt],
        ..RecordedModel::default()
    };
    let prompt = || RecordedPrompt::last("I like", vec![12.0, 2.0, -1.0, 0.0, 1.0, -3.0]);
    fs::write(&file, RecordedLogits { models: vec![model("A", prompt()), model("B", prompt())] }.to_bytes().unwrap())
        .unwrap();
    let recorded = Recorded::read(&[file]).unwrap();
    let source = Source::Recorded { recorded: recorded.into(), prompt: None, tokenizer: None };
    let run = Run::of_top(6, [false, false, true, true, true], source);
    chrome.size(1280, 900);
    chrome.open(&run.page, "#part5");
    chrome.until("document.querySelectorAll('#why5 p').length > 0");
    let said = why(&chrome);
    assert!(said.contains("is above the largest number, 65,504."), "{said}");
    assert!(!said.contains("66000"), "{said}");
}
