//! A browser without a window, and what it has to say.

use std::{
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use headless_chrome::{
    Browser, LaunchOptions, Tab,
    browser::default_executable,
    protocol::cdp::{Emulation, Page, Runtime, types::Event},
};
use serde::de::DeserializeOwned;

/// A page in a browser of its own; without a network but, where it is asked for, this machine's own.
pub(crate) struct Chrome {
    tab: Arc<Tab>,
    /// Console messages, errors and requests, in the order in which they came.
    said: Arc<Mutex<Vec<String>>>,
    // Ends with its last owner.
    _browser: Browser,
}

impl Chrome {
    /// Starts a browser, or says that there is none and how to have one.
    pub(crate) fn start() -> Option<Self> {
        let Ok(path) = default_executable() else {
            // Past the test harness, which keeps to itself what a passing test prints.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: no Chromium; `apt-get install chromium`, or name one in CHROME, to run the browser's tests"
            );
            return None;
        };
        let args = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"];
        let more = ["--disable-component-update", "--hide-scrollbars", "--disable-gpu"];
        let options = LaunchOptions::default_builder()
            .path(Some(path))
            .sandbox(false)
            .idle_browser_timeout(Duration::from_secs(300))
            .args(args.iter().chain(&more).map(std::ffi::OsStr::new).collect())
            .build()
            .expect("the options are whole");
        let browser = Browser::new(options).expect("the browser starts");
        let tab = browser.new_tab().expect("it has a tab");
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
        Some(Self { tab, said, _browser: browser })
    }

    /// Opens a file, or a state of it: `#T=0.7`.
    pub(crate) fn open(&self, file: &Path, state: &str) {
        self.go(&format!("file://{}{state}", file.display()));
    }

    /// Goes to an address and waits until its script has run.
    pub(crate) fn go(&self, url: &str) {
        // The same file with another state would not be loaded anew.
        self.tab.navigate_to("about:blank").and_then(|tab| tab.wait_until_navigated()).expect("nothing loads");
        self.tab.navigate_to(url).and_then(|tab| tab.wait_until_navigated()).expect("the page loads");
    }

    /// Waits until an expression is true.
    pub(crate) fn until(&self, expression: &str) {
        let start = Instant::now();
        while !self.get::<bool>(expression) {
            assert!(start.elapsed() < Duration::from_secs(20), "never true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The value of an expression, awaited if it is a promise.
    pub(crate) fn get<T: DeserializeOwned>(&self, expression: &str) -> T {
        let result = self
            .tab
            .call_method(Runtime::Evaluate {
                expression: format!(
                    "(async () => JSON.stringify(await ({expression}), (_, v) => Number.isNaN(v) ? 'NaN' : v))()"
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
        let frames = "await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))";
        self.get::<bool>(&format!("(async () => {{ {statements}; {frames}; return true }})()"));
    }

    /// Gives a control a value as a reader's hand would.
    pub(crate) fn set(&self, selector: &str, value: &str) {
        self.run(&format!(
            "const control = document.querySelector({selector:?}); control.value = {value:?}; \
             control.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ));
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
