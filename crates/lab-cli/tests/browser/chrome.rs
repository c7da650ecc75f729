//! Chromium without a window, driven by the DevTools protocol: JSON through a pair of pipes.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::executable;

/// A page in its own window. Its only network is this machine's own.
pub(crate) struct Chrome {
    target: String,
    session: String,
    // The last owner ends it.
    browser: Arc<Browser>,
}

/// A browser's process.
struct Browser {
    process: Mutex<Child>,
    commands: Mutex<ChildStdin>,
    received: Arc<Mutex<Received>>,
    profile: TempDir,
}

/// What the browser has sent.
#[derive(Default)]
struct Received {
    last_id: u64,
    /// Who waits for the answer to a command.
    waiting: HashMap<u64, mpsc::Sender<Value>>,
    /// A session's console messages, errors and requests, in the order in which they came.
    said: HashMap<String, Vec<String>>,
}

/// What an expression has at hand: a control's value as a reader's hand gives it (a radio button is pressed), and time.
const HANDS: &str = "
    const set = (selector, value) => {
        const control = document.querySelector(selector);
        if (control.type === 'radio') return control.click();
        control.value = value;
        control.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const frames = () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
    const pause = time => new Promise(r => setTimeout(r, time));";

/// The browser that tests share when they run at the same time: starting one takes a second.
static BROWSER: Mutex<Weak<Browser>> = Mutex::new(Weak::new());

/// How long a command may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

impl Chrome {
    /// A new window. Panics where there is no browser.
    pub(crate) fn start() -> Self {
        let mut shared = lock(&BROWSER);
        let browser = shared.upgrade().unwrap_or_else(|| Arc::new(Browser::start()));
        *shared = Arc::downgrade(&browser);
        drop(shared);
        Self::in_a(browser)
    }

    /// A window of a browser that no other test uses.
    pub(crate) fn alone() -> Self {
        Self::in_a(Arc::new(Browser::start()))
    }

    /// Ends the browser as a crash would.
    #[cfg(unix)]
    pub(crate) fn kill(self) {
        lock(&self.browser.process).kill().expect("it is a process of ours");
    }

    fn in_a(browser: Arc<Browser>) -> Self {
        let name = |answer: &Value, key: &str| answer[key].as_str().expect("it has a name").to_owned();
        let window = json!({ "url": "about:blank", "newWindow": true });
        let target = name(&browser.call(None, "Target.createTarget", &window), "targetId");
        let attach = json!({ "targetId": target, "flatten": true });
        let session = name(&browser.call(None, "Target.attachToTarget", &attach), "sessionId");
        let chrome = Self { target, session, browser };
        // Otherwise only one window has the focus and runs at full speed.
        chrome.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        for domain in ["Log", "Network", "Page", "Runtime"] {
            chrome.call(&format!("{domain}.enable"), &json!({}));
        }
        chrome
    }

    /// Sends a command of the DevTools protocol to the page, and returns its result. Panics if it fails.
    pub(crate) fn call(&self, method: &str, parameters: &Value) -> Value {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// Opens a file, or a state of it: `#T=0.7`.
    pub(crate) fn open(&self, file: &Path, state: &str) {
        self.go(&format!("file://{}{state}", file.display()));
    }

    /// Goes to an address and waits until it has loaded.
    pub(crate) fn go(&self, url: &str) {
        // The same file with another state would not be loaded anew.
        for url in ["about:blank", url] {
            let answer = self.call("Page.navigate", &json!({ "url": url }));
            assert!(answer.get("errorText").is_none(), "{url}: {}", answer["errorText"]);
            // A token is taken out of the address.
            let place = url.split('?').next().unwrap_or_default();
            // Where scripts do not run, pages have no clocks either.
            let there = format!("location.href.startsWith({place:?}) && document.readyState === 'complete'");
            let start = Instant::now();
            while !self.get::<bool>(&there) {
                assert!(start.elapsed() < Duration::from_secs(20), "it never loads: {url}");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        // The page asks itself: one message from the test instead of one for each try.
        let came = self.get::<bool>(&format!(
            "(async () => {{
                for (const start = Date.now(); Date.now() - start < 20000; await pause(10)) if ({expression}) return true;
                return false;
            }})()"
        ));
        assert!(came, "never true: {expression}");
    }

    /// The value of an expression, awaited if it is a promise; it can use [`HANDS`].
    pub(crate) fn get<T: DeserializeOwned>(&self, expression: &str) -> T {
        let result = self.call(
            "Runtime.evaluate",
            &json!({
                "expression": format!(
                    "(async () => {{ {HANDS} return JSON.stringify(await ({expression}), (_, v) => Number.isNaN(v) ? 'NaN' : v) }})()"
                ),
                "awaitPromise": true,
                "returnByValue": true,
            }),
        );
        let text = result["result"]["value"].as_str().filter(|_| result.get("exceptionDetails").is_none());
        let text = text.unwrap_or_else(|| panic!("{expression}: {result}"));
        serde_json::from_str(text).unwrap_or_else(|e| panic!("{expression}: {e}: {text:.200}"))
    }

    /// Runs statements, and lets the page draw what they change.
    pub(crate) fn run(&self, statements: &str) {
        self.get::<bool>(&format!("(async () => {{ {statements}; await frames(); return true }})()"));
    }

    /// Gives a control a value as a reader's hand would.
    pub(crate) fn set(&self, selector: &str, value: &str) {
        self.run(&format!("set({selector:?}, {value:?})"));
    }

    /// The value of an expression after some controls have been given values, each of which the page has drawn.
    pub(crate) fn after<T: DeserializeOwned>(&self, values: &[(&str, &str)], expression: &str) -> T {
        let values: String = values.iter().map(|(selector, value)| format!("set({selector:?}, {value:?});")).collect();
        self.get(&format!("(async () => {{ {values} await frames(); return {expression} }})()"))
    }

    /// Clicks on an element.
    pub(crate) fn click(&self, selector: &str) {
        self.run(&format!("document.querySelector({selector:?}).click()"));
    }

    /// The window's size in CSS pixels.
    pub(crate) fn size(&self, width: u32, height: u32) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 }),
        );
    }

    /// Media: `screen` or `print`, `light` or `dark`.
    pub(crate) fn media(&self, media: &str, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": media, "features": features }));
    }

    /// Forced colours, as a contrast theme of the operating system sets them.
    pub(crate) fn forced_colours(&self) {
        let features = json!([{ "name": "forced-colors", "value": "active" }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Fingers at these places on a touch screen: the first call puts them down, none lifts them.
    pub(crate) fn touch(&self, kind: &str, places: &[(f64, f64)]) {
        let points: Vec<Value> = (0..).zip(places).map(|(id, (x, y))| json!({ "x": x, "y": y, "id": id })).collect();
        self.call("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": points }));
    }

    /// Whether scripts run on pages that are opened from now on.
    pub(crate) fn scripts(&self, run: bool) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({ "value": !run }));
    }

    /// A picture of what is in the window, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let answer = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("base64")
    }

    /// Console messages, errors and requests since the last call.
    pub(crate) fn said(&self) -> Vec<String> {
        lock(&self.browser.received).said.remove(&self.session).unwrap_or_default()
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        self.browser.send(None, "Target.closeTarget", &json!({ "targetId": self.target }));
    }
}

