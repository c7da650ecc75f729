//! Fetches one file over HTTP(S): whole and verified under its name, or not at all.
//!
//! curl sends one request at a time, and handles proxies, certificates and the protocol. This module handles redirects,
//! retries and partial files. [`fetch`] writes to `NAME.part`, resumes after a cut (in this run or a later one), hashes
//! while it streams, and renames the file only if its sha256 matches. Nothing else decides whether a download is good.
//!
//! ```no_run
//! use std::path::Path;
//! use xtask::download::{Options, Request, fetch};
//!
//! let (url, sha256) = ("https://example.org/libtorch.zip", "edbf…");
//! let request = Request { url, sha256, bytes: Some(126_385_248), token: None, label: "libtorch" };
//! fetch(&request, Path::new("libtorch.zip"), &Options::default())?;
//! # Ok::<(), anyhow::Error>(())
//! ```
mod address;
mod client;
mod curl;
mod part;
mod request;
mod retry_after;
mod transfer;

use std::{path::Path, process::exit, time::Duration};

use anyhow::{Context, Result};
use fs_err as fs;

pub use request::{Options, Request};

use client::{Client, Setback};
use part::{Part, folder_of};
use transfer::Transfer;

/// The time that a server may take to respond if there is an alternative.
pub const REACH_WITHIN: Duration = Duration::from_secs(5);

/// Downloads the file to `dest`, unless a file with its sha256 exists there, and caches its hash. Creates the folder.
/// Callers must prevent two runs for the same `dest`.
///
/// # Errors
/// One line with the fault and what to do; `dest` does not change. Bytes that a later run can resume from stay beside
/// it as `NAME.part`.
pub fn fetch(request: &Request<'_>, dest: &Path, options: &Options) -> Result<()> {
    settle_signals();
    let client = Client::new(request.url, options)?;
    fs::create_dir_all(folder_of(dest))?;
    if dest.is_file() && options.hashes.of(dest).with_context(|| dest.display().to_string())? == request.sha256 {
        return Ok(());
    }
    let mut part = Part::open(dest)?;
    match Transfer::new(&client, request, options, &mut part).run() {
        Ok(()) => {
            part.finish()?;
            options.hashes.insert(dest, request.sha256);
            Ok(())
        }
        Err(error) if part.len == 0 => part.remove().and(Err(error)),
        Err(error) => Err(error),
    }
}

/// An error if `url` does not respond within `limit`; any response is enough.
///
/// # Errors
/// One line that names the host and the cause.
pub fn reach(url: &str, limit: Duration, options: &Options) -> Result<()> {
    let client = Client::new(url, options)?;
    client.head(limit).map(drop).map_err(|setback| match setback {
        Setback::Lost(cause) | Setback::Again(cause) | Setback::Later(cause, _) => client.unreachable(&cause),
        Setback::Fatal(error) => error,
    })
}

/// Installs handlers: Ctrl-C (or SIGTERM, SIGHUP) prints that nothing is lost, and a write of this thread beyond the
/// process's file size limit (`ulimit -f`) returns an error instead of ending the process.
pub(crate) fn settle_signals() {
    // If there is a handler already, it is this one or the program's own.
    let _ = ctrlc::try_set_handler(|| {
        eprintln!("\ninterrupted; what has been downloaded is kept, run again to resume");
        exit(130);
    });
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigSet, Signal::SIGXFSZ};
        // If it cannot be blocked, a limit ends the process without a message, and the part is kept.
        let _ = SigSet::from(SIGXFSZ).thread_block();
    }
}
