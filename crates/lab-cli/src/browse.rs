//! Opens a page in the default browser.

use std::{
    ffi::OsStr,
    io::{self, Write},
    process::{Command, Stdio},
};

/// Opens a file or an address; on failure prints a note on stderr.
pub(crate) fn open(page: impl AsRef<OsStr>) {
    let page = page.as_ref();
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        // Explorer would open a folder for an address with a query.
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else {
        Command::new("xdg-open")
    };
    let started = command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        let program = command.get_program().to_string_lossy();
        // stderr may be closed.
        let _ = writeln!(io::stderr(), "{program} does not start ({error}): open {} yourself", page.to_string_lossy());
    }
}
