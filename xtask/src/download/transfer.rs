//! Asks until the file is whole and is the one that is wanted, or until it is clear that it will not be.
use std::{
    io::{self, Read},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Error, Result, anyhow};
use ureq::{Body, http::Response};

use super::{
    Options, Request,
    client::{Client, Setback, cause},
    part::{Part, folder_of},
    progress::Meter,
};
use crate::disk::{failed, free_bytes, human};

/// A try that brings this much is not counted as a failure in a row.
const GOOD_TRY: u64 = 1 << 20;
/// A connection at whose pace the rest would take longer counts as stalled.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause of our own; a server may ask for more.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// The longest `Retry-After` obeyed.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// Bytes of the disk that are left free.
const RESERVE: u64 = 64 << 20;

fn again(cause: impl Into<String>) -> Setback {
    Setback::Again(cause.into(), None)
}

/// The download of one file.
pub(super) struct Transfer<'a> {
    client: &'a Client,
    token: Option<&'a str>,
    options: &'a Options,
    part: &'a mut Part,
    meter: &'a mut Meter,
    /// What the file must have: as pinned, or as the hub states.
    bytes: Option<u64>,
    sha256: Option<String>,
    /// The length by the last answer.
    announced: Option<u64>,
    /// Whether the server has been asked what it states of the file.
    asked: bool,
}

impl<'a> Transfer<'a> {
    pub(super) fn new(
        client: &'a Client,
        request: &Request<'a>,
        options: &'a Options,
        part: &'a mut Part,
        meter: &'a mut Meter,
    ) -> Self {
        let sha256 = request.sha256.map(str::to_ascii_lowercase);
        let (token, bytes, asked) = (request.token, request.bytes, sha256.is_some());
        Self { client, token, options, part, meter, bytes, sha256, announced: None, asked }
    }

    /// Tries until the part is whole, and says whether its sha256 was known beforehand.
    pub(super) fn run(mut self) -> Result<bool> {
        let (mut tries, mut failures, mut best, mut answered) = (0, 0, self.part.len, false);
        loop {
            tries += 1;
            let setback = match self.attempt() {
                Ok(()) => match self.verdict() {
                    // A part put together from several answers may be wrong where one answer would not be.
                    Err(_) if self.part.pieced => {
                        self.part.clear()?;
                        again("the pieces do not add up to the file; starting over")
                    }
                    Err(error) => {
                        self.part.clear()?;
                        return Err(error);
                    }
                    Ok(()) => return Ok(self.sha256.is_some()),
                },
                Err(setback) => setback,
            };
            if self.part.len >= best + self.total().map_or(GOOD_TRY, |bytes| GOOD_TRY.min(bytes / 100).max(1)) {
                (best, failures) = (self.part.len, 0);
            }
            failures += 1;
            let (cause, pause) = match setback {
                Setback::Fatal(error) => return Err(error),
                // A name that does not resolve now will not in half a minute either.
                Setback::Lost(cause) if !answered && failures > self.options.retries.min(1) => {
                    let redirected = self.client.head(None, Some(self.options.idle_timeout)).is_ok();
                    return Err(self.client.unreachable(&cause, redirected));
                }
                Setback::Lost(cause) => (cause, None),
                Setback::Again(cause, pause) => {
                    answered = true;
                    (cause, pause)
                }
            };
            let url = self.client.shown();
            if failures > self.options.retries {
                let have = format!("{} of {}", human(self.part.len), self.total().map_or("?".into(), human));
                return Err(anyhow!("gave up on {url} after {tries} tries with {have} ({cause}); run again to resume"));
            }
            if let Some(pause) = pause.filter(|pause| *pause > LONGEST_PAUSE) {
                return Err(anyhow!("{url}: {cause} and asks to wait {} s; run again then", pause.as_secs()));
            }
            let wait = backoff(self.options.backoff, failures).max(pause.unwrap_or_default());
            self.meter.note(&format!("{cause}; try {} in {:.1} s", tries + 1, wait.as_secs_f64()));
            thread::sleep(wait);
        }
    }

    /// Whether the whole part is the file that is wanted.
    fn verdict(&self) -> Result<()> {
        self.check_length(self.part.len)?;
        let Some(expected) = &self.sha256 else { return Ok(()) };
        let got = self.part.sha256();
        if *expected == got {
            return Ok(());
        }
        let url = self.client.shown();
        Err(anyhow!("{url} has sha256 {got} where {expected} is expected; nothing was kept: try another mirror"))
    }

    fn total(&self) -> Option<u64> {
        self.bytes.or(self.announced)
    }

