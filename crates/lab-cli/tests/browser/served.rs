//! `lab serve` as its reader has it before her.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::chrome::Chrome;

/// A lab that serves the demo pair until this is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["serve", "--models", "demo"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("lab starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("lab speaks");
        let address = line.trim().strip_prefix("The lab is at ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open() -> Option<(Server, Chrome)> {
    let chrome = Chrome::start()?;
    let server = Server::start();
    chrome.size(1280, 1000);
    chrome.go(&server.address);
    chrome.until("document.documentElement.classList.contains('lives')");
    Some((server, chrome))
}

fn text(chrome: &Chrome, id: &str) -> String {
    chrome.get(&format!("document.getElementById({id:?}).textContent"))
}

fn chips(chrome: &Chrome) -> Vec<String> {
    chrome.get("[...document.querySelectorAll('#chips0 button')].map(chip => chip.textContent)")
}

#[test]
fn a_text_is_typed_read_gone_on_with_and_taken_back() {
    let Some((server, chrome)) = open() else { return };
    // As one types, its tokens; nothing is read before Enter.
    chrome.set("#text0", "Once upon a");
    chrome.until("document.querySelectorAll('#chips0 button').length === 3");
    assert_eq!(chips(&chrome), ["Once", "␣upon", "␣a"]);
    assert_eq!(chrome.get::<usize>("document.querySelectorAll('ol.next button').length"), 0);
    chrome.run("document.getElementById('text0').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))");
    chrome.until("document.querySelectorAll('ol.next button').length === 20");

    // What the page got is what the model gives.
    let next = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["next", "Once upon a", "--models", "demo", "-k", "10", "--json"])
        .output()
        .expect("lab runs");
    let next: serde_json::Value = serde_json::from_slice(&next.stdout).expect("it is JSON");
    let expected: Vec<String> = next["top"]
        .as_array()
        .expect("it has the most probable")
        .iter()
        .map(|token| format!("{:.1}%", 100.0 * token["probability"].as_f64().expect("a number")))
        .collect();
    let shown: Vec<String> =
        chrome.get("[...document.querySelectorAll('ol.next[data-model=\"0\"] span')].map(span => span.textContent)");
    assert_eq!(shown, expected);
    // All parts follow.
    chrome.run("document.getElementById('part3').scrollIntoView()");
    assert_eq!(
        chrome.get::<String>("document.querySelector('#live3 select').selectedOptions[0].textContent"),
        "DEMO SMALL: Once upon a"
    );
    chrome.run("document.getElementById('part5').scrollIntoView()");
    assert_eq!(text(&chrome, "prompt5"), "Once upon a");

    // A click on a candidate goes on with it.
    let candidate: String = chrome.get("document.querySelector('ol.next[data-model=\"1\"] b').textContent");
    chrome.click("ol.next[data-model='1'] button");
    chrome.until("document.querySelectorAll('#chips0 button').length === 4");
    assert_eq!(chips(&chrome)[3], candidate);

    // The same seed, the same text; ten tokens of it.
    chrome.set("#count0", "10");
    chrome.click("button.speak[data-model='0']");
    chrome.until("document.querySelectorAll('#chips0 button').length === 14");
    let first = chips(&chrome);
    chrome.until("document.getElementById('said0').textContent.startsWith('Read in')");
    // A token that was drawn is opened: its rank, and what it was drawn from.
    chrome.click("#chips0 li:nth-child(6) button");
    chrome.until("document.getElementById('said0').textContent.includes('Drawn with')");
    let said = text(&chrome, "said0");
    assert!(said.contains("for DEMO SMALL") && said.contains("from 10 kept"), "{said}");
    // From its place the text goes on anew, and what was there stays as a branch.
    chrome.click("#said0 button");
    chrome.until("document.querySelectorAll('#branches0 li').length === 2 && document.querySelectorAll('#chips0 button').length === 6");
    chrome.set("#seed0", "7");
    chrome.click("button.speak[data-model='0']");
    chrome.until("document.querySelectorAll('#chips0 button').length === 16");
    assert_ne!(chips(&chrome)[..14], first[..]);
    let branches: Vec<String> = chrome.get("[...document.querySelectorAll('#branches0 li')].map(li => li.textContent)");
    assert!(branches.iter().all(|branch| branch.contains("nats per token, probability")), "{branches:?}");
    chrome.click("#branches0 li:first-child button");
    chrome.until("document.querySelectorAll('#chips0 button').length === 14");
    assert_eq!(chips(&chrome), first);

    // A long text is stopped.
    chrome.set("#count0", "1024");
    chrome.click("button.speak[data-model='1']");
    chrome.until("document.querySelectorAll('#chips0 button').length > 16");
    chrome.click("#stop0");
    chrome.until("document.querySelectorAll('ol.next.reading').length === 0");
    let length = chips(&chrome).len();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(chips(&chrome).len(), length);
    let strange: Vec<String> =
        chrome.said().into_iter().filter(|line| !line.starts_with(&format!("request: {}", server.address))).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn a_text_is_never_markup() {
    let Some((_server, chrome)) = open() else { return };
    for hostile in [
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "a\u{202e}b\u{0}c\u{200b}",
        "&lt;b&gt; \"'`${1}",
    ] {
        chrome.set("#text0", hostile);
        chrome.until("document.querySelectorAll('#chips0 button').length > 2");
        chrome.click("#read0");
        chrome.until("document.getElementById('said0').textContent.startsWith('Read in')");
        chrome.run("document.getElementById('part4').scrollIntoView()");
        let inside: usize =
            chrome.get("document.querySelectorAll('#live0 img, #live0 script, #live4 img, #chips0 b').length");
        assert_eq!(inside, 0, "{hostile:?}");
        chrome.set("#text0", "");
        chrome.run("document.getElementById('said0').textContent = ''");
    }
    // What is refused is said in the lab's words.
    chrome.click("#read0");
    chrome.until("document.getElementById('said0').textContent === 'Type something first.'");
    chrome.set("#text0", &"word ".repeat(2000));
    chrome.until("document.querySelectorAll('#chips0 button').length > 1000");
    chrome.click("#read0");
    chrome.until("document.getElementById('said0').textContent.includes('reads at most')");
    // The server's refusal is in the browser's own log; nothing else is.
    let said: Vec<String> = chrome
        .said()
        .into_iter()
        .filter(|line| !line.starts_with("request:") && !line.contains("status of 400"))
        .collect();
    assert!(said.is_empty(), "{said:?}");
}
