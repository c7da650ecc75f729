//! What a reload of a served page keeps, and what its link says.

use super::served::{address, chips, open, shared};
use crate::chrome::Chrome;

const BRANCHES: &str = "[...document.querySelectorAll('#branches0 li')].map(li => li.textContent)";
const READ: &str = "document.querySelectorAll('ol.next button').length === 20 && document.querySelectorAll('ol.next.reading').length === 0";

#[test]
fn a_reload_keeps_the_text_and_its_branches_and_a_link_carries_the_text() {
    let (server, chrome) = open();
    chrome.set("#text0", "Once upon a & b = 100%");
    chrome.click("#read0");
    chrome.until(READ);
    let typed = chips(&chrome);
    chrome.click("ol.next button");
    chrome.until(&format!("document.querySelectorAll('#chips0 button').length === {}", typed.len() + 1));
    chrome.until(READ);
    chrome.click("#chips0 li:nth-child(3) button");
    chrome.until("document.querySelector('#said0 button') !== null");
    chrome.click("#said0 button");
    chrome.until("document.querySelectorAll('#branches0 li').length === 2");
    chrome.until(READ);
    let (branches, shown): (Vec<String>, Vec<String>) = (chrome.get(BRANCHES), chips(&chrome));
    assert_eq!(shown, typed[..3]);
    chrome.until("location.hash.includes('text=')");
    let link = chrome.get::<String>("location.hash");

    // The same window again.
    chrome.go(&format!("{}{link}", address(&server)));
    chrome.until(READ);
    assert_eq!(chrome.get::<Vec<String>>(BRANCHES), branches);
    assert_eq!(chips(&chrome), shown);
    assert_eq!(chrome.get::<String>("document.getElementById('text0').value"), "Once upon a");

    // Another reader's window.
    let other = Chrome::start();
    other.size(1280, 1000);
    other.go(&format!("{}#text=The%20cat%20%26%20I%3D50%25", address(&shared())));
    other.until(READ);
    assert_eq!(chips(&other).concat(), "The␣cat␣&␣I=50%");
    let strange: Vec<String> =
        other.said().into_iter().filter(|line| !line.starts_with(&format!("request: {}", address(&server)))).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn what_was_kept_in_another_shape_is_left_out() {
    let (server, chrome) = open();
    let first = chips(&chrome);
    let key: String = chrome.get("Object.keys(sessionStorage)[0]");
    for junk in [
        "{",
        "null",
        r#"{"branches":[{"ids":[1.5],"notes":[null]}]}"#,
        r#"{"branches":[{"ids":[50257],"notes":[null]}]}"#,
        r#"{"branches":[{"ids":[5,6],"notes":[null]}]}"#,
        r#"{"branches":[{"ids":[5],"notes":[{"probability":"<b>","model":0}]}]}"#,
    ] {
        chrome.run(&format!("sessionStorage.setItem({key:?}, {junk:?})"));
        chrome.go(&address(&server));
        chrome.until("document.documentElement.classList.contains('lives')");
        assert_eq!(chips(&chrome), first, "{junk}");
    }
}
