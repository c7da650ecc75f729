//! Typing into a served page, while the tokens or a model's answers are still to come.

use super::served::{chips, open, text};

const ENTER: &str = "document.getElementById('text0').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))";

/// The names of all sets of logits that there are.
const SETS: &str =
    "[...document.querySelectorAll('#live3 select option')].map(option => option.textContent).join('; ')";

#[test]
fn enter_reads_what_the_box_says_however_late_its_tokens_are() {
    let (_server, chrome) = open();
    chrome.run(
        "const real = fetch;
         window.fetch = async (path, ...rest) => { if (String(path).endsWith('tokens')) await pause(200); return real(path, ...rest) }",
    );
    chrome.run(&format!("set('#text0', 'Once upon a'); {ENTER}"));
    chrome.until("document.querySelectorAll('ol.next button').length === 20");
    assert_eq!(chips(&chrome), ["Once", "␣upon", "␣a"]);
    let sets: String = chrome.get(SETS);
    assert!(sets.contains("DEMO SMALL: Once upon a"), "{sets}");
    // So does a model that goes on with the text.
    chrome.set("#count0", "1");
    chrome.run("set('#text0', 'The cat sat'); document.querySelector('button.speak').click()");
    chrome.until("document.querySelectorAll('#chips0 button').length === 4");
    assert_eq!(chips(&chrome)[..3], ["The", "␣cat", "␣sat"]);
}

#[test]
fn typing_stops_a_generation_and_keeps_what_is_typed() {
    let (_server, chrome) = open();
    chrome.set("#count0", "1024");
    chrome.click("button.speak[data-model='1']");
    chrome.until("document.querySelectorAll('#chips0 button').length > 12");
    let typed: String = chrome.get(
        "(async () => {
            const box = document.getElementById('text0');
            for (const letter of ' and then') { set('#text0', box.value + letter); await pause(20) }
            return box.value;
        })()",
    );
    assert!(typed.ends_with(" and then"), "{typed}");
    chrome.run("await pause(400)");
    assert_eq!(chrome.get::<String>("document.getElementById('text0').value"), typed);
    assert_eq!(chips(&chrome).concat().replace('␣', " ").replace('⏎', "\n"), typed);
    assert!(chrome.get::<bool>("document.getElementById('stop0').hidden"));
}

#[test]
fn a_text_that_is_too_long_has_no_tokens() {
    let (_server, chrome) = open();
    assert!(chips(&chrome).len() > 3);
    chrome.run("set('#text0', 'a'.repeat(70_000))");
    chrome.until("document.getElementById('said0').textContent.includes('64 KB')");
    assert!(chips(&chrome).is_empty());
    chrome.run(ENTER);
    assert!(text(&chrome, "said0").contains("longer than 64 KB"), "{}", text(&chrome, "said0"));
    assert_eq!(chrome.get::<usize>("document.querySelectorAll('ol.next button').length"), 0);
}
