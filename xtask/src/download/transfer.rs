//! Asks until the file is whole and is the one that is wanted, or until it is clear that it will not be.
use std::{
    fmt::Display,
    io::{self, Read},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use indicatif::ProgressBar;
use ureq::{Body, http::Response};

use super::{
    client::{Client, Setback, cause},
    part::Part,
    request::{Options, Request},
};
use crate::{
    disk::{free_bytes, human},
    steps,
};

/// Failed tries in a row, none of which brought [`GOOD_TRY`], before it gives up.
const RETRIES: u32 = 5;
/// The same as long as nobody has answered at all: a name that does not resolve now will not in half a minute either.
const UNANSWERED: u32 = 1;
/// A try that brings this much, or a hundredth of the file, is not counted as a failure in a row.
const GOOD_TRY: u64 = 1 << 20;
/// A connection at whose pace the rest would take longer counts as stalled.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause before another try.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// Bytes of the disk that are left free.
const RESERVE: u64 = 64 << 20;

fn again(cause: impl Into<String>) -> Setback {
    Setback::Again(cause.into())
}

/// The download of one file.
pub(super) struct Transfer<'a> {
    client: &'a Client,
    request: &'a Request<'a>,
    options: &'a Options,
    part: &'a mut Part,
    bar: ProgressBar,
    /// The file's length, as pinned or by the last answer.
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
            let cause = match result {
                Ok(()) if self.part.sha256() == self.request.sha256 => break,
                // A part put together from several answers may be wrong where one answer would not be.
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
            };
            let url = self.client.shown();
            if failures > RETRIES {
                let have = format!("{} of {}", human(self.part.len), self.total.map_or("?".into(), human));
                return Err(anyhow!("gave up on {url} after {tries} tries with {have} ({cause}); run again to resume"));
            }
            let wait = self.options.backoff.saturating_mul(1 << (failures - 1)).min(LONGEST_BACKOFF);
            self.note(&format!("{cause}; try {} in {:.1} s", tries + 1, wait.as_secs_f64()));
            thread::sleep(wait);
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    fn note(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{}: {text}", self.request.label));
    }

    /// Throws away what is not the file, and says so.
    fn refuse(&mut self, got: &str, expected: impl Display) -> Result<()> {
        self.part.clear()?;
        bail!("{} has {got} where {expected} is expected; nothing was kept: try another mirror", self.client.shown())
    }

    /// Asks once, for the whole file or for the rest of it, and takes what comes.
    fn attempt(&mut self) -> Result<(), Setback> {
        match self.total {
            Some(bytes) if self.part.len > bytes => self.part.clear()?,
            Some(bytes) if self.part.len == bytes => return Ok(()),
            _ => {}
        }
        let response = self.client.get(self.request.token, self.part.len)?;
        let announced = match (response.status().as_u16(), content_range(&response)) {
            (200, _) => {
                self.part.clear()?;
                header(&response, "content-length").and_then(|bytes| bytes.trim().parse().ok())
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
                return Err(again(format!("it answered {status}")));
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
        self.take(response.into_body())
    }

    fn check_room(&self) -> Result<()> {
        let needed = self.total.unwrap_or(0).saturating_sub(self.part.len);
        let free = free_bytes(self.part.folder())?;
        if free < needed.saturating_add(RESERVE) {
            let cause = format!("{} free, of which {} stay free", human(free), human(RESERVE));
            return Err(self.part.no_room(needed, &cause));
        }
        Ok(())
    }

    /// Shows that an answer has begun: on a terminal by the bar, elsewhere by a line.
    fn begin(&self) {
        self.bar.set_length(self.total.unwrap_or(0));
        self.bar.set_position(self.part.len);
        // The rate is this answer's: bytes that were there do not count.
        self.bar.reset_eta();
        if self.bar.is_hidden() {
            let resuming =
                if self.part.len > 0 { format!("resuming at {} of ", human(self.part.len)) } else { String::new() };
            self.note(&(resuming + &self.total.map_or("an unknown length".into(), human)));
        }
    }

    /// Takes a body to its end.
    fn take(&mut self, body: Body) -> Result<(), Setback> {
        let mut body = body.into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 1 << 17];
        let (mut window, mut window_start) = (Instant::now(), self.part.len);
        loop {
            let n = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(again(cause(&error.into()))),
            };
            let got = self.part.len + n as u64;
            if let Some(expected) = self.total.filter(|total| got > *total) {
                self.refuse(&format!("{got} bytes"), expected)?;
            }
            let left = self.total.map(|bytes| bytes - got);
            self.part.write(&buffer[..n], left.unwrap_or(0))?;
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

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// The first byte of a partial answer, and the length of the whole.
fn content_range(response: &Response<Body>) -> Option<(u64, Option<u64>)> {
    let (range, total) = header(response, "content-range")?.trim().strip_prefix("bytes ")?.split_once('/')?;
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
