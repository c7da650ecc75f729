//! The panels and lines of code show the run: its temperatures, its k, its prompt.

use lab::{
    run::Source,
    source::{Models, PairArgs, resolve},
};
use softmax_core::Temperature;

use super::page;
use crate::{chrome::Chrome, run::Run};

#[test]
fn panels_and_code_have_the_values_of_the_run() {
    let chrome = Chrome::start();
    let pair = PairArgs { models: Some(Models::Demo), ..PairArgs::default() };
    let pair = Box::new(resolve(&pair).expect("it is part of the lab"));
    let run = Run::with([false, true, false, true, false], Source::Models { pair, prompt: None }, |settings| {
        settings.temperatures = [0.1, 2.0].map(|t| Temperature::new(t).expect("a temperature")).to_vec();
        settings.k = 5;
        settings.log_y = true;
    });
    chrome.size(1280, 900);
    // What each chart writes.
    let written = |state: &str, part: usize| -> String {
        chrome.open(&run.page, state);
        chrome.until("document.documentElement.classList.contains('lives')");
        chrome.get(&format!(
            "(async () => {{
                const words = [], write = CanvasRenderingContext2D.prototype.fillText;
                CanvasRenderingContext2D.prototype.fillText = function (word, ...rest) {{ words.push(word); write.call(this, word, ...rest) }};
                document.getElementById('part{part}').scrollIntoView();
                await frames();
                words.length = 0;
                document.getElementById('live{part}').draw();
                return words.join('; ');
            }})()"
        ))
    };
    let two = written("", 2);
    assert!(["T = 0.1", "T = 2", "T = 1;"].iter().all(|word| two.contains(word)) && !two.contains("0.3"), "{two}");
    assert!(two.contains("10⁻"), "a logarithmic axis: {two}");
    // A temperature that is chosen and of the run is written once.
    assert_eq!(written("#T=2", 2).matches("T = 2").count(), 1);
    let four = written("", 4);
    assert!(["T = 0.1", "T = 2", "Top-5 indices"].iter().all(|word| four.contains(word)), "{four}");
    assert!(!four.contains("T = 0.5") && !four.contains("T = 1.5"), "{four}");
    assert_eq!(chrome.get::<usize>("document.getElementById('live4').draw().kept"), 5);
    let code: String = chrome.get("[...document.querySelectorAll('.code code')].map(code => code.textContent).join()");
    for line in
        ["Temperature::new(0.1)", "x / 0.1", "logits / 0.1", "top_k(&probabilities, 5)", "topk(probabilities, 5)"]
    {
        assert!(code.contains(line), "{line}: {code}");
    }
    chrome.set("#live4 [data-bind=k][type=number]", "7");
    chrome.click("#reset4");
    assert_eq!(chrome.get::<usize>("document.getElementById('live4').draw().kept"), 5);
}

#[test]
fn code_names_the_prompt_that_is_shown_and_printed_output_the_prompt_of_the_run() {
    let chrome = page::open("#part3");
    let code = "[...document.querySelectorAll('#part3 > .code code')].map(code => code.textContent)";
    let named = |prompt: &str| {
        let lines: Vec<String> = chrome.get(code);
        assert!(
            lines.len() == 2 && lines.iter().all(|line| line.contains(&format!("encode(\"{prompt}\""))),
            "{lines:?}"
        );
    };
    named("It was a dark and stormy");
    chrome.set("#live3 select", "1");
    named("A plethora of platypuses.");
    for (part, prompt) in
        [(3, "It was a dark and stormy"), (4, "It was a dark and stormy"), (5, "A plethora of platypuses.")]
    {
        let said: String = chrome.get(&format!("document.querySelector('#part{part} .printed').textContent"));
        assert_eq!(said, format!("Printed for the prompt {prompt}:"));
    }
}

#[cfg(feature = "serve")]
#[test]
fn code_follows_a_text_of_the_readers_own() {
    let (_server, chrome) = super::served::open();
    chrome.set("#text0", "Once \"upon\" a");
    chrome.click("#read0");
    chrome.until("document.querySelectorAll('ol.next button').length === 20");
    for (part, selector) in [(3, "#part3 > .code"), (5, "#code5")] {
        chrome.run(&format!(
            "document.getElementById('part{part}').scrollIntoView(); set('#live5 input[value=logits]', '')"
        ));
        let code: String = chrome.get(&format!("document.querySelector('{selector} code').textContent"));
        assert!(code.contains(r#"encode("Once \"upon\" a")"#), "{code}");
    }
}
