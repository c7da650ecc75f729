//! The lab's own program, as the other commands run it.
use std::path::PathBuf;

use crate::{Error, cargo, setup};

/// The path of the lab's binary, built in release.
pub(crate) fn build_lab() -> Result<PathBuf, Error> {
    setup::run(&setup::SetupArgs::default())?;
    cargo::run(&mut cargo::command(["build", "--quiet", "--release", "--package", "lab-cli"]))?;
    Ok(built_lab())
}

/// Where the lab's binary is once it has been built.
pub(crate) fn built_lab() -> PathBuf {
    cargo::target().join("release/lab")
}
