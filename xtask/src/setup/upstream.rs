//! The upstream route: the CPU build that the PyTorch project publishes.
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{SetupError, unpack};
use crate::download;

/// How long the server may take to answer before the wheel is tried.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// A published archive. Upstream states no checksums: these are the ones that two public packagings of it agree on.
struct Archive {
    os: &'static str,
    arch: &'static str,
    url: &'static str,
    bytes: u64,
    sha256: &'static str,
    /// Room for the archive and what is in it; the exact sum is checked before unpacking.
    room: u64,
}

const ARCHIVES: [Archive; 2] = [
    Archive {
        os: "linux",
        arch: "x86_64",
        url: "https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip",
        bytes: 126_385_248,
        sha256: "edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e",
        room: 700_000_000,
    },
    Archive {
        os: "macos",
        arch: "aarch64",
        url: "https://download.pytorch.org/libtorch/cpu/libtorch-macos-arm64-2.13.0.zip",
        bytes: 88_779_559,
        sha256: "1e10c6c4dc2764150c9fb2ad28e1889191302734e7f939108e5d2f22f21a06f8",
        room: 500_000_000,
    },
];

/// Downloads the archive into `downloads` (a part already there is gone on with) and unpacks it as `folder`.
pub(super) fn fetch(downloads: &Path, folder: &Path) -> Result<(), SetupError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let Some(archive) = ARCHIVES.iter().find(|archive| archive.os == os && archive.arch == arch) else {
        return Err(SetupError::Platform { route: "upstream build", platform: format!("{os}-{arch}") });
    };
    let cause = |error: anyhow::Error| SetupError::Upstream { cause: error.to_string() };
    let options = download::Options::default();
    let file = downloads.join("libtorch.zip");
    if !file.exists() {
        download::reach(archive.url, REACH_WITHIN, &options).map_err(cause)?;
    }
    unpack::room(downloads, archive.room)?;
    let request = download::Request::new(archive.url).bytes(archive.bytes).sha256(archive.sha256).label("libtorch");
    download::fetch(&request, &file, &options).map_err(cause)?;
    unpack::unpack(&file, folder, place)
}

/// The archive has one folder, `libtorch`, whose content is what builds use.
fn place(name: &Path) -> Option<PathBuf> {
    name.strip_prefix("libtorch").ok().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_archive_is_of_the_version_that_is_needed_and_pinned() {
        for archive in &ARCHIVES {
            assert!(archive.url.contains(super::super::LIBTORCH_VERSION), "{}", archive.url);
            assert_eq!(archive.sha256.len(), 64);
            assert!(archive.room > 4 * archive.bytes);
        }
    }
}