impl Browser {
    fn start() -> Self {
        let path = executable::find();
        let path = path.unwrap_or_else(|| {
            panic!("no Chromium: {}, or leave these tests out with `-- --skip in_a_browser`", executable::HOW)
        });
        let profile = TempDir::new().expect("a folder");
        let complaints = File::create(profile.path().join("stderr")).expect("a file");
        // Chromium reads commands from file descriptor 3 and writes to 4.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .arg(path)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints)
            .spawn()
            .expect("sh runs");
        let commands = Mutex::new(process.stdin.take().expect("it is a pipe"));
        let messages = process.stdout.take().expect("it is a pipe");
        let received = Arc::new(Mutex::new(Received::default()));
        let receiver = Arc::clone(&received);
        thread::spawn(move || receive(messages, &receiver));
        Self { process: Mutex::new(process), commands, received, profile }
    }

    /// Sends a command; its answer is received here.
    fn send(&self, session: Option<&str>, method: &str, parameters: &Value) -> mpsc::Receiver<Value> {
        let (sender, answer) = mpsc::channel();
        let mut received = lock(&self.received);
        received.last_id += 1;
        let id = received.last_id;
        received.waiting.insert(id, sender);
        drop(received);
        let mut command = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        if lock(&self.commands).write_all(format!("{command}\0").as_bytes()).is_err() {
            // The browser has ended: there is no answer to wait for.
            lock(&self.received).waiting.remove(&id);
        }
        answer
    }

    fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        let Ok(mut answer) = self.send(session, method, parameters).recv_timeout(PATIENCE) else {
            let complaints = fs::read_to_string(self.profile.path().join("stderr")).unwrap_or_default();
            panic!("the browser does not answer {method}; its stderr:\n{complaints}");
        };
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own way to end deletes what it has open in the profile's folder.
        let _ = self.send(None, "Browser.close", &json!({})).recv_timeout(Duration::from_secs(5));
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        while matches!(process.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = process.kill();
        let _ = process.wait();
    }
}

const FLAGS: [&str; 22] = [
    "--remote-debugging-pipe",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--disable-dev-shm-usage",
    // No network but this machine's, and nothing of a user's.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-default-apps",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
    // Windows of one browser run side by side: none is in the background.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-ipc-flooding-protection",
];

/// Receives messages, each of which ends with a zero byte, until the browser ends.
fn receive(messages: impl Read, received: &Mutex<Received>) {
    for message in BufReader::new(messages).split(0) {
        let Some(message) = message.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
            break;
        };
        let mut received = lock(received);
        if let Some(id) = message["id"].as_u64() {
            if let Some(waiting) = received.waiting.remove(&id) {
                // Nothing waits for the answer to a window's end.
                let _ = waiting.send(message);
            }
        } else if let (Some(line), Some(session)) = (line(&message), message["sessionId"].as_str()) {
            received.said.entry(session.to_owned()).or_default().push(line);
        }
    }
    lock(received).waiting.clear();
}

/// What [`Chrome::said`] gives of an event.
fn line(event: &Value) -> Option<String> {
    let parameters = &event["params"];
    match event["method"].as_str()? {
        "Log.entryAdded" => Some(format!("log: {}", parameters["entry"]["text"].as_str()?)),
        "Runtime.consoleAPICalled" => Some(format!("console: {}", parameters["args"])),
        "Runtime.exceptionThrown" => Some(format!("error: {}", parameters["exceptionDetails"])),
        "Network.requestWillBeSent" => {
            let url = parameters["request"]["url"].as_str()?;
            (!url.starts_with("data:")).then(|| format!("request: {url}"))
        }
        _ => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
