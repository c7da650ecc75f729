//! The upstream route: the CPU build that the PyTorch project publishes.
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Deserialize;

use super::unpack;
use crate::download;

/// The archive's name while it is here.
const FILE: &str = "libtorch.zip";

/// A published archive. Upstream states no checksums: ours are those that two public packagings of it agree on.
#[derive(Deserialize)]
pub(super) struct Archive {
    pub(super) url: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Bytes of what is in it, about; the exact sum is checked before unpacking.
    unpacked: u64,
}

impl Archive {
    /// Whether its server responds. A partial download is resumed without this check.
    pub(super) fn reach(&self, downloads: &Path) -> Result<()> {
        if !downloads.join(FILE).exists() {
            download::reach(&self.url, download::REACH_WITHIN, &download::Options::default())?;
        }
        Ok(())
    }

    /// Downloads it into `downloads` (a part already there is gone on with) and unpacks it as `folder`.
    pub(super) fn fetch(&self, downloads: &Path, folder: &Path) -> Result<()> {
        unpack::check_free_space(downloads, self.bytes + self.unpacked)?;
        let file = downloads.join(FILE);
        let request = download::Request {
            url: &self.url,
            bytes: Some(self.bytes),
            sha256: &self.sha256,
            label: "libtorch",
            token: None,
        };
        download::fetch(&request, &file, &download::Options::default())?;
        unpack::unpack(&file, folder, place)
    }
}

/// The archive has one folder, `libtorch`, whose content is what builds use.
fn place(name: &Path) -> Option<PathBuf> {
    name.strip_prefix("libtorch").ok().map(Path::to_owned)
}
