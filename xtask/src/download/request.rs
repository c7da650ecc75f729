//! A download: the file, and its sources.
use std::{env, path::PathBuf, time::Duration};

use file_sha256::Hashes;

/// Which file.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where it is.
    pub url: &'a str,
    /// The sha256 that it must have, in lower-case hex.
    pub sha256: &'a str,
    /// Its length, where it is known beforehand.
    pub bytes: Option<u64>,
    /// A token for `url`'s own scheme, host and port; a redirect to another does not get it.
    pub token: Option<&'a str>,
    /// Its name in messages.
    pub label: &'a str,
}

/// How patient a download is, and how it reaches the network.
#[derive(Debug, Clone)]
pub struct Options {
    /// The pause after the first failure; it doubles up to 30 s.
    pub backoff: Duration,
    /// The longest silence on a connection, and the window over which its pace is judged.
    pub idle_timeout: Duration,
    /// Whether the proxies that the environment names are used: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    pub proxies: bool,
    /// A PEM file of the certificate authorities that are trusted instead of the system's.
    pub roots: Option<PathBuf>,
    /// The most bytes of a file whose length neither the request nor the server states.
    pub longest_unannounced: u64,
    /// The cache of local files' hashes.
    pub hashes: Hashes,
}

impl Default for Options {
    /// Proxy and certificate authorities are the environment's.
    fn default() -> Self {
        Self {
            backoff: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(30),
            proxies: true,
            roots: env::var_os("SSL_CERT_FILE").filter(|value| !value.is_empty()).map(PathBuf::from),
            longest_unannounced: 1 << 30,
            hashes: Hashes::of_user(),
        }
    }
}
