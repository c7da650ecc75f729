//! The page's JavaScript: plain modules that a browser or node can run as they are, put into one, and the policy that
//! lets the page run these bytes and nothing else.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

macro_rules! modules {
    ($($name:literal)*) => { [$(include_str!(concat!("script/", $name, ".js"))),*] };
}

/// Each names only modules before it.
const MODULES: [&str; 21] = modules!(
    "softmax" "stages" "data" "tokens" "scale" "marks" "canvas" "dense" "hands" "triple" "fields" "state" "readout" "opening" "part1" "part2" "part3" "part4" "part5" "panels" "links"
);
/// Settings of a page that is served with models.
const SERVED: [&str; 7] = modules!("grid" "lens" "attention" "inside" "branches" "expected" "live");

/// All modules as one: a file that is opened from a disk cannot import others.
pub(super) fn script(served: bool) -> String {
    let behind = if served { SERVED.as_slice() } else { &[] };
    let main = [include_str!("script/main.js")];
    let lines = MODULES.iter().chain(behind).chain(&main).flat_map(|module| module.lines());
    let own =
        lines.filter(|line| !line.starts_with("import ")).map(|line| line.strip_prefix("export ").unwrap_or(line));
    own.flat_map(|line| [line, "\n"]).collect()
}

/// The content security policy: this script, if any, this style and embedded pictures. No requests, except to its own
/// server.
pub(super) fn policy(script: Option<&str>, style: &str, served: bool) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let (script, style) = (script.map_or_else(|| "'none'".to_owned(), hash), hash(style));
    let connect = if served { "'self'" } else { "'none'" };
    format!(
        "default-src 'none'; script-src {script}; style-src {style}; img-src data:; connect-src {connect}; \
         base-uri 'none'; form-action 'none'"
    )
}
