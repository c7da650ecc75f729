//! axe-core's rules for accessibility, on the page in each of its states, in both themes, on a desktop and on a phone.
//!
//! `AXE=axe.min.js cargo xtask test -p lab-cli --test browser axe -- --ignored`, with that file from the npm package
//! `axe-core`.

use super::page;
use crate::chrome::Chrome;

/// The look of a page: a colour scheme and a width.
const LOOKS: [(&str, u32); 4] = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)];

/// Opens all that is folded: code, and the notebook's pictures.
const UNFOLD: &str = "
    document.querySelectorAll('details').forEach(details => (details.open = true));
    document.querySelectorAll('[data-still][aria-expanded=false]').forEach(button => button.click());
    await frames();";

/// Runs axe in each look, over the page as it is and with all unfolded.
#[track_caller]
fn finds_nothing(chrome: &Chrome, state: &str) {
    let axe = std::env::var_os("AXE").expect("AXE names axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe.min.js can be read");
    for (scheme, width) in LOOKS {
        chrome.media("screen", scheme);
        chrome.size(width, 900);
        chrome.call("Runtime.evaluate", &serde_json::json!({ "expression": axe }));
        for unfold in ["", UNFOLD] {
            let found: Vec<String> = chrome.get(&format!(
                "(async () => {{
                    {unfold}
                    for (const section of document.querySelectorAll('main > section')) (section.scrollIntoView(), await frames());
                    const {{ violations }} = await axe.run(document, {{ resultTypes: ['violations'] }});
                    return violations.map(one => `${{one.id}}: ${{one.nodes.map(node => node.target.join(' ')).join(', ')}}`);
                }})()"
            ));
            assert!(found.is_empty(), "{state}, {scheme}, {width}: {found:#?}");
            // Panels out of sight are not drawn.
            chrome.run("document.querySelector('main > section')?.scrollIntoView()");
        }
    }
}

#[test]
#[ignore = "needs axe-core, which the project does not contain"]
fn axe_finds_nothing_in_a_file() {
    for state in ["", "#part3&mark=6891&ids=1000,9000&T=0.5", "#part5&formula=manual&type=float16&show=logits"] {
        finds_nothing(&page::open(state), state);
    }
    let chrome = page::open("#part4");
    chrome.set("#search3", "night");
    chrome.set("#live4 [data-bind=k][type=number]", "2.5");
    chrome.run("document.querySelector('#live4 [data-bind=k][type=number]').dispatchEvent(new Event('change', { bubbles: true }))");
    finds_nothing(&chrome, "tokens found, and a number refused");
}

#[cfg(feature = "serve")]
#[test]
#[ignore = "needs axe-core, which the project does not contain"]
fn axe_finds_nothing_on_a_served_page() {
    use super::served::{address, open, text};

    const READ: &str =
        "document.querySelectorAll('ol.next button').length === 20 && !document.querySelector('ol.next.reading')";
    let (server, chrome) = open();
    finds_nothing(&chrome, "at the start");
    chrome.set("#text0", "Once upon a");
    chrome.click("#read0");
    chrome.until(READ);
    finds_nothing(&chrome, "a text that was read");
    chrome.set("#count0", "8");
    chrome.click("button.speak");
    chrome.until("document.querySelectorAll('#chips0 button').length === 11");
    chrome.until(READ);
    chrome.click("#chips0 li:nth-child(6) button");
    chrome.until("document.querySelector('#said0 details') !== null");
    chrome.run("document.querySelector('#said0 details').open = true");
    finds_nothing(&chrome, "a token that is open");
    chrome.click("#said0 button");
    chrome.until("document.querySelectorAll('#branches0 li').length === 2");
    chrome.until(READ);
    finds_nothing(&chrome, "two branches, and dropped candidates");
    for (tab, cells) in [("lens", "#lens0 table"), ("attention", "#heat0")] {
        chrome.click(&format!("input[name=tab][value={tab}]"));
        chrome.until(
            "!document.querySelector('#inside0.reading') && document.getElementById('told0').textContent !== ''",
        );
        finds_nothing(&chrome, tab);
        chrome.run(&format!(
            "document.querySelector('{cells}').dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowDown', cancelable: true }}))"
        ));
        finds_nothing(&chrome, &format!("{tab}, a cell"));
    }
    chrome.click("input[name=tab][value=next]");
    chrome.set("#text0", &"word ".repeat(2000));
    chrome.until("document.querySelectorAll('#chips0 button').length > 1000");
    chrome.click("#read0");
    chrome.until("document.getElementById('said0').textContent.includes('reads at most')");
    chrome.set("#text0", "");
    chrome.click("#read0");
    chrome.until("document.getElementById('said0').textContent === 'Type something first.'");
    finds_nothing(&chrome, &text(&chrome, "said0"));
    // A model that goes on with a text changes the page under axe; it ends before axe does, or not.
    chrome.set("#text0", "Once upon a");
    chrome.set("#count0", "1024");
    chrome.click("button.speak[data-model='1']");
    chrome.until("document.querySelectorAll('#chips0 button').length > 10");
    finds_nothing(&chrome, "while a model goes on");

    let stranger = Chrome::alone();
    stranger.go(&address(&server));
    finds_nothing(&stranger, "without a token");
}
