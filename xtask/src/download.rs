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
//! let request = Request::new("https://example.org/libtorch.zip").bytes(126_385_248);
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
use client::{Client, NoAnswer};
use interrupt::Watch;
use part::{Part, folder_of};
use progress::Meter;
use transfer::Transfer;

/// Which file, and what is known of it.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    url: &'a str,
    bytes: Option<u64>,
    sha256: Option<&'a str>,
    token: Option<&'a str>,
    label: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// The file at `url`, of which nothing is known.
    #[must_use]
    pub fn new(url: &'a str) -> Self {
        Self { url, bytes: None, sha256: None, token: None, label: None }
    }

    /// The length that the file must have.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.bytes = bytes.into();
        self
    }

    /// The sha256 that the file must have, in hex.
    #[must_use]
    pub fn sha256(mut self, sha256: impl Into<Option<&'a str>>) -> Self {
        self.sha256 = sha256.into();
        self
    }

    /// A token for `url`'s own host; a redirect to another does not get it.
    #[must_use]
    pub fn token(mut self, token: impl Into<Option<&'a str>>) -> Self {
        self.token = token.into();
        self
    }

    /// What the file is called in messages; the file name if nothing is given.
    #[must_use]
    pub fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }
}

/// How patient a download is, and how it reaches the network.
#[derive(Debug, Clone)]
pub struct Options {
    /// Failed tries in a row, none of which brought 1 MiB or a hundredth of the file, before it gives up; at most one
    /// as long as nobody has answered at all.
    pub retries: u32,
    /// The pause after the first failure; it doubles up to 30 s, with jitter.
    pub backoff: Duration,
    /// The longest `Retry-After` obeyed.
    pub max_pause: Duration,
    /// The time to find a name and the time to connect, TLS included.
    pub connect_timeout: Duration,
    /// The longest silence on a connection, and the window over which its pace is judged.
    pub idle_timeout: Duration,
    /// Bytes of the disk that are left free.
    pub disk_reserve: u64,
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
            max_pause: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(30),
            disk_reserve: 64 << 20,
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
    let _watch = Watch::new(part.path());
    let file_name = dest.file_name().unwrap_or_default().to_string_lossy();
    let mut meter = Meter::new(options.progress, request.label.unwrap_or(&file_name));
    let by_sha256 = Transfer::new(&client, request, options, &mut part, &mut meter).run();
    meter.end();
    match by_sha256 {
        Ok(by_sha256) => {
            let fetched = Fetched { bytes: part.len(), sha256: part.sha256(), by_sha256 };
            part.finish()?;
            Ok(fetched)
        }
        Err(error) => {
            // Without a sha256 beforehand, a later run could not tell what they are.
            if part.len() == 0 || request.sha256.is_none() {
                part.remove()?;
            }
            Err(error)
        }
    }
}

/// Whether anybody answers at `url` within `limit`, whatever the answer.
///
/// # Errors
/// If not, or if the address or a setting of the environment is wrong.
pub fn reach(url: &str, limit: Duration, options: &Options) -> Result<()> {
    let client = Client::new(url, options)?;
    client.head(None, Some(limit)).map(drop).map_err(|no_answer| match no_answer {
        NoAnswer::Lost(cause) => client.unreachable(&cause),
        NoAnswer::Fatal(error) => error,
    })
}
