//! Progress of a run: numbered steps, and below the current one a progress line.
use std::{
    cell::Cell,
    io::{self, Write},
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use console::{Term, style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use textwrap::{Options, fill};

/// The steps of a command, on stderr.
pub struct Steps {
    of: usize,
    begun: Cell<usize>,
}

impl Steps {
    /// A command of this many steps.
    pub fn new(of: usize) -> Self {
        Self { of, begun: Cell::new(0) }
    }

    /// Prints the number and the name of the step that begins.
    pub fn begin(&self, what: &str) {
        self.begun.set(self.begun.get() + 1);
        let number = match self.of {
            1 => String::new(),
            of => format!("[{}/{of}] ", self.begun.get()),
        };
        let width = Term::stderr().size_checked().map_or(usize::MAX, |(_, columns)| columns.into());
        let indent = " ".repeat(number.len());
        let wrapped = fill(what, Options::new(width).initial_indent(&indent).subsequent_indent(&indent));
        eprintln!("{}{}", style(&number).bold().for_stderr(), wrapped.trim_start());
    }
}

/// A line with a step's progress and elapsed time. If stderr is not a terminal, the line is printed every five seconds.
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("  {{elapsed_precise}} {template}"))
        .expect("the template is one of ours");
    let bar = ProgressBar::new(length).with_style(style.progress_chars("━━╌"));
    if !Term::stderr().is_term() {
        bar.set_draw_target(ProgressDrawTarget::term_like_with_hz(Box::new(Lines::default()), 4));
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// How long a step may print nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// A bar's line where it cannot be drawn again in its place: the drawing, and when a line was printed last.
#[derive(Debug)]
struct Lines(Mutex<(String, Instant)>);

impl Default for Lines {
    fn default() -> Self {
        Self(Mutex::new((String::new(), Instant::now())))
    }
}

impl TermLike for Lines {
    fn width(&self) -> u16 {
        100
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    /// Ends a drawing.
    fn flush(&self) -> io::Result<()> {
        let (drawn, printed) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = mem::take(drawn);
        if line.trim().is_empty() || printed.elapsed() < SILENCE {
            return Ok(());
        }
        *printed = Instant::now();
        writeln!(io::stderr(), "{}", line.trim_end())
    }
}
