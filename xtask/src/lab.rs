//! The program that this package builds and runs: `lab`, in release.
use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use fs_err as fs;

use crate::{cargo, setup, steps::Steps};

/// The exit code of `lab part --check` if a figure has changed.
pub const CHANGED: i32 = 3;

/// How many [`Steps`] it takes to build it.
pub const STEPS: usize = 2;

/// This package is named too: with other packages than the workspace's, dependencies get other features and are
/// compiled again.
const BUILD: [&str; 6] = ["build", "--release", "--package", "lab-cli", "--package", "xtask"];

/// Where it is once it has been built.
pub fn path() -> PathBuf {
    cargo::target().join("release/lab")
}

/// Puts libtorch in place and builds the lab; the path of its binary.
///
/// # Errors
/// If set-up or the build fails.
pub fn build(steps: &Steps) -> Result<PathBuf> {
    setup::ensure(steps)?;
    steps.begin(if path().exists() {
        "the lab: compiling what has changed"
    } else {
        "the lab and libtorch's bindings: compiling, about two minutes on two cores"
    });
    cargo::build(&mut cargo::command(BUILD))?;
    Ok(path())
}

/// Builds the lab without libtorch, as the next of `steps`; the path of its binary.
///
/// # Errors
/// If the build fails.
pub fn build_without_libtorch(steps: &Steps) -> Result<PathBuf> {
    steps.begin("the lab without libtorch: compiling what has changed");
    let without = cargo::target().join("release/lab-without-libtorch");
    beside(|| {
        cargo::build(cargo::command(BUILD).arg("--no-default-features"))?;
        Ok(fs::rename(path(), &without)?)
    })?;
    Ok(without)
}

/// Runs what builds another lab: cargo has one place for all, and ours is put back there afterwards.
///
/// # Errors
/// Those of `build`, and if a file cannot be moved.
pub fn beside(build: impl FnOnce() -> Result<()>) -> Result<()> {
    let kept = path().with_extension("kept");
    if path().exists() {
        fs::rename(path(), &kept)?;
    }
    let result = build();
    if kept.exists() {
        // Not renamed over it: of two names of one file, that would leave both.
        let _ = fs::remove_file(path());
        fs::rename(kept, path())?;
    }
    result
}

/// `lab`, to be run in the workspace's root.
pub fn command(lab: &Path) -> Command {
    let mut command = Command::new(lab);
    command.current_dir(cargo::root());
    command
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// `cargo tree`'s lines for third-party packages, with their features.
    fn tree(args: &[&str]) -> BTreeSet<String> {
        let output = cargo::command(["tree", "--prefix", "none", "--format", "{p} {f}"]).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.replace(" (*)", "")).filter(|line| !line.contains(" (/")).collect()
    }

    #[test]
    fn xtask_the_lab_and_the_tests_share_what_they_need() {
        let of = |selection: &[&str]| tree(&[&["-e", "normal,build"], selection].concat());
        let (xtask, meanwhile) = (of(&["-p", "xtask"]), of(&setup::MEANWHILE));
        let lab = of(&["-p", "xtask", "-p", "lab-cli"]);
        let without_libtorch = of(&["-p", "xtask", "-p", "lab-cli", "--no-default-features"]);
        let tests = tree(&["-e", "normal,build,dev", "--workspace"]);
        for (first, then) in [(xtask, &lab), (meanwhile, &lab), (without_libtorch, &lab), (lab.clone(), &tests)] {
            let again: Vec<_> = first.difference(then).collect();
            assert!(
                again.is_empty(),
                "compiled twice, with other features (see crates/test-support/Cargo.toml): {again:?}"
            );
        }
    }
}
