//! The upstream route: the CPU build that the PyTorch project publishes.
use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;

use super::unpack;
use crate::download;

/// How long the server may take to answer before the wheel is tried.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// The archive's name while it is here.
const FILE: &str = "libtorch.zip";

/// A published archive. Upstream states no checksums: these are the ones that two public packagings of it agree on.
pub(super) struct Archive {
    os: &'static str,
    arch: &'static str,
    url: &'static str,
    pub(super) bytes: u64,
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

/// The archive for this machine.
pub(super) fn here() -> Option<&'static Archive> {
    ARCHIVES.iter().find(|archive| (archive.os, archive.arch) == (env::consts::OS, env::consts::ARCH))
}

impl Archive {
    /// Whether its server answers; a part that is there already is gone on with unasked.
    pub(super) fn reach(&self, downloads: &Path) -> Result<()> {
        if !downloads.join(FILE).exists() {
            download::reach(self.url, REACH_WITHIN, &download::Options::default())?;
        }
        Ok(())
    }

    /// Downloads it into `downloads` (a part already there is gone on with) and unpacks it as `folder`.
    pub(super) fn fetch(&self, downloads: &Path, folder: &Path) -> Result<()> {
        unpack::room(downloads, self.room)?;
        let file = downloads.join(FILE);
        let Self { url, bytes, sha256, .. } = *self;
        let request =
            download::Request { url, bytes: Some(bytes), sha256: Some(sha256), token: None, label: "libtorch" };
        download::fetch(&request, &file, &download::Options::default())?;
        unpack::unpack(&file, folder, place)
    }
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
