//! Is a folder the libtorch that the lab needs?
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LIBTORCH_VERSION, SetupError};

/// Accepts a folder with the headers and libraries of libtorch [`LIBTORCH_VERSION`].
///
/// The version is the one in `build-version`, or in `version.py` of a Python torch; a folder that states none is
/// taken at its word, as torch-sys does.
pub(super) fn check(path: &Path, origin: &'static str) -> Result<(), SetupError> {
    let library = if cfg!(target_os = "macos") { "lib/libtorch_cpu.dylib" } else { "lib/libtorch_cpu.so" };
    for needed in ["include/torch/csrc/api/include/torch/torch.h", library] {
        if !path.join(needed).exists() {
            return Err(SetupError::NotLibtorch { path: path.to_owned(), origin, missing: needed.to_owned() });
        }
    }
    match version(path) {
        Some(found) if found.split('+').next() != Some(LIBTORCH_VERSION) => {
            Err(SetupError::Version { path: path.to_owned(), origin, found })
        }
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
pub(super) fn python_torch() -> Result<PathBuf, SetupError> {
    // As torch-sys finds its interpreter.
    let python = if std::env::var_os("VIRTUAL_ENV").is_some() { "python" } else { "python3" };
    let output = Command::new(python)
        .args(["-c", "import os, torch; print(os.path.dirname(torch.__file__))"])
        .output()
        .map_err(|cause| SetupError::NoPythonTorch { cause: cause.to_string() })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().into())
    } else {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(SetupError::NoPythonTorch { cause: stderr.lines().last().unwrap_or("no reason given").to_owned() })
    }
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
    fn the_right_version_is_accepted_with_and_without_a_suffix() {
        check(libtorch("build-version", "2.13.0\n").path(), "test").unwrap();
        check(libtorch("build-version", "2.13.0+cpu").path(), "test").unwrap();
        check(libtorch("version.py", "__version__ = '2.13.0+cu130'\ndebug = False\n").path(), "test").unwrap();
    }

    #[test]
    fn another_version_is_named_with_what_is_needed() {
        for dir in [libtorch("build-version", "2.4.1+cpu\n"), libtorch("version.py", "__version__ = '2.4.1+cpu'\n")] {
            let message = check(dir.path(), "LIBTORCH").unwrap_err().to_string();
            assert!(message.contains("(LIBTORCH) is libtorch 2.4.1+cpu, and this lab needs 2.13.0"), "{message}");
            assert!(message.contains("cargo xtask setup"), "{message}");
        }
    }

    #[test]
    fn a_folder_that_is_no_libtorch_says_what_it_lacks() {
        let dir = tempfile::tempdir().unwrap();
        let message = check(dir.path(), "--libtorch").unwrap_err().to_string();
        assert!(message.contains("it has no include/torch"), "{message}");
    }
}
