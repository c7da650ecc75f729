//! Where the time goes.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Named stretches of time since the start of the process, from any thread.
#[derive(Debug)]
pub struct Timings {
    start: Instant,
    spans: Mutex<Vec<Span>>,
}

#[derive(Debug, Clone)]
struct Span {
    name: String,
    from: f64,
    to: f64,
}

impl Timings {
    /// Starts to count.
    pub fn start() -> Self {
        Self { start: Instant::now(), spans: Mutex::default() }
    }

    /// Runs something and notes how long it took.
    pub fn time<T>(&self, name: impl Into<String>, work: impl FnOnce() -> T) -> T {
        let from = self.start.elapsed().as_secs_f64();
        let result = work();
        let to = self.start.elapsed().as_secs_f64();
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).push(Span { name: name.into(), from, to });
        result
    }

    /// One line for each stretch, in the order of their beginnings, then the whole and the peak of memory.
    pub fn lines(&self) -> String {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone();
        spans.sort_by(|a, b| a.from.total_cmp(&b.from));
        let ms = |seconds: f64| format!("{:7.0} ms", 1e3 * seconds);
        let mut text = String::from("      from          took\n");
        for Span { name, from, to } in spans {
            text.push_str(&format!("{} {}  {name}\n", ms(from), ms(to - from)));
        }
        text.push_str(&format!("{} {}  all\n", ms(0.0), ms(self.start.elapsed().as_secs_f64())));
        if let Some(peak) = peak_memory() {
            text.push_str(&format!("peak memory {:.2} GB\n", peak as f64 / 1e9));
        }
        text
    }
}

/// The largest resident size of this process so far, in bytes, where the system reports it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
}
