//! A browser without a window, and what it has to say.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use headless_chrome::{
    Browser, LaunchOptions, Tab,
    browser::default_executable,
    protocol::cdp::{Emulation, Page, Runtime, Target, types::Event},
};
use serde::de::DeserializeOwned;

/// A page in a window of its own; without a network but, where it is asked for, this machine's own.
pub(crate) struct Chrome {
    tab: Arc<Tab>,
    /// Console messages, errors and requests, in the order in which they came.
    said: Arc<Mutex<Vec<String>>>,
    // Ends with its last owner.
    browser: Arc<Browser>,
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

/// The browser that all tests share which run at the same time: to start one takes a second.
static BROWSER: Mutex<Weak<Browser>> = Mutex::new(Weak::new());

impl Chrome {
    /// A new window, or it says that there is none and how to have one.
    pub(crate) fn start() -> Option<Self> {
        path().map(|path| Self::in_a(shared(path)))
    }

    /// A window of a browser that nobody else has.
    pub(crate) fn alone() -> Option<Self> {
        path().map(|path| Self::in_a(Arc::new(browser(path))))
    }

    /// Ends the browser as a crash would.
    #[cfg(unix)]
    pub(crate) fn kill(self) {
        let id = self.browser.get_process_id().expect("it is a process of ours").to_string();
        let killed = std::process::Command::new("kill").args(["-KILL", &id]).status().expect("kill runs");
        assert!(killed.success());
    }

    fn in_a(browser: Arc<Browser>) -> Self {
        let target = Target::CreateTarget { new_window: Some(true), ..blank() };
        let tab = browser.new_tab_with_options(target).expect("it has a window");
        // Otherwise one window alone has the focus, and time.
        tab.call_method(Emulation::SetFocusEmulationEnabled { enabled: true }).expect("it thinks that it is looked at");
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = Arc::clone(&said);
        tab.enable_log().and_then(|tab| tab.enable_runtime()).expect("the tab tells");
        tab.call_method(headless_chrome::protocol::cdp::Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })
        .expect("the tab tells of requests");
        tab.add_event_listener(Arc::new(move |event: &Event| {
            let line = match event {
                Event::LogEntryAdded(entry) => format!("log: {}", entry.params.entry.text),
                Event::RuntimeConsoleAPICalled(call) => format!("console: {:?}", call.params.args),
                Event::RuntimeExceptionThrown(thrown) => format!("error: {:?}", thrown.params.exception_details),
                Event::NetworkRequestWillBeSent(request) if !request.params.request.url.starts_with("data:") => {
                    format!("request: {}", request.params.request.url)
                }
                _ => return,
            };
            listener.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }))
        .expect("the tab can be listened to");
        Self { tab, said, browser }
    }

    /// Opens a file, or a state of it: `#T=0.7`.
    pub(crate) fn open(&self, file: &Path, state: &str) {
        self.go(&format!("file://{}{state}", file.display()));
    }

    /// Goes to an address and waits until it has loaded.
    pub(crate) fn go(&self, url: &str) {
        // The same file with another state would not be loaded anew.
        for url in ["about:blank", url] {
            self.tab.navigate_to(url).expect("the page loads");
            // Where scripts do not run, pages have no clocks either.
            let there = format!("location.href.startsWith({url:?}) && document.readyState === 'complete'");
            let start = Instant::now();
            while !self.get::<bool>(&there) {
                assert!(start.elapsed() < Duration::from_secs(20), "it never loads: {url}");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        // The page asks itself: a word with the browser takes a tenth of a second.
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
        let result = self
            .tab
            .call_method(Runtime::Evaluate {
                expression: format!(
                    "(async () => {{ {HANDS} return JSON.stringify(await ({expression}), (_, v) => Number.isNaN(v) ? 'NaN' : v) }})()"
                ),
                await_promise: Some(true),
                return_by_value: Some(true),
                ..evaluate()
            })
            .unwrap_or_else(|e| panic!("{expression}: {e}"));
        let text = result.result.value.as_ref().and_then(|value| value.as_str());
        let text = text.unwrap_or_else(|| panic!("{expression}: {result:?}"));
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
        self.tab
            .call_method(Emulation::SetDeviceMetricsOverride {
                width,
                height,
                device_scale_factor: 1.0,
                mobile: width < 600,
                scale: None,
                screen_width: None,
                screen_height: None,
                position_x: None,
                position_y: None,
                dont_set_visible_size: None,
                screen_orientation: None,
                viewport: None,
                display_feature: None,
                device_posture: None,
            })
            .expect("the window takes a size");
    }

    /// Media: `screen` or `print`, `light` or `dark`.
    pub(crate) fn media(&self, media: &str, scheme: &str) {
        let feature = Emulation::MediaFeature { name: "prefers-color-scheme".to_owned(), value: scheme.to_owned() };
        self.tab
            .call_method(Emulation::SetEmulatedMedia { media: Some(media.to_owned()), features: Some(vec![feature]) })
            .expect("the page takes a medium");
    }

    /// Whether scripts run on pages that are opened from now on.
    pub(crate) fn scripts(&self, run: bool) {
        self.tab.call_method(Emulation::SetScriptExecutionDisabled { value: !run }).expect("scripts can be turned off");
    }

    /// A picture of what is in the window, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let format = Page::CaptureScreenshotFormatOption::Png;
        self.tab.capture_screenshot(format, None, None, true).expect("the window can be taken")
    }

    /// What it said since it was asked last.
    pub(crate) fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = self.tab.close(false);
    }
}

/// Where the browser is; where there is none, it is said how to have one.
fn path() -> Option<PathBuf> {
    let found = default_executable().ok();
    if found.is_none() {
        // Past the test harness, which keeps to itself what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no Chromium; `apt-get install chromium`, or name one in CHROME, to run the browser's tests"
        );
    }
    found
}

/// The browser that runs, or a new one.
fn shared(path: PathBuf) -> Arc<Browser> {
    let mut shared = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let browser = Arc::new(browser(path));
        *shared = Arc::downgrade(&browser);
        browser
    })
}

fn browser(path: PathBuf) -> Browser {
    let args = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--disable-component-update",
        "--hide-scrollbars",
        "--disable-gpu",
    ];
    let options = LaunchOptions::default_builder()
        .path(Some(path))
        .sandbox(false)
        .idle_browser_timeout(Duration::from_secs(300))
        .args(args.iter().map(std::ffi::OsStr::new).collect())
        .build()
        .expect("the options are whole");
    Browser::new(options).expect("the browser starts")
}

fn blank() -> Target::CreateTarget {
    Target::CreateTarget {
        url: "about:blank".to_owned(),
        left: None,
        top: None,
        width: None,
        height: None,
        window_state: None,
        browser_context_id: None,
        enable_begin_frame_control: None,
        new_window: None,
        background: None,
        for_tab: None,
        hidden: None,
    }
}

fn evaluate() -> Runtime::Evaluate {
    Runtime::Evaluate {
        expression: String::new(),
        object_group: None,
        include_command_line_api: None,
        silent: None,
        context_id: None,
        return_by_value: None,
        generate_preview: None,
        user_gesture: None,
        await_promise: None,
        throw_on_side_effect: None,
        timeout: None,
        disable_breaks: None,
        repl_mode: None,
        allow_unsafe_eval_blocked_by_csp: None,
        unique_context_id: None,
        serialization_options: None,
    }
}
