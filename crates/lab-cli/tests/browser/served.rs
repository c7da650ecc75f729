//! `lab serve` as its reader has it before her.

use std::{
    process::Command,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use crate::{chrome::Chrome, server::Server};

/// The server that all tests share which run at the same time.
pub(crate) fn shared() -> Arc<Server> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

/// Where a browser finds it that has opened it before.
pub(crate) fn address(server: &Server) -> String {
    format!("http://127.0.0.1:{}/", server.port)
}

/// The address that the lab prints.
pub(crate) fn printed(server: &Server) -> String {
    format!("{}?token={}", address(server), server.token)
}

pub(crate) fn open() -> (Arc<Server>, Chrome) {
    let chrome = Chrome::start();
    let server = shared();
    chrome.size(1280, 1000);
    chrome.go(&printed(&server));
    chrome.until("document.documentElement.classList.contains('lives')");
    (server, chrome)
}

pub(crate) fn text(chrome: &Chrome, id: &str) -> String {
    chrome.get(&format!("document.getElementById({id:?}).textContent"))
}

pub(crate) fn chips(chrome: &Chrome) -> Vec<String> {
    chrome.get("[...document.querySelectorAll('#chips0 button')].map(chip => chip.textContent)")
}

#[test]
fn a_browser_opens_the_printed_address_and_another_is_told_how() {
    let server = Server::start();
    let (reader, other) = (Chrome::alone(), Chrome::alone());
    other.go(&address(&server));
    let told: String = other.get("document.body.innerText");
    assert!(told.contains("Open the address that lab serve has printed"), "{told}");
    assert!(!other.get::<bool>("document.documentElement.outerHTML.includes('<canvas')"));
    let status = "fetch('/tokens', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{\"text\":\"a\"}' }).then(answer => answer.status)";
    assert_eq!(other.get::<u16>(status), 403);

    // The state that a link names stays when the token goes.
    reader.go(&format!("{}#T=0.7", printed(&server)));
    reader.until("document.documentElement.classList.contains('lives')");
    assert_eq!(reader.get::<String>("location.href"), format!("{}#T=0.7", address(&server)));
    assert_eq!(reader.get::<String>("document.cookie"), "", "no script reads the cookie");
    assert_eq!(reader.get::<u16>(status), 200);
    for _ in 0..2 {
        reader.go(&address(&server));
        reader.until("document.documentElement.classList.contains('lives')");
    }
    // A lab that is started again does not know the page that is still open; the page says what to do.
    let port = server.port.to_string();
    drop(server);
    let arguments = ["serve", "--models", "demo", "--port", &port];
    let again = Server::start_as(Command::new(env!("CARGO_BIN_EXE_lab")).args(arguments));
    reader.set("#text0", "Once upon a");
    reader
        .until("document.getElementById('said0').textContent.includes('open the address that lab serve has printed')");
    reader.go(&printed(&again));
    reader.until("document.documentElement.classList.contains('lives')");
}

#[test]
fn a_text_is_typed_read_gone_on_with_and_taken_back() {
    let (server, chrome) = open();
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
    let top = next["top"].as_array().expect("it has the most probable");
    let top: Vec<f64> = top.iter().map(|token| token["probability"].as_f64().expect("a number")).collect();
    // At T the probabilities are p^(1/T), over their sum among the tokens that are kept.
    let expected = |t: f64, k: usize| -> Vec<String> {
        let raised: Vec<f64> = top.iter().map(|p| p.powf(1.0 / t)).collect();
        let sum: f64 = raised[..k].iter().sum();
        let share =
            |(rank, p): (usize, &f64)| if rank < k { format!("{:.1}%", 100.0 * p / sum) } else { "dropped".to_owned() };
        raised.iter().enumerate().map(share).collect()
    };
    let shown = "[...document.querySelectorAll('ol.next[data-model=\"0\"] span')].map(span => span.textContent)";
    assert_eq!(chrome.get::<Vec<String>>(shown), expected(1.0, 10));
    for (t, k) in [(2.0, 10), (2.0, 3), (1.3, 5)] {
        let (t_text, k_text) = (t.to_string(), k.to_string());
        let values = [("#live0 [data-bind=T][type=number]", &*t_text), ("#live0 [data-bind=k][type=number]", &*k_text)];
        assert_eq!(chrome.after::<Vec<String>>(&values, shown), expected(t, k), "T {t}, k {k}");
    }
    chrome.set("#live0 [data-bind=T][type=number]", "1");
    chrome.set("#live0 [data-bind=k][type=number]", "10");
    // All parts follow.
    chrome.run("document.getElementById('part3').scrollIntoView()");
    assert_eq!(
        chrome.get::<String>("document.querySelector('#live3 select').selectedOptions[0].textContent"),
        "DEMO SMALL: Once upon a"
    );
    chrome.run("document.getElementById('part5').scrollIntoView()");
    assert_eq!(text(&chrome, "prompt5"), "Once upon a");

    // A click on a candidate continues the text with it.
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
    chrome.until("document.getElementById('said0').textContent.includes('How it was drawn')");
    let said = text(&chrome, "said0");
    assert!(said.contains("DEMO SMALL gives it probability ") && said.contains("From 10 kept tokens"), "{said}");
    let seen: String = chrome.get("document.getElementById('said0').innerText");
    assert!(!seen.contains("random number"), "{seen}");
    // The text continues from there, and the old continuation stays as a branch.
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
        chrome.said().into_iter().filter(|line| !line.starts_with(&format!("request: {}", address(&server)))).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn a_text_is_never_markup() {
    let (_server, chrome) = open();
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

/// A command's report of a text, as JSON.
fn report(args: &[&str]) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(args)
        .args(["--models", "demo", "--json"])
        .output()
        .expect("lab runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{args:?}: {e}"))
}

#[test]
fn the_lens_and_the_attention_of_a_text_are_under_tabs() {
    let (server, chrome) = open();
    let asked = |chrome: &Chrome, path: &str| {
        chrome.said().iter().filter(|line| **line == format!("request: {}{path}", address(&server))).count()
    };
    chrome.set("#text0", "Once upon a");
    chrome.until("document.querySelectorAll('#chips0 button').length === 3");
    chrome.click("#read0");
    chrome.until("document.querySelectorAll('ol.next button').length === 20");
    // The page requests only what is visible.
    let said = chrome.said();
    assert!(said.iter().all(|line| !line.ends_with("/lens") && !line.ends_with("/attention")), "{said:?}");

    chrome.click("input[name=tab][value=lens]");
    chrome.until("document.querySelectorAll('#lens0 td').length > 0 && !document.querySelector('#inside0.reading')");
    assert_eq!(asked(&chrome, "lens"), 1);
    assert!(!chrome.get::<bool>("document.getElementById('next0').checkVisibility()"));
    let lens = report(&["lens", "Once upon a", "-k", "5"]);
    let layers = lens["layers"].as_array().expect("layers");
    let rows: Vec<Vec<String>> =
        chrome.get("[...document.querySelectorAll('#lens0 tbody tr')].map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))");
    assert_eq!((rows.len(), rows[0].len()), (layers.len(), 3));
    let word = |token: &serde_json::Value| token["text"].as_str().expect("a text").replace('\n', "⏎");
    let spaced = |shown: &str| shown.replace('␣', " ");
    for (row, layer) in rows.iter().zip(layers) {
        for (cell, expected) in row.iter().zip(layer.as_array().expect("cells")) {
            assert_eq!(spaced(cell), word(&expected["top"][0]));
        }
    }
    // The arrow keys reach every cell; the first is the model's own answer after the text.
    let press = |selector: &str, key: &str| {
        chrome.run(&format!(
            "document.querySelector({selector:?}).dispatchEvent(new KeyboardEvent('keydown', {{ key: {key:?}, cancelable: true }}))"
        ));
    };
    let tip = "[...document.querySelectorAll('#tip0:not([hidden]) div')].map(row => [...row.children].map(word => word.textContent))";
    press("#lens0 table", "ArrowDown");
    let shown: Vec<Vec<String>> = chrome.get(tip);
    let top = lens["layers"][layers.len() - 1][2]["top"].as_array().expect("tokens");
    assert_eq!(shown.len(), top.len() + 1);
    for (row, token) in shown.iter().zip(top) {
        let expected = format!("{:.1}%", 100.0 * token["p"].as_f64().expect("a number"));
        assert_eq!((spaced(&row[0]), &row[1]), (word(token), &expected));
    }
    press("#lens0 table", "ArrowLeft");
    assert!(text(&chrome, "tip0").starts_with("after ␣upon, block"), "{}", text(&chrome, "tip0"));
    press("#lens0 table", "Escape");
    assert!(chrome.get::<bool>("document.getElementById('tip0').hidden"));
    // So does a finger.
    chrome.click("#lens0 tbody tr:first-child td:nth-of-type(1)");
    assert!(text(&chrome, "tip0").starts_with("after Once, embedding"), "{}", text(&chrome, "tip0"));

    // Where it is open, it follows the text.
    chrome.click("input[name=reader][value='1']");
    chrome.until("!document.querySelector('#inside0.reading')");
    assert_eq!(asked(&chrome, "lens"), 1);
    chrome.set("#count0", "4");
    chrome.click("button.speak[data-model='0']");
    chrome.until("document.querySelectorAll('#lens0 thead th').length === 8");

    chrome.click("input[name=tab][value=attention]");
    chrome.click("input[name=reader][value='0']");
    chrome.set("#inside0 [data-bind=layer][type=number]", "1");
    chrome.set("#inside0 [data-bind=head][type=number]", "1");
    chrome.until("document.getElementById('told0').textContent.startsWith('Layer 1, head 1') && !document.querySelector('#inside0.reading')");
    let all: String = chrome.get("document.getElementById('text0').value");
    let attention = report(&["attention", &all, "--layer", "1", "--head", "1"]);
    press("#heat0", "ArrowDown");
    press("#heat0", "ArrowLeft");
    let shown: Vec<Vec<String>> = chrome.get(tip);
    let (raw, scale) =
        (attention["scores"][0][0][6][5].as_f64().unwrap(), attention["heads"][0]["scale"].as_f64().unwrap());
    let close = |shown: &str, expected: f64| {
        let shown: f64 = shown.replace('−', "-").parse().expect("a number");
        (shown - expected).abs() <= 1e-3 * expected.abs()
    };
    assert!(close(&shown[0][1], raw) && close(&shown[1][1], raw * scale), "{shown:?}: {raw} × {scale}");
    assert_eq!(shown[2][1], format!("{:.1}%", 100.0 * attention["softmax"][0][0][6][5].as_f64().unwrap()));
    // Each of the three numbers has a picture of its own.
    let picture = "document.getElementById('heat0').toDataURL()";
    let mut pictures: Vec<String> = vec![chrome.get(picture)];
    for scores in ["scaled", "raw"] {
        chrome.click(&format!("input[name=scores][value={scores}]"));
        pictures.push(chrome.get(picture));
    }
    // Scaled and raw scores are coloured by their share of the largest: the same colours, other numbers.
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
    // A phone scrolls inside; the address knows what is seen.
    chrome.size(390, 800);
    assert!(chrome.get::<i32>("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0);
    chrome.until("location.hash.includes('tab=attention') && location.hash.includes('head=1') && location.hash.includes('scores=raw')");
    let said: Vec<String> = chrome.said().into_iter().filter(|line| !line.starts_with("request: ")).collect();
    assert!(said.is_empty(), "{said:?}");
}

/// Processor time that a process has used, in hundredths of a second.
#[cfg(target_os = "linux")]
fn ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
    let (_, after_name) = stat.rsplit_once(')').expect("a name");
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_browser_stops_its_generation() {
    use std::{thread::sleep, time::Duration};

    let chrome = Chrome::alone();
    let server = Server::start();
    chrome.go(&printed(&server));
    chrome.until("document.documentElement.classList.contains('lives')");
    let id = server.child.id();
    let used = |time: Duration| {
        let before = ticks(id);
        sleep(time);
        ticks(id) - before
    };
    // Many more tokens than it comes to.
    chrome.set("#count0", "1024");
    chrome.click("button.speak[data-model='1']");
    chrome.until("document.querySelectorAll('#chips0 button').length > 10");
    // On a busy machine it may have to wait for a core.
    assert!((0..20).any(|_| used(Duration::from_millis(200)) >= 2), "the model speaks");
    chrome.kill();
    // Allow for the token in progress, and for the system to report the closed connection.
    sleep(Duration::from_millis(300));
    let idle = used(Duration::from_millis(500));
    assert!(idle <= 1, "{idle} hundredths of a second of work for nobody");
}
