//! Is a folder the libtorch that the lab needs?
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;

/// The libtorch that tch 0.26 is written for.
pub const LIBTORCH_VERSION: &str = "2.13.0";

/// Accepts a folder with the headers and libraries of libtorch [`LIBTORCH_VERSION`]; `origin` is the option or variable
/// that named it.
///
/// The version is the one in `build-version`, or in `version.py` of a Python torch; a folder that states none is
/// taken at its word, as torch-sys does.
pub(super) fn check(path: &Path, origin: &str) -> Result<()> {
    let library = if cfg!(target_os = "macos") { "lib/libtorch_cpu.dylib" } else { "lib/libtorch_cpu.so" };
    for needed in ["include/torch/csrc/api/include/torch/torch.h", library] {
        ensure!(
            path.join(needed).exists(),
            "{} ({origin}) is not a libtorch: it has no {needed}; name a folder with include/ and lib/ with `cargo \
             xtask setup --libtorch PATH`, or leave it out to download one",
            path.display()
        );
    }
    match version(path) {
        Some(found) if found.split('+').next() != Some(LIBTORCH_VERSION) => bail!(
            "{} ({origin}) is libtorch {found}, and this lab needs {LIBTORCH_VERSION}: unset it and run `cargo xtask \
             setup` to download one, or name another with `cargo xtask setup --libtorch PATH`",
            path.display()
        ),
        _ => Ok(()),
    }
}

/// The version that a libtorch folder states, with its `+cpu`.
fn version(path: &Path) -> Option<String> {
    if let Ok(text) = fs::read_to_string(path.join("build-version")) {
        return Some(text.trim().to_owned());
    }
    let text = fs::read_to_string(path.join("version.py")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(line.trim_matches(['\'', '"']).to_owned())
}

/// The folder of the torch that `python3` imports; it is laid out as a libtorch.
pub(super) fn python_torch() -> Result<PathBuf> {
    let hint = || {
        format!(
            "LIBTORCH_USE_PYTORCH is set, but `python3 -c 'import torch'` fails; `pip install \
             torch=={LIBTORCH_VERSION}`, or unset it and run `cargo xtask setup`"
        )
    };
    // As torch-sys finds its interpreter.
    let python = if env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let print = "import os, torch; print(os.path.dirname(torch.__file__))";
    let output = Command::new(python).args(["-c", print]).output().with_context(hint)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    bail!("{}: {}", hint(), stderr.lines().last().unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libtorch(version_file: &str, text: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in ["include/torch/csrc/api/include/torch/torch.h", "lib/libtorch_cpu.so", "lib/libtorch_cpu.dylib"] {
            fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
            fs::write(dir.path().join(file), "").unwrap();
        }
        fs::write(dir.path().join(version_file), text).unwrap();
        dir
    }

    #[test]
    fn a_version_is_accepted_or_named_with_what_is_needed() {
        for (file, text, accepted) in [
            ("build-version", "2.13.0\n", true),
            ("build-version", "2.13.0+cpu", true),
            ("version.py", "__version__ = '2.13.0+cu130'\ndebug = False\n", true),
            ("build-version", "2.4.1+cpu\n", false),
            ("version.py", "__version__ = '2.4.1+cpu'\n", false),
        ] {
            let message = check(libtorch(file, text).path(), "LIBTORCH").map_err(|error| error.to_string());
            assert_eq!(message.is_ok(), accepted, "{text}");
            let wanted = "(LIBTORCH) is libtorch 2.4.1+cpu, and this lab needs 2.13.0";
            assert!(message.is_ok() || message.is_err_and(|message| message.contains(wanted)));
        }
        let nothing = tempfile::tempdir().unwrap();
        let message = check(nothing.path(), "--libtorch").unwrap_err().to_string();
        assert!(message.contains("it has no include/torch"), "{message}");
    }
}
