use std::io::{self, Read};
use std::time::{Duration, Instant, SystemTime};

use super::address::Address;
use super::client::{Answer, Client, NoAnswer, Resume, cause};
use super::part::{Origin, Part, folder_of};
use super::progress::Meter;
use super::retry::{backoff, retry_after};
use super::{Error, Options, Request};
use crate::disk::free_bytes;
use crate::disk::human;

/// A try that brings this much is not counted as a failure in a row.
const GOOD_TRY: u64 = 1 << 20;
/// Bytes per second under which a connection counts as stalled.
const STALL: u64 = 1 << 10;

/// A download that ended without its file.
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether a later run can go on from the bytes that have come.
    pub(super) keep: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // Bytes that other bytes have proved wrong are not kept; anything else may still be of use.
        let keep = !matches!(error, Error::Length { .. } | Error::Sha256 { .. });
        Self { error, keep }
    }
}

/// What one try came to, short of the whole file.
enum Setback {
    /// Nobody answered.
    Lost {
        host: String,
        cause: String,
    },
    /// The server answered, but the file is not whole.
    Again {
        cause: String,
        pause: Option<(u16, Duration)>,
    },
    Fatal(Error),
}

impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        Self::Fatal(error)
    }
}

fn again(cause: impl Into<String>) -> Setback {
    Setback::Again { cause: cause.into(), pause: None }
}

/// Tries until the part is whole and has the expected sha256.
pub(super) fn run(
    client: &Client<'_>,
    url: &Address,
    request: &Request<'_>,
    options: &Options,
    part: &mut Part,
    meter: &mut Meter,
) -> Result<(), Failure> {
    let (mut tries, mut failures, mut best, mut answered) = (0, 0, part.len(), false);
    loop {
        tries += 1;
        let setback = match attempt(client, url, request, options, part, meter) {
            Ok(()) => match verify(request, url, part) {
                // A part put together from several answers may be wrong where one answer would not be.
                Err(Error::Sha256 { .. }) if part.pieced() => {
                    part.discard()?;
                    again("the pieces do not add up to the file; starting over")
                }
                result => return Ok(result?),
            },
            Err(setback) => setback,
        };
        let enough = part.origin().and_then(|origin| origin.bytes).map_or(GOOD_TRY, |bytes| GOOD_TRY.min(bytes / 100));
        if part.len() > best && part.len() - best >= enough {
            (best, failures) = (part.len(), 0);
        }
        failures += 1;
        let (cause, pause) = match setback {
            Setback::Fatal(error) => return Err(error.into()),
            Setback::Lost { host, cause } => {
                if failures > options.retries && !answered {
                    return Err(Error::Unreachable { host, cause }.into());
                }
                (cause, None)
            }
            Setback::Again { cause, pause } => {
                answered = true;
                (cause, pause)
            }
        };
        if failures > options.retries {
            let have = format!("{} of {}", human(part.len()), total_of(request, part).map_or("?".into(), human));
            return Err(Error::GaveUp { url: url.shown(), tries, have, cause }.into());
        }
        let wait = match pause {
            Some((status, pause)) if pause > options.max_pause => {
                let (seconds, limit) = (pause.as_secs(), options.max_pause.as_secs());
                return Err(Error::TooBusy { url: url.shown(), status, seconds, limit }.into());
            }
            Some((_, pause)) => pause.max(backoff(options.backoff, failures)),
            None => backoff(options.backoff, failures),
        };
        meter.note(&format!("{cause}; try {} in {:.1} s", tries + 1, wait.as_secs_f64()));
        std::thread::sleep(wait);
    }
}

fn total_of(request: &Request<'_>, part: &Part) -> Option<u64> {
    request.bytes.or_else(|| part.origin()?.bytes)
}

/// The sha256 that the file must have: the caller's, else the hub's for a file kept in LFS.
fn sha256_of<'r>(request: &Request<'r>, part: &'r Part) -> Option<&'r str> {
    request.sha256.or_else(|| part.origin()?.linked_etag.as_deref().filter(|etag| is_sha256(etag)))
}

fn is_sha256(etag: &str) -> bool {
    etag.len() == 64 && etag.bytes().all(|b| b.is_ascii_hexdigit())
}

fn verify(request: &Request<'_>, url: &Address, part: &Part) -> Result<(), Error> {
    if let Some(expected) = request.bytes.filter(|bytes| *bytes != part.len()) {
        return Err(Error::Length { url: url.shown(), expected, got: part.len() });
    }
    let got = part.sha256();
    match sha256_of(request, part) {
        Some(expected) if !expected.eq_ignore_ascii_case(&got) => {
            Err(Error::Sha256 { url: url.shown(), expected: expected.to_ascii_lowercase(), got })
        }
        _ => Ok(()),
    }
}

