use std::io;
use std::path::PathBuf;

use crate::disk::human;

/// Why a file did not arrive. Each message is one line and ends with what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not one this client can ask.
    #[error("`{url}` is not an address this can fetch: {expected}; correct it and run again")]
    BadUrl {
        /// The address as it was given.
        url: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// A setting of the environment cannot be used.
    #[error("{name}=`{value}` cannot be used: {cause}; correct or unset it and run again")]
    Setting {
        /// The variable's name.
        name: &'static str,
        /// Its value, passwords removed.
        value: String,
        /// What is wrong with it.
        cause: String,
    },
    /// No server answered: no route, no name, a refused connection or a time-out.
    #[error("{host} cannot be reached ({cause}); check the network and the proxy settings, then run again")]
    Unreachable {
        /// Scheme, host and port.
        host: String,
        /// What the last try met.
        cause: String,
    },
    /// The server answered, but the file did not come through in the tries allowed.
    #[error("gave up on {url} after {tries} tries with {have} ({cause}); run again to resume")]
    GaveUp {
        /// The address.
        url: String,
        /// How many tries there were.
        tries: u32,
        /// How much of the file is kept.
        have: String,
        /// What the last try met.
        cause: String,
    },
    /// The server answered with a status that another try will not change.
    #[error("{url} answered {status}: {}", status_advice(*.status))]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server asks for a longer pause than is allowed.
    #[error("{url} answered {status} and asks to wait {seconds} s, longer than the {limit} s allowed; run again then")]
    TooBusy {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The pause the server asks for.
        seconds: u64,
        /// The longest pause obeyed.
        limit: u64,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects, but {cause}; check the endpoint")]
    Redirect {
        /// The address that was asked first.
        url: String,
        /// Why the redirect is not followed.
        cause: String,
    },
    /// The answer is of a kind that cannot be stored and verified.
    #[error("{url} sent an answer that cannot be used: {cause}; check the endpoint or try another mirror")]
    Answer {
        /// The address.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The file has another size than it should have.
    #[error("{url} has {got} bytes where {expected} are expected; nothing was kept: try another mirror")]
    Length {
        /// The address.
        url: String,
        /// The bytes that should come.
        expected: u64,
        /// The bytes that came or were announced; for an endless body, those read until the stop.
        got: u64,
    },
    /// The file has the right size and the wrong content.
    #[error("{url} has sha256 {got} where {expected} is expected; nothing was kept: try another mirror")]
    Sha256 {
        /// The address.
        url: String,
        /// The sha256 that should come, in lower-case hex.
        expected: String,
        /// The sha256 that came.
        got: String,
    },
    /// There is no room for the file, found before the first byte or in the middle.
    #[error("{} has no room for {} more ({cause}); make room and run again{}", .folder.display(), human(*.needed),
        if *.kept > 0 { format!(" to resume, {} are kept", human(*.kept)) } else { String::new() })]
    DiskFull {
        /// The folder written to.
        folder: PathBuf,
        /// The bytes still to come, as far as known.
        needed: u64,
        /// What is free, or which limit was met.
        cause: String,
        /// The bytes of the file that are kept for the next run.
        kept: u64,
    },
    /// A file or folder on this machine could not be used.
    #[error("cannot {action} {} ({source}); check the folder and its permissions, then run again", .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl Error {
    /// Whether no server was reached at all: the caller may do without the network.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 => "it wants a valid token: set HF_TOKEN, or unset it if it has expired",
        403 => "access is refused: the token (HF_TOKEN) may not read this, or a proxy or firewall is in between",
        404 | 410 => "there is no such file: check the name, the revision and the endpoint",
        407 => "the proxy wants a user and a password: put them in HTTPS_PROXY",
        _ => "check the address and the endpoint",
    }
}
