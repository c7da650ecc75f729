use std::{
    fmt::Write,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use lab::Progress;

/// The delay before progress is shown.
const DELAY: Duration = Duration::from_secs(1);
/// How often the line is drawn again.
const TICK: Duration = Duration::from_millis(250);

/// A progress line on stderr, shown after one second, and only on a terminal. It is erased before anything is printed,
/// or on drop.
#[derive(Debug, Default)]
pub(crate) struct ProgressLine {
    step: Arc<Mutex<String>>,
    bar: Option<ProgressBar>,
}

impl ProgressLine {
    /// Starts the line, if stderr is a terminal.
    pub(crate) fn start() -> Self {
        if io::stderr().is_terminal() { Self::on(ProgressDrawTarget::stderr()) } else { Self::default() }
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let step: Arc<Mutex<String>> = Arc::default();
        let watched = Arc::clone(&step);
        let line = move |state: &ProgressState, out: &mut dyn Write| {
            let step = watched.lock().unwrap_or_else(PoisonError::into_inner);
            // stderr may be closed.
            let _ = out.write_str(&line(&step, state.elapsed()));
        };
        let style = ProgressStyle::with_template("{line}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style.with_key("line", line));
        bar.enable_steady_tick(TICK);
        Self { step, bar: Some(bar) }
    }
}

impl Progress for ProgressLine {
    fn step(&self, what: &str) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = what.to_owned();
    }

    /// Erases the line permanently.
    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The progress line after some time.
fn line(step: &str, elapsed: Duration) -> String {
    if elapsed < DELAY { String::new() } else { format!("{step} … {:.0} s", elapsed.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_shows_no_progress() {
        assert_eq!(line("loading", Duration::from_millis(999)), "");
        assert_eq!(line("loading", Duration::from_millis(2600)), "loading … 3 s");
    }

    #[test]
    fn the_line_names_the_step_and_is_erased_at_the_end() {
        let progress = ProgressLine::on(ProgressDrawTarget::hidden());
        progress.step("loading");
        assert_eq!(*progress.step.lock().unwrap(), "loading");
        progress.finish();
        assert!(progress.bar.as_ref().unwrap().is_finished());
    }
}
