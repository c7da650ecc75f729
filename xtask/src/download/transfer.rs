//! Retries until the file is complete and matches its hash, or until it is clear that this will not succeed.
use std::{
    fmt::Display,
    io::{IsTerminal, stderr},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Result, anyhow, bail};
use indicatif::ProgressBar;

use super::{
    client::{Client, Setback},
    curl::{Body, Ended, Response},
    part::Part,
    request::{Options, Request},
    retry_after,
};
use crate::{
    disk::{free_bytes, human},
    steps,
};

/// Failed tries in a row, none of which brought [`GOOD_TRY`], before it gives up.
const RETRIES: u32 = 5;
/// The same before the first response: a name that does not resolve now will not in half a minute either.
const UNANSWERED: u32 = 1;
/// A try that brings this much, or a hundredth of the file, is not counted as a failure in a row.
const GOOD_TRY: u64 = 1 << 20;
/// A connection at whose pace the rest would take longer counts as stalled.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause before another try.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// The longest accepted pause (`Retry-After`); a longer one ends the run. The hub counts requests in windows of five
/// minutes.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);
/// Bytes of the disk that are left free.
const RESERVE: u64 = 64 << 20;
/// The number of received bytes between two checks of the free disk space.
const CHECKED: u64 = 8 << 20;

fn again(cause: impl Into<String>) -> Setback {
    Setback::Again(cause.into())
}

/// Why a response ended early.
fn broken(ended: Ended) -> Setback {
    match ended {
        Ended::Lost(cause) | Ended::Unusable(cause) | Ended::Untrusted(cause) => again(cause),
        Ended::NoCurl(error) => Setback::Fatal(error),
    }
}

