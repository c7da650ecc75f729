//! All prompts that there are logits of are on one page, and can be chosen in each part that needs logits.

use lab::{run::Source, source::Recorded};

use super::page::{assert_close, drawn_after};
use crate::{chrome::Chrome, run::Run};

/// GPT-2 small's recorded logits of five prompts.
fn recorded() -> Recorded {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/recorded/gpt2-small.safetensors");
    Recorded::read(&[file.into()]).expect("a file of logits")
}

#[test]
fn all_recorded_prompts_can_be_chosen() {
    let source = Source::Recorded { recorded: recorded().into(), prompt: None, tokenizer: None };
    let run = Run::of([true; 5], source);
    let chrome = Chrome::start();
    chrome.size(1280, 900);
    chrome.open(&run.page, "#part5");
    chrome.until("document.querySelectorAll('#counts5 tr').length > 0");
    let recorded = recorded();
    let prompts = &recorded.models[0].prompts;
    assert_eq!(prompts.len(), 5);
    for place in ["opening", "live3", "live4", "live5"] {
        let texts: Vec<String> =
            chrome.get(&format!("[...document.querySelectorAll('#{place} select:not([data-bind=order]) option')].map(option => option.textContent)"));
        assert_eq!(texts.len(), 5, "{place}");
        for (text, prompt) in texts.iter().zip(prompts) {
            assert!(text.ends_with(prompt.text.as_deref().unwrap()), "{place}: {text}");
        }
    }
    // The bytes of the first are exact after they were taken apart, and so are those of the others.
    for (n, prompt) in prompts.iter().enumerate() {
        let expected = softmax_core::softmax(&prompt.logits).unwrap();
        let found = drawn_after(&chrome, &[("#live3 select", &*n.to_string())], 3);
        assert_close(&found, &expected, prompt.text.as_deref().unwrap());
    }
    chrome.run("document.getElementById('part5').scrollIntoView(); await pause(200)");
    chrome.run("const select = document.getElementById('pair5'); select.value = '2'; select.dispatchEvent(new Event('change'))");
    let prompt5: String = chrome.get("document.getElementById('prompt5').textContent");
    assert_eq!(Some(&*prompt5), prompts[2].text.as_deref());
    let max = prompts[2].logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let why: String = chrome.get("document.getElementById('why5').textContent");
    assert!(why.contains(&format!("exp(−{:.3})", -max)), "{max}: {why}");
    // Four more prompts of 50,257 logits: 180 KB each in base64.
    let size: usize = chrome.get("document.getElementById('data').textContent.length");
    assert!(size < 1_250_000, "{size}");
}

#[cfg(feature = "serve")]
#[test]
fn a_served_page_offers_its_own_prompt_and_the_readers_text() {
    let (_server, chrome) = super::served::open();
    chrome.set("#text0", "Once upon a");
    chrome.click("#read0");
    chrome.until("document.querySelectorAll('ol.next button').length === 20");
    chrome.run("document.getElementById('part5').scrollIntoView(); await pause(200)");
    let texts: Vec<String> =
        chrome.get("[...document.querySelectorAll('#pair5 option')].map(option => option.textContent)");
    assert_eq!(texts, ["A plethora of platypuses.", "Once upon a"]);
    let prompt5 = "document.getElementById('prompt5').textContent";
    assert_eq!(chrome.get::<String>(prompt5), "Once upon a");
    chrome.run("const select = document.getElementById('pair5'); select.selectedIndex = 0; select.dispatchEvent(new Event('change'))");
    assert_eq!(chrome.get::<String>(prompt5), "A plethora of platypuses.");
}
