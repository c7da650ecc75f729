//! Fetches one file over HTTP(S): whole and verified under its name, or not at all.
//!
//! [`fetch`] writes to `NAME.part`, resumes after a cut (in this run or a later one), hashes while it streams, and
//! renames only what has the expected length and sha256. Where no sha256 is given, that of the hub's `x-linked-etag`
//! counts; where there is none, the length, and a file of which neither is known is refused.
//!
//! ```no_run
//! use std::path::Path;
//! use xtask::download::{Options, Request, fetch};
//!
//! let url = "https://example.org/libtorch.zip";
//! let request = Request { url, bytes: Some(126_385_248), label: "libtorch", ..Request::default() };
//! let fetched = fetch(&request, Path::new("libtorch.zip"), &Options::default())?;
//! println!("{} bytes, sha256 {}", fetched.bytes, fetched.sha256);
//! # Ok::<(), anyhow::Error>(())
//! ```
mod client;
mod interrupt;
mod part;
mod progress;
mod transfer;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;

pub(crate) use interrupt::survive_file_limit;
pub use progress::Progress;

use crate::disk::{failed, sha256_of};
use client::{Client, Setback};
use interrupt::watch;
use part::{Part, folder_of};
use progress::Meter;
use transfer::Transfer;

/// Which file, and what is known of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Where it is.
    pub url: &'a str,
    /// The length that it must have.
    pub bytes: Option<u64>,
    /// The sha256 that it must have, in hex.
    pub sha256: Option<&'a str>,
    /// A token for `url`'s own host; a redirect to another does not get it.
    pub token: Option<&'a str>,
    /// What it is called in messages.
    pub label: &'a str,
}

/// How patient a download is, and how it reaches the network.
#[derive(Debug, Clone)]
pub struct Options {
    /// Failed tries in a row, none of which brought 1 MiB or a hundredth of the file, before it gives up; at most one
    /// as long as nobody has answered at all.
    pub retries: u32,
    /// The pause after the first failure; it doubles up to 30 s, with jitter.
    pub backoff: Duration,
    /// The time to find a name and the time to connect, TLS included.
    pub connect_timeout: Duration,
    /// The longest silence on a connection, and the window over which its pace is judged.
    pub idle_timeout: Duration,
    /// Fetches even if the file is there already.
    pub replace: bool,
    /// How progress is shown.
    pub progress: Progress,
    /// The proxy, if any; what is wrong with the environment's, if it cannot be used.
    pub proxy: Result<Option<ureq::Proxy>, String>,
    /// A PEM file of the certificate authorities that are trusted instead of the bundled Mozilla roots.
    pub roots: Option<PathBuf>,
}

impl Default for Options {
    /// Proxy and certificate authorities are the environment's.
    fn default() -> Self {
        Self {
            retries: 5,
            backoff: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(30),
            replace: false,
            progress: Progress::Auto,
            proxy: client::proxy_from_env(),
            roots: client::roots_from_env(),
        }
    }
}

/// A file that is in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its length.
    pub bytes: u64,
    /// Its sha256, in lower-case hex.
    pub sha256: String,
    /// Whether its sha256 was known beforehand, pinned or stated by the hub; if not, its length was.
    pub by_sha256: bool,
}

/// Puts the file in place as `dest`, unless a file with the expected sha256 is there. The folder is made. Two runs for
/// the same `dest` are the callers' to keep apart.
///
/// # Errors
/// One line with what is wrong and what to do; `dest` is then as it was. Bytes that a later run can go on from are
/// kept beside it as `NAME.part`.
pub fn fetch(request: &Request<'_>, dest: &Path, options: &Options) -> Result<Fetched> {
    survive_file_limit();
    let client = Client::new(request.url, options)?;
    fs::create_dir_all(folder_of(dest)).map_err(failed("create", folder_of(dest)))?;
    if let Some(want) = request.sha256.filter(|_| !options.replace && dest.is_file()) {
        let (bytes, sha256) = sha256_of(dest)?;
        if want.eq_ignore_ascii_case(&sha256) {
            return Ok(Fetched { bytes, sha256, by_sha256: true });
        }
    }
    let mut part = Part::open(dest, request.sha256.is_some())?;
    watch(Some(&part.path));
    let mut meter = Meter::new(options.progress, request.label);
    let by_sha256 = Transfer::new(&client, request, options, &mut part, &mut meter).run();
    meter.end();
    watch(None);
    match by_sha256 {
        Ok(by_sha256) => {
            let fetched = Fetched { bytes: part.len, sha256: part.sha256(), by_sha256 };
            part.finish()?;
            Ok(fetched)
        }
        Err(error) => {
            // Without a sha256 beforehand, a later run could not tell what they are.
            if part.len == 0 || request.sha256.is_none() {
                part.remove()?;
            }
            Err(error)
        }
    }
}

/// An error if nobody answers at `url` within `limit`; any answer will do.
pub(crate) fn reach(url: &str, limit: Duration, options: &Options) -> Result<()> {
    let client = Client::new(url, options)?;
    client.head(None, Some(limit)).map(drop).map_err(|setback| match setback {
        Setback::Lost(cause) | Setback::Again(cause, _) => client.unreachable(&cause, false),
        Setback::Fatal(error) => error,
    })
}