/// Asks once, for the whole file or for the rest of it, and takes what comes.
fn attempt(
    client: &Client<'_>,
    url: &Address,
    request: &Request<'_>,
    options: &Options,
    part: &mut Part,
    meter: &mut Meter,
) -> Result<(), Setback> {
    match total_of(request, part) {
        Some(total) if part.len() > 0 && part.len() == total => return Ok(()),
        Some(total) if part.len() > total => part.discard()?,
        _ => {}
    }
    let etag = part.origin().and_then(Origin::strong_etag).filter(|_| part.len() > 0).map(str::to_owned);
    let resume = etag.as_deref().map(|etag| Resume { offset: part.len(), etag });
    let answer = match client.get(url, request.token, resume.as_ref()) {
        Ok(answer) => answer,
        Err(NoAnswer::Lost { host, cause }) => return Err(Setback::Lost { host, cause }),
        Err(NoAnswer::Fatal(error)) => return Err(error.into()),
    };
    let status = answer.response.status().as_u16();
    match status {
        200 => {
            let origin = origin_of(&answer, request, url)?;
            check_room(options, part, origin.bytes)?;
            part.restart(origin)?;
        }
        206 => {
            if let Err(cause) = check_rest(&answer, part, request) {
                part.discard()?;
                return Err(again(format!("{cause}; starting over")));
            }
            check_room(options, part, total_of(request, part))?;
            part.resume();
        }
        416 if part.len() > 0 => {
            part.discard()?;
            return Err(again("the server has no bytes after those kept; starting over"));
        }
        408 | 429 | 500..=599 => {
            let pause = answer.header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
            return Err(Setback::Again {
                cause: format!("it answered {status}"),
                pause: pause.map(|pause| (status, pause)),
            });
        }
        _ => return Err(Error::Status { url: url.shown(), status }.into()),
    }
    meter.begin(part.len(), total_of(request, part));
    stream(answer, url, request, options, part, meter)
}

/// What a whole answer says about the file, if that is what is wanted.
fn origin_of(answer: &Answer, request: &Request<'_>, url: &Address) -> Result<Origin, Error> {
    let encoding = answer.header("content-encoding").unwrap_or("identity");
    if !encoding.eq_ignore_ascii_case("identity") {
        return Err(Error::Answer { url: url.shown(), cause: format!("it is encoded as `{encoding}`, unasked") });
    }
    let linked_etag = answer.first_header("x-linked-etag").map(|etag| etag.trim_start_matches("W/").trim_matches('"'));
    if let (Some(expected), Some(linked)) = (request.sha256, linked_etag.filter(|etag| is_sha256(etag)))
        && !expected.eq_ignore_ascii_case(linked)
    {
        return Err(Error::Sha256 { url: url.shown(), expected: expected.into(), got: linked.into() });
    }
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u64>().ok());
    let bytes = number(answer.header("content-length"));
    let linked_bytes = number(answer.first_header("x-linked-size"));
    if let Some(expected) = request.bytes.or(linked_bytes)
        && let Some(got) = [bytes, linked_bytes].into_iter().flatten().find(|got| *got != expected)
    {
        return Err(Error::Length { url: url.shown(), expected, got });
    }
    Ok(Origin {
        url: request.url.to_owned(),
        etag: answer.header("etag").map(str::to_owned),
        linked_etag: linked_etag.map(str::to_owned),
        bytes: bytes.or(linked_bytes),
    })
}

/// Whether a partial answer carries on where the part ends, from the same file.
fn check_rest(answer: &Answer, part: &Part, request: &Request<'_>) -> Result<(), String> {
    let Some(origin) = part.origin().filter(|_| part.len() > 0) else {
        return Err("it answered with a part of the file, unasked".to_owned());
    };
    let etag = answer.header("etag");
    if etag != origin.etag.as_deref() {
        return Err("the file has changed on the server".to_owned());
    }
    let range = answer.header("content-range").unwrap_or_default();
    let wrong = || format!("it answered with the wrong range (`{range}`, wanted from {})", part.len());
    let (first, rest) =
        range.trim().strip_prefix("bytes ").and_then(|range| range.split_once('-')).ok_or_else(wrong)?;
    let (last, total) = rest.split_once('/').ok_or_else(wrong)?;
    let (first, last): (u64, u64) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    let known = total_of(request, part);
    let total: u64 = match (total, known) {
        ("*", Some(known)) => known,
        (total, _) => total.parse().map_err(|_| wrong())?,
    };
    let right = first == part.len() && last.checked_add(1) == Some(total) && known.is_none_or(|known| known == total);
    if right { Ok(()) } else { Err(wrong()) }
}

fn check_room(options: &Options, part: &Part, total: Option<u64>) -> Result<(), Error> {
    let folder = folder_of(part.path());
    let needed = total.unwrap_or(0).saturating_sub(part.len());
    let free = free_bytes(folder).map_err(Error::io("ask the free space of", folder))?;
    if free < needed.saturating_add(options.disk_reserve) {
        let cause = format!("{} free, of which {} stay free", human(free), human(options.disk_reserve));
        return Err(Error::DiskFull { folder: folder.to_owned(), needed, cause, kept: part.len() });
    }
    Ok(())
}

fn stream(
    answer: Answer,
    url: &Address,
    request: &Request<'_>,
    options: &Options,
    part: &mut Part,
    meter: &mut Meter,
) -> Result<(), Setback> {
    let total = total_of(request, part);
    let mut body = answer.response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut buffer = vec![0; 1 << 17];
    let (mut window, mut window_len) = (Instant::now(), part.len());
    loop {
        let n = match body.read(&mut buffer) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(again(cause(&error.into()))),
        };
        if n == 0 {
            return match total {
                Some(total) if part.len() < total => Err(again(format!("it ended at {}", human(part.len())))),
                _ => Ok(()),
            };
        }
        let got = part.len() + n as u64;
        if let Some(expected) = total.or(Some(options.max_bytes)).filter(|most| got > *most) {
            return Err(Error::Length { url: url.shown(), expected, got }.into());
        }
        part.write(&buffer[..n], total.unwrap_or(got).saturating_sub(got))?;
        meter.advance(got);
        let elapsed = window.elapsed();
        if elapsed >= options.idle_timeout {
            // f64 is exact enough for a rate.
            #[allow(clippy::cast_precision_loss)]
            if ((got - window_len) as f64) < STALL as f64 * elapsed.as_secs_f64() {
                return Err(again("the connection all but stalled"));
            }
            (window, window_len) = (Instant::now(), got);
        }
    }
}
