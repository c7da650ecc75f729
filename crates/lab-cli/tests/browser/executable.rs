//! Where the browser is that tests drive. Included by xtask too.

use std::{env, path::PathBuf};

/// How to get a browser.
pub(crate) const HOW: &str = "install one (`apt-get install chromium`) or name one in CHROME";

/// Chromium, Chrome or Edge: the one that `CHROME` names, or the first that is found.
pub(crate) fn find() -> Option<PathBuf> {
    const NAMES: [&str; 6] =
        ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chrome", "microsoft-edge-stable"];
    const MACOS: [&str; 3] = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ];
    if let Some(named) = env::var_os("CHROME").filter(|path| !path.is_empty()) {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let in_path = NAMES.iter().flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)));
    in_path.chain(MACOS.iter().map(PathBuf::from)).find(|path| path.is_file())
}
