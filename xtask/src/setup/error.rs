//! Why set-up could not put libtorch in place, and what to type next.
use std::io;
use std::path::{Path, PathBuf};

use super::LIBTORCH_VERSION;
use crate::disk::human;

/// Why set-up could not put libtorch in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The folder holds another libtorch.
    #[error(
        "{} ({origin}) is libtorch {found}, and this lab needs {LIBTORCH_VERSION}: unset it and run \
         `cargo xtask setup` to download one, or name another with `cargo xtask setup --libtorch PATH`",
        path.display()
    )]
    Version {
        /// The folder.
        path: PathBuf,
        /// Who named it.
        origin: &'static str,
        /// The version that it states.
        found: String,
    },
    /// The folder is no libtorch.
    #[error(
        "{} ({origin}) is not a libtorch: it has no {missing}; name a folder with include/ and lib/ with \
         `cargo xtask setup --libtorch PATH`, or leave it out to download one",
        path.display()
    )]
    NotLibtorch {
        /// The folder.
        path: PathBuf,
        /// Who named it.
        origin: &'static str,
        /// What it lacks, relative to it.
        missing: String,
    },
    /// `LIBTORCH_USE_PYTORCH` is set and Python has no torch.
    #[error(
        "LIBTORCH_USE_PYTORCH is set, but `python3 -c 'import torch'` fails ({cause}): \
         `pip install torch=={LIBTORCH_VERSION}`, or unset it and run `cargo xtask setup`"
    )]
    NoPythonTorch {
        /// What Python said.
        cause: String,
    },
    /// The disk is too full.
    #[error(
        "{} has {} free and set-up needs {}: make room there and run `cargo xtask setup` again, or name a libtorch on \
         another disk with `cargo xtask setup --libtorch PATH`",
        path.display(), human(*free), human(*needed)
    )]
    NoSpace {
        /// A folder on that disk.
        path: PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes needed.
        needed: u64,
    },
    /// No `python3 -m pip`.
    #[error(
        "the wheel route needs `python3 -m pip`, which does not run ({cause}): install Python 3 with pip, or name a \
         libtorch with `cargo xtask setup --libtorch PATH`"
    )]
    NoPip {
        /// What the system or Python said.
        cause: String,
    },
    /// pip ran and failed.
    #[error(
        "pip could not download {what} ({cause}): check the network, the proxy and pip's index, then run \
         `cargo xtask setup` again, or name a libtorch with `cargo xtask setup --libtorch PATH`"
    )]
    Pip {
        /// The packages.
        what: &'static str,
        /// The line in which pip says why.
        cause: String,
    },
    /// Upstream's file could not be had.
    #[error("upstream's CPU build cannot be had ({cause})")]
    Upstream {
        /// Why.
        cause: String,
    },
    /// This platform has no automatic route.
    #[error(
        "no {route} of libtorch is known for {platform}: `pip install torch=={LIBTORCH_VERSION}` and \
         `LIBTORCH_USE_PYTORCH=1 cargo xtask setup`, or `cargo xtask setup --libtorch PATH`"
    )]
    Platform {
        /// The route that was tried.
        route: &'static str,
        /// This machine, as Rust names it.
        platform: String,
    },
    /// Neither automatic route worked.
    #[error("no libtorch: {upstream}, and {wheel}")]
    NoRoute {
        /// Why not from upstream.
        upstream: Box<SetupError>,
        /// Why not from the wheel.
        wheel: Box<SetupError>,
    },
    /// An archive that does not read, or holds a path that leads out of its folder, or lacks what was expected.
    #[error("{} cannot be unpacked: {cause}; delete it and run `cargo xtask setup` again", archive.display())]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// Why.
        cause: String,
    },
    /// A file operation failed.
    #[error("{}: {cause}; check the folder's permissions and room, then run `cargo xtask setup` again", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        cause: io::Error,
    },
}

/// Names the path in an I/O error.
pub(super) trait IoContext<T> {
    fn at(self, path: &Path) -> Result<T, SetupError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, SetupError> {
        self.map_err(|cause| SetupError::Io { path: path.to_owned(), cause })
    }
}
