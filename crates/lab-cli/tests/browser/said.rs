//! What goes wrong on a page reaches the tests.

use std::fs;

use serde_json::json;

use crate::chrome::Chrome;

#[test]
fn errors_messages_and_requests_of_a_page_are_received_in_order() {
    let chrome = Chrome::start();
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("index.html");
    fs::write(
        &page,
        "<script>console.error('told', 7); Promise.reject(Error('rejected'))</script>
        <script>throw Error('thrown')</script><img src=missing.png>",
    )
    .unwrap();
    chrome.open(&page, "");
    let said = chrome.said();
    let has = |start: &str, word: &str| {
        said.iter()
            .position(|line| line.starts_with(start) && line.contains(word))
            .unwrap_or_else(|| panic!("{word}: {said:#?}"))
    };
    assert_eq!(has("request: ", "index.html"), 0);
    assert!(has("console: ", "told") < has("error: ", "thrown"));
    has("error: ", "rejected");
    has("request: ", "missing.png");
    has("log: ", "ERR_FILE_NOT_FOUND");
    assert!(chrome.said().is_empty(), "each is given once");
}

#[test]
fn keys_fingers_and_forced_colours_are_the_browsers_own() {
    let chrome = Chrome::start();
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("index.html");
    fs::write(
        &page,
        "<meta name=viewport content='width=device-width'><input id=text><button id=tap style='width:9em;height:9em'
        ontouchstart='this.textContent = event.isTrusted'>no</button>",
    )
    .unwrap();
    chrome.size(390, 800);
    chrome.call("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    chrome.open(&page, "");
    chrome.run("document.getElementById('text').focus()");
    for kind in ["keyDown", "keyUp"] {
        chrome.call("Input.dispatchKeyEvent", &json!({ "type": kind, "text": "x", "key": "x" }));
    }
    assert_eq!(chrome.get::<String>("document.getElementById('text').value"), "x");
    let [x, y]: [f64; 2] = chrome.get(
        "(() => { const box = document.getElementById('tap').getBoundingClientRect(); return [box.x + 20, box.y + 20] })()",
    );
    for (kind, fingers) in [("touchStart", json!([{ "x": x, "y": y }])), ("touchEnd", json!([]))] {
        chrome.call("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": fingers }));
    }
    assert_eq!(chrome.get::<String>("document.getElementById('tap').textContent"), "true");
    let features = json!([{ "name": "forced-colors", "value": "active" }]);
    chrome.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    assert!(chrome.get::<bool>("matchMedia('(forced-colors: active)').matches"));
}