    fn check_length(&self, got: u64) -> Result<()> {
        match self.bytes {
            Some(expected) if expected != got => Err(self.wrong_length(expected, got)),
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, expected: u64, got: u64) -> Error {
        let url = self.client.shown();
        anyhow!("{url} has {got} bytes where {expected} are expected; nothing was kept: try another mirror")
    }

    /// Asks once, for the whole file or for the rest of it, and takes what comes.
    fn attempt(&mut self) -> Result<(), Setback> {
        if !self.asked {
            self.ask()?;
        }
        match self.total() {
            Some(bytes) if self.part.len > bytes => self.part.clear()?,
            Some(bytes) if self.part.len == bytes && bytes > 0 => return Ok(()),
            _ => {}
        }
        if self.sha256.is_none() {
            // Nothing would tell whether the pieces are of one file.
            self.part.clear()?;
        }
        let response = self.client.get(self.token, self.part.len)?;
        match (response.status().as_u16(), content_range(&response)) {
            (200, _) => {
                self.part.clear()?;
                self.announced = header(&response, "content-length").and_then(|bytes| bytes.trim().parse().ok());
            }
            (206, Some((first, total))) if first == self.part.len && first > 0 => {
                self.part.pieced = true;
                self.announced = total;
            }
            (status @ (206 | 416), _) => {
                self.part.clear()?;
                return Err(again(format!("it answered {status}, and not with the rest of the file; starting over")));
            }
            (status @ (408 | 429 | 500..=599), _) => {
                let pause = header(&response, "retry-after").and_then(|seconds| seconds.trim().parse().ok());
                return Err(Setback::Again(format!("it answered {status}"), pause.map(Duration::from_secs)));
            }
            (status, _) => {
                let (url, advice) = (self.client.shown(), advice(status));
                return Err(anyhow!("{url} answered {status}: {advice}").into());
            }
        }
        self.check_body(&response)?;
        self.meter.begin(self.part.len, self.total());
        self.take(response.into_body())
    }

    /// Learns what a hub states of a file in the answer that redirects to it.
    fn ask(&mut self) -> Result<(), Setback> {
        let response = self.client.head(self.token, None)?;
        let etag = header(&response, "x-linked-etag").map(|etag| etag.trim_matches('"').to_ascii_lowercase());
        self.sha256 = etag.filter(|etag| etag.len() == 64 && etag.bytes().all(|b| b.is_ascii_hexdigit()));
        if let Some(bytes) = header(&response, "x-linked-size").and_then(|bytes| bytes.parse().ok()) {
            self.check_length(bytes)?;
            self.bytes = Some(bytes);
        }
        self.asked = true;
        Ok(())
    }

    /// Whether what an answer announces can be the file, can be recognised as whole, and has room.
    fn check_body(&mut self, response: &Response<Body>) -> Result<()> {
        let url = self.client.shown();
        let encoding = header(response, "content-encoding").unwrap_or("identity");
        if !encoding.eq_ignore_ascii_case("identity") {
            return Err(anyhow!("{url} sent an answer that cannot be used: it is encoded as `{encoding}`, unasked"));
        }
        if let Some(Err(error)) = self.announced.map(|total| self.check_length(total)) {
            self.part.clear()?;
            return Err(error);
        }
        if self.total().is_none() && self.sha256.is_none() {
            return Err(anyhow!(
                "{url} states neither the length nor the sha256 of the file, so nobody can tell whether it is whole; \
                 put one of them into the manifest"
            ));
        }
        let folder = folder_of(&self.part.path);
        let needed = self.total().unwrap_or(0).saturating_sub(self.part.len);
        let free = free_bytes(folder).map_err(failed("ask the free space of", folder))?;
        if free < needed.saturating_add(RESERVE) {
            let cause = format!("{} free, of which {} stay free", human(free), human(RESERVE));
            return Err(self.part.no_room(needed, &cause));
        }
        Ok(())
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
            let left = match self.total() {
                Some(bytes) if bytes < got => {
                    self.part.clear()?;
                    return Err(self.wrong_length(bytes, got).into());
                }
                total => total.map(|bytes| bytes - got),
            };
            self.part.write(&buffer[..n], left.unwrap_or(0))?;
            self.meter.advance(got);
            let elapsed = window.elapsed();
            if elapsed >= self.options.idle_timeout {
                if stalled(got - window_start, elapsed, left.unwrap_or(GOOD_TRY)) {
                    return Err(again("the connection all but stalled"));
                }
                (window, window_start) = (Instant::now(), got);
            }
        }
        match self.total() {
            Some(bytes) if self.part.len < bytes => Err(again(format!("it ended at {}", human(self.part.len)))),
            _ => Ok(()),
        }
    }
}

/// Whether `left` more bytes would take too long at the pace of the last `got`.
fn stalled(got: u64, elapsed: Duration, left: u64) -> bool {
    left as f64 * elapsed.as_secs_f64() > got as f64 * LONGEST.as_secs_f64()
}

/// How long to wait after a number of failures in a row: `first` doubled each time, times a random factor between a
/// half and one so that many clients do not come back at once.
fn backoff(first: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST_BACKOFF).mul_f64(0.5 + fastrand::f64() / 2.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_judged_by_what_is_left() {
        let half_a_minute = Duration::from_secs(30);
        // 1.1 kB/s: a month for the large model, a few minutes for the merges.
        assert!(stalled(33_000, half_a_minute, 3_247_159_078));
        assert!(!stalled(33_000, half_a_minute, 456_318));
        assert!(stalled(0, half_a_minute, 1));
        assert!(!stalled(1_500_000, half_a_minute, 3_247_159_078));
        assert!(!stalled(0, half_a_minute, 0));
    }
}
