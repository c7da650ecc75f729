//! What a terminal adds: bold headings, and a progress line for what takes long.

use std::{
    io::{self, IsTerminal, Read, Write},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    Error,
    text::{Kind, Line},
};

/// Prints lines to stdout: as they are, or with bold headings on a terminal, unless `NO_COLOR` is set.
///
/// # Errors
/// [`Error::Stream`].
pub fn print_lines(lines: &[Line], progress: &Progress) -> Result<(), Error> {
    let stdout = io::stdout();
    let bold = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let mut text = String::new();
    for line in lines {
        if bold && line.kind == Kind::Heading {
            text.push_str(&format!("\x1b[1m{}\x1b[0m\n", line.text()));
        } else {
            text.push_str(&line.text());
            text.push('\n');
        }
    }
    print_text(&text, progress)
}

/// Prints to stdout, on a clean line: the progress line is wiped away first.
///
/// # Errors
/// [`Error::Stream`].
pub fn print_text(text: &str, progress: &Progress) -> Result<(), Error> {
    progress.finish();
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|source| Error::Stream { stream: "standard output", source })
}

/// A text from the command line, or from stdin for `-`, without its last newline there.
///
/// # Errors
/// [`Error::EmptyPrompt`], [`Error::StdinNotUtf8`], [`Error::Stream`].
pub fn text_or_stdin(argument: &str) -> Result<String, Error> {
    let text = if argument == "-" { read_stdin()? } else { argument.to_owned() };
    if text.is_empty() { Err(Error::EmptyPrompt) } else { Ok(text) }
}

/// All of stdin, without its last newline.
///
/// # Errors
/// [`Error::StdinNotUtf8`], [`Error::Stream`].
pub fn read_stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|source| Error::Stream { stream: "standard input", source })?;
    let mut text = String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Error::StdinNotUtf8 { byte: e.as_bytes()[offset], offset }
    })?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// How long a run may take before it says what it is doing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on stderr that says what a run is doing, once it has taken more than a second, and only on a terminal. It is
/// wiped away before anything is printed, or when this is dropped.
#[derive(Debug, Default)]
pub struct Progress {
    shared: Arc<(Mutex<State>, Condvar)>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    step: String,
    done: bool,
}

impl Progress {
    /// Starts to watch, if stderr is a terminal.
    pub fn start() -> Self {
        if io::stderr().is_terminal() { Self::watching(io::stderr(), PATIENCE) } else { Self::default() }
    }

    fn watching(out: impl Write + Send + 'static, patience: Duration) -> Self {
        let shared: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let watched = Arc::clone(&shared);
        let thread = thread::spawn(move || watch(&watched, out, patience));
        Self { shared, thread: Mutex::new(Some(thread)) }
    }

    /// Says what is being done from now on.
    pub fn step(&self, what: impl Into<String>) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).step = what.into();
    }

    /// Wipes the line away, for good.
    fn finish(&self) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).done = true;
        self.shared.1.notify_all();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It only prints; that it failed to is no reason to fail.
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Nobody may be listening at `out`.
fn watch((state, done): &(Mutex<State>, Condvar), mut out: impl Write, patience: Duration) {
    let start = Instant::now();
    let mut wait = patience;
    let mut shown = false;
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    while !state.done {
        let (guard, timeout) = done.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner);
        state = guard;
        if timeout.timed_out() && !state.done {
            let _ = write!(out, "\r\x1b[K{} … {:.0} s", state.step, start.elapsed().as_secs_f64());
            let _ = out.flush();
            shown = true;
            wait = Duration::from_millis(250);
        }
    }
    if shown {
        let _ = write!(out, "\r\x1b[K");
        let _ = out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal was sent.
    #[derive(Clone, Default)]
    struct Sent(Arc<Mutex<Vec<u8>>>);

    impl Sent {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_progress_line_is_gone_before_anything_is_printed() {
        let sent = Sent::default();
        let progress = Progress::watching(sent.clone(), Duration::from_millis(1));
        progress.step("loading");
        let deadline = Instant::now() + Duration::from_secs(10);
        while !sent.text().contains("loading … 0 s") {
            assert!(Instant::now() < deadline, "nothing but {:?}", sent.text());
            thread::sleep(Duration::from_millis(1));
        }
        progress.finish();
        let text = sent.text();
        assert!(text.ends_with("\r\x1b[K"), "{text:?}");
        drop(progress);
        assert_eq!(sent.text(), text);
    }

    #[test]
    fn a_short_run_shows_no_progress() {
        let sent = Sent::default();
        Progress::watching(sent.clone(), Duration::from_secs(60)).finish();
        assert_eq!(sent.text(), "");
    }
}