/// The download of one file.
pub(super) struct Transfer<'a> {
    client: &'a Client,
    request: &'a Request<'a>,
    options: &'a Options,
    part: &'a mut Part,
    bar: ProgressBar,
    /// The file's length, as pinned or by the last response.
    total: Option<u64>,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(client: &'a Client, request: &'a Request<'a>, options: &'a Options, part: &'a mut Part) -> Self {
        let amounts = "{decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}, {eta} left";
        let bar = steps::bar(request.bytes.unwrap_or(0), &format!("{{msg}} {{wide_bar}} {amounts}"));
        bar.set_message(request.label.to_owned());
        Self { client, request, options, part, bar, total: request.bytes }
    }

    /// Tries until the part is the file.
    pub(super) fn run(mut self) -> Result<()> {
        let (mut tries, mut failures, mut best, mut answered) = (0, 0, self.part.len, false);
        loop {
            tries += 1;
            let result = self.attempt();
            if self.part.len >= best + self.total.map_or(GOOD_TRY, |bytes| GOOD_TRY.min(bytes / 100).max(1)) {
                (best, failures) = (self.part.len, 0);
            }
            failures += 1;
            let mut asked_to_wait = None;
            let cause = match result {
                Ok(()) if self.part.sha256() == self.request.sha256 => break,
                // A part put together from several responses may be wrong where one response would not be.
                Ok(()) if self.part.pieced => {
                    self.part.clear()?;
                    "the pieces do not add up to the file; starting over".to_owned()
                }
                Ok(()) => return self.refuse(&format!("sha256 {}", self.part.sha256()), self.request.sha256),
                Err(Setback::Fatal(error)) => return Err(error),
                Err(Setback::Lost(cause)) if !answered && failures > UNANSWERED => {
                    return Err(self.client.unreachable(&cause));
                }
                Err(Setback::Lost(cause)) => cause,
                Err(Setback::Again(cause)) => {
                    answered = true;
                    cause
                }
                Err(Setback::Later(cause, wait)) if wait > LONGEST_RETRY_AFTER => {
                    let (url, seconds) = (self.client.shown(), wait.as_secs());
                    bail!("{url}: {cause}, to be asked again in {seconds} s; run again after that");
                }
                Err(Setback::Later(cause, wait)) => {
                    (answered, asked_to_wait) = (true, Some(wait));
                    cause
                }
            };
            let url = self.client.shown();
            if failures > RETRIES {
                let have = format!("{} of {}", human(self.part.len), self.total.map_or("?".into(), human));
                return Err(anyhow!("gave up on {url} after {tries} tries with {have} ({cause}); run again to resume"));
            }
            let wait = self.options.backoff.saturating_mul(1 << (failures - 1)).min(LONGEST_BACKOFF);
            let wait = asked_to_wait.map_or(wait, |asked| wait.max(asked));
            self.note(&format!("{cause}; try {} in {:.1} s", tries + 1, wait.as_secs_f64()));
            thread::sleep(wait);
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    fn note(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{}: {text}", self.request.label));
    }

    /// Discards bytes that are not the file's, with a message.
    fn refuse(&mut self, got: &str, expected: impl Display) -> Result<()> {
        self.part.clear()?;
        bail!("{} has {got} where {expected} is expected; nothing was kept: try another mirror", self.client.shown())
    }

    /// Sends one request, for the whole file or for the rest of it, and keeps what is received.
    fn attempt(&mut self) -> Result<(), Setback> {
        match self.total {
            Some(bytes) if self.part.len > bytes => self.part.clear()?,
            Some(bytes) if self.part.len == bytes => return Ok(()),
            _ => {}
        }
        let response = self.client.get(self.request.token, self.part.len)?;
        let announced = match (response.status, content_range(&response)) {
            (200, _) => {
                self.part.clear()?;
                response.header("content-length").and_then(|bytes| bytes.parse().ok())
            }
            (206, Some((first, total))) if first == self.part.len && first > 0 => {
                self.part.pieced = true;
                total
            }
            (status @ (206 | 416), _) => {
                self.part.clear()?;
                return Err(again(format!("it answered {status}, and not with the rest of the file; starting over")));
            }
            (status @ (408 | 429 | 500..=599), _) => {
                let cause = format!("it answered {status}");
                let wait = response.header("retry-after").and_then(|text| retry_after::parse(text, SystemTime::now()));
                return Err(wait.map_or_else(|| again(cause.clone()), |wait| Setback::Later(cause.clone(), wait)));
            }
            (status, _) => {
                let (url, advice) = (self.client.shown(), advice(status));
                return Err(anyhow!("{url} answered {status}: {advice}").into());
            }
        };
        self.total = self.request.bytes.or(announced);
        if let (Some(expected), Some(announced)) = (self.total, announced)
            && announced != expected
        {
            self.refuse(&format!("{announced} bytes"), expected)?;
        }
        self.check_room()?;
        self.begin();
        self.take(response.body)
    }

    /// An error if the disk has no space for the rest of the file, as far as known, and the reserve.
    fn check_room(&self) -> Result<()> {
        let needed = self.total.map_or(CHECKED, |total| total.saturating_sub(self.part.len));
        let free = free_bytes(self.part.folder())?;
        if free < needed.saturating_add(RESERVE) {
            let cause = format!("{} free, of which {} stay free", human(free), human(RESERVE));
            return Err(self.part.no_room(needed, &cause));
        }
        Ok(())
    }

    /// Shows that a response has begun: on a terminal by the bar, elsewhere by a line.
    fn begin(&self) {
        self.bar.set_length(self.total.unwrap_or(0));
        self.bar.set_position(self.part.len);
        // The rate is this answer's: bytes that were there do not count.
        self.bar.reset_eta();
        if !stderr().is_terminal() {
            let resuming =
                if self.part.len > 0 { format!("resuming at {} of ", human(self.part.len)) } else { String::new() };
            self.note(&(resuming + &self.total.map_or("an unknown length".into(), human)));
        }
    }

    /// Takes a body to its end.
    fn take(&mut self, mut body: Body) -> Result<(), Setback> {
        let (mut window, mut window_start, mut checked) = (Instant::now(), self.part.len, self.part.len);
        while let Some(piece) = body.next().map_err(broken)? {
            let got = self.part.len + piece.len() as u64;
            if let Some(expected) = self.total.filter(|total| got > *total) {
                self.refuse(&format!("{got} bytes"), expected)?;
            }
            if self.total.is_none() && got > self.options.longest_unannounced {
                let most = human(self.options.longest_unannounced);
                self.refuse("no stated length", format!("one, or at most {most},"))?;
            }
            // Other programs write to this disk too, and the first check does not cover an unknown length.
            if got - checked >= CHECKED {
                self.check_room()?;
                checked = self.part.len;
            }
            let left = self.total.map(|bytes| bytes - got);
            self.part.write(&piece, left.unwrap_or(0))?;
            self.bar.set_position(got);
            let elapsed = window.elapsed();
            if elapsed >= self.options.idle_timeout {
                if stalled(got - window_start, elapsed, left.unwrap_or(GOOD_TRY)) {
                    return Err(again("the connection all but stalled"));
                }
                (window, window_start) = (Instant::now(), got);
            }
        }
        match self.total {
            Some(bytes) if self.part.len < bytes => Err(again(format!("it ended at {}", human(self.part.len)))),
            _ => Ok(()),
        }
    }
}

/// Whether `left` more bytes would take too long at the pace of the last `got`.
fn stalled(got: u64, elapsed: Duration, left: u64) -> bool {
    left as f64 * elapsed.as_secs_f64() > got as f64 * LONGEST.as_secs_f64()
}

/// The first byte of a partial response, and the length of the whole.
fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let (range, total) = response.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

fn advice(status: u16) -> &'static str {
    match status {
        401 => "it wants a valid token: set HF_TOKEN, or unset it if it has expired",
        403 => "access is refused: the token (HF_TOKEN) may not read this, or a proxy or firewall is in between",
        404 | 410 => "there is no such file: check the name, the revision and the endpoint",
        407 => "the proxy wants a user and a password: put them in HTTPS_PROXY",
        _ => "check the address and the endpoint",
    }
}
