//! Fetches one file over HTTP(S): whole and verified under its name, or not at all.
//!
//! [`fetch`] writes to `NAME.part`, resumes after a cut (in this run or a later one), hashes while it streams, and
//! renames only what has the expected length and sha256. What is not known beforehand is taken from the hub's
//! `x-linked-size` and `x-linked-etag`, else from the answer itself.
//!
//! ```no_run
//! use std::path::Path;
//! use xtask::download::{Options, Request, fetch};
//!
//! let request = Request::new("https://example.org/libtorch.zip");
//! let fetched = fetch(&request, Path::new("libtorch.zip"), &Options::default())?;
//! println!("{} bytes, sha256 {}", fetched.bytes, fetched.sha256);
//! # Ok::<(), xtask::download::Error>(())
//! ```

mod address;
mod client;
mod error;
mod interrupt;
mod lock;
mod network;
mod part;
mod progress;
mod retry;
mod transfer;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use address::Address;
use client::Client;
pub use error::Error;
use interrupt::Watch;
pub(crate) use lock::Lock;
pub use network::Network;
pub(crate) use part::hex;
use part::{Part, folder_of, with_suffix};
use progress::Meter;
pub use progress::Progress;
use transfer::Failure;

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

    /// A token for `url`'s own scheme, host and port; a redirect to another does not get it.
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
    /// Failed tries in a row, none of which brought 1 MiB or a hundredth of the file, before it gives up.
    pub retries: u32,
    /// The pause after the first failure; it doubles up to 30 s, with jitter.
    pub backoff: Duration,
    /// The longest `Retry-After` obeyed.
    pub max_pause: Duration,
    /// The time to find a name and the time to connect, TLS included.
    pub connect_timeout: Duration,
    /// The longest silence on a connection, and the window in which fewer bytes than 1 KiB/s count as silence.
    pub idle_timeout: Duration,
    /// Where the length is not known beforehand, the most bytes accepted.
    pub max_bytes: u64,
    /// Bytes of the disk that are left free.
    pub disk_reserve: u64,
    /// Fetches even if the file is there already.
    pub replace: bool,
    /// How progress is shown.
    pub progress: Progress,
    /// Proxies and certificate authorities.
    pub network: Network,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retries: 5,
            backoff: Duration::from_secs(1),
            max_pause: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(30),
            max_bytes: 64 << 30,
            disk_reserve: 64 << 20,
            replace: false,
            progress: Progress::Auto,
            network: Network::from_env(),
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
    /// Whether it came over the network now; false if it was there already, or another run has fetched it meanwhile.
    pub downloaded: bool,
}

/// Puts the file in place as `dest`.
///
/// A file already there is kept if it has the expected sha256 (or if a run that this one had to wait for has just put
/// it there). The folder is made. Two runs for the same `dest` wait for each other.
///
/// # Errors
/// An [`Error`] with what is wrong and what to do; `dest` is then as it was. Bytes that a later run can go on from are
/// kept beside it as `NAME.part`.
pub fn fetch(request: &Request<'_>, dest: &Path, options: &Options) -> Result<Fetched, Error> {
    let url = Address::parse(request.url)?;
    let file_name = dest.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let label = request.label.unwrap_or(&file_name);
    fs::create_dir_all(folder_of(dest)).map_err(Error::io("create", folder_of(dest)))?;
    let mut meter = Meter::new(options.progress, label);
    let lock = Lock::acquire(&with_suffix(dest, ".lock"), || {
        meter.note("another run is fetching this; waiting for it");
    })?;
    if let Some(there) = already_there(request, dest, options, lock.waited)? {
        return Ok(there);
    }
    let client = Client::new(options)?;
    let mut part = Part::open(dest, request.url)?;
    let watch = Watch::new(part.path());
    let fetched = transfer::run(&client, &url, request, options, &mut part, &mut meter);
    meter.end();
    match fetched {
        Ok(()) => {
            let fetched = Fetched { bytes: part.len(), sha256: part.sha256(), downloaded: true };
            part.finish()?;
            drop(watch);
            Ok(fetched)
        }
        Err(Failure { error, keep }) => {
            if !keep || part.len() == 0 {
                part.remove()?;
            }
            Err(error)
        }
    }
}

/// Whether anybody answers at `url` within `limit`, whatever the answer.
///
/// # Errors
/// [`Error::Unreachable`] if not; others if the address or a setting of the environment is wrong.
pub fn reach(url: &str, limit: Duration, options: &Options) -> Result<(), Error> {
    Client::new(options)?.reach(&Address::parse(url)?, limit)
}

/// The length and the sha256 of a file.
///
/// # Errors
/// [`Error::Io`] if it cannot be read.
pub fn sha256_of(path: &Path) -> Result<(u64, String), Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex(&hasher.finalize()))),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                bytes += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io("read", path)(error)),
        }
    }
}

fn already_there(
    request: &Request<'_>,
    dest: &Path,
    options: &Options,
    just_fetched: bool,
) -> Result<Option<Fetched>, Error> {
    let wanted = just_fetched || (!options.replace && request.sha256.is_some());
    if !wanted || !dest.is_file() {
        return Ok(None);
    }
    let (bytes, sha256) = sha256_of(dest)?;
    let matches = request.bytes.is_none_or(|want| want == bytes)
        && request.sha256.is_none_or(|want| want.eq_ignore_ascii_case(&sha256));
    Ok(matches.then_some(Fetched { bytes, sha256, downloaded: false }))
}
