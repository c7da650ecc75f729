//! The wheel route: the CPU part of PyTorch's wheel, through pip and so through whatever mirror pip is set up for.
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use fs_err::{self as fs, File};
use serde::Deserialize;

use super::{inspect::LIBTORCH_VERSION, unpack};
use crate::steps;

/// The wheels for one platform and what is taken from them.
#[derive(Deserialize)]
pub(super) struct Wheel {
    /// pip's names of the platform, newest first.
    tags: Vec<String>,
    /// Pinned by hash. Those of nvidia are here because `libtorch_cpu.so` names `libcupti` and `libcudart` as needed;
    /// no GPU is used.
    pub(super) requirements: Vec<String>,
    /// Files of the wheels that make up the folder's `lib`.
    pub(super) libraries: Vec<String>,
    /// The dependencies of these files that the system and the compiler do not have, from `readelf -d` and
    /// `llvm-objdump --macho --dylibs-used`.
    #[cfg(test)]
    pub(super) needed: Vec<String>,
    /// Bytes of the wheels, and of what is unpacked from them.
    pub(super) bytes: u64,
    unpacked: u64,
}

impl Wheel {
    /// Downloads the wheels into `downloads` (those already there are kept) and makes a libtorch of them in `folder`.
    pub(super) fn fetch(&self, downloads: &Path, folder: &Path) -> Result<()> {
        unpack::check_free_space(downloads, self.bytes.saturating_sub(size(downloads)) + self.unpacked)?;
        self.download(downloads)?;
        let mut wheels: Vec<PathBuf> = fs::read_dir(downloads)?.flatten().map(|entry| entry.path()).collect();
        wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
        wheels.sort();
        self.assemble(&wheels, folder)
    }

    /// Runs pip, which checks the hashes and leaves only complete files in `downloads`. Its output is used for error
    /// messages.
    fn download(&self, downloads: &Path) -> Result<()> {
        let no_pip = "the wheel route needs `python3 -m pip`, which does not run: install Python 3 with pip";
        let probe = Command::new("python3").args(["-m", "pip", "--version"]).output().context(no_pip)?;
        if !probe.status.success() {
            let stderr = String::from_utf8_lossy(&probe.stderr);
            bail!("{no_pip} ({})", stderr.lines().last().unwrap_or_default().trim());
        }
        let (requirements, log) = (downloads.join("requirements.txt"), downloads.join("pip.log"));
        fs::write(&requirements, self.requirements.join("\n"))?;
        // Where pip keeps what it has not yet verified: beside the rest, so that its size can be watched.
        let unverified = downloads.join("unverified");
        fs::create_dir_all(&unverified)?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"])
            // One and the same wheel whatever Python is installed.
            .args(["--implementation", "cp", "--python-version", "3.12", "--progress-bar", "off"])
            .args(self.tags.iter().flat_map(|tag| ["--platform", tag]))
            .args(["--require-hashes", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(downloads)
            .env("TMPDIR", &unverified)
            .stdout(File::create(&log)?.into_parts().0)
            .stderr(Stdio::from(fs::OpenOptions::new().append(true).open(&log)?.into_parts().0));
        let bar = steps::bar(self.bytes, "{bar:12} {decimal_bytes}/{decimal_total_bytes}");
        let mut pip = pip.spawn().context(no_pip)?;
        let status = loop {
            if let Some(status) = pip.try_wait()? {
                break status;
            }
            bar.set_position(size(downloads).min(self.bytes));
            thread::sleep(Duration::from_millis(100));
        };
        bar.finish_and_clear();
        fs::remove_dir_all(&unverified)?;
        if !status.success() {
            let output = fs::read_to_string(&log)?;
            eprint!("{output}");
            let cause = why(&output).unwrap_or_else(|| status.to_string());
            bail!(
                "pip could not download the wheels of torch {LIBTORCH_VERSION} ({cause}): check the network, the \
                   proxy and pip's index"
            );
        }
        Ok(())
    }

    /// Makes a libtorch of the wheels.
    fn assemble(&self, wheels: &[PathBuf], folder: &Path) -> Result<()> {
        for wheel in wheels {
            unpack::unpack(wheel, folder, |name| self.place(name))?;
        }
        for library in &self.libraries {
            let there = self.place(Path::new(library)).is_some_and(|path| folder.join(path).exists());
            ensure!(there, "no wheel holds {library}");
        }
        if !folder.join("lib/libtorch.dylib").exists() {
            // The wheel's own libtorch.so pulls in libtorch_cuda.so; torch-sys asks the linker for `-ltorch`. macOS's
            // library is as small as this.
            fs::write(folder.join("lib/libtorch.so"), "INPUT(-ltorch_cpu)\n")?;
        }
        fs::write(folder.join("build-version"), format!("{LIBTORCH_VERSION}\n"))?;
        Ok(())
    }

    /// Where a file of a wheel goes: the headers to `include`, the libraries to `lib`.
    fn place(&self, name: &Path) -> Option<PathBuf> {
        if let Ok(header) = name.strip_prefix("torch/include") {
            return Some(Path::new("include").join(header));
        }
        let wanted = self.libraries.iter().any(|library| Path::new(library) == name);
        Some(Path::new("lib").join(name.file_name()?)).filter(|_| wanted)
    }
}

/// Bytes of the files below a folder; what vanishes meanwhile does not count.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => size(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// pip's explanation: its first error, except that without a network the last one is only "no matching distribution".
fn why(output: &str) -> Option<String> {
    if output.contains("after connection broken by") {
        return Some("no connection to pip's index".to_owned());
    }
    output.lines().find_map(|line| line.strip_prefix("ERROR: ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{PLATFORMS, unpack::tests::archive},
        *,
    };

    const HEADER: &str = "torch/include/torch/csrc/api/include/torch/torch.h";

    #[test]
    fn the_wheels_make_a_libtorch() {
        for platform in &*PLATFORMS {
            let dir = tempfile::tempdir().unwrap();
            let files = platform.wheel.libraries.iter().map(String::as_str);
            let files = files.chain([HEADER, "torch/lib/libtorch_cuda.so"]).map(|file| (file, &b"content"[..]));
            let (torch, nvidia): (Vec<_>, Vec<_>) = files.partition(|(file, _)| file.starts_with("torch"));
            let mut wheels = vec![archive(&dir.path().join("a.whl"), &torch)];
            wheels.extend((!nvidia.is_empty()).then(|| archive(&dir.path().join("b.whl"), &nvidia)));
            let folder = dir.path().join("libtorch");
            platform.wheel.assemble(&wheels, &folder).unwrap();
            let linux = platform.os == "linux";
            if linux == cfg!(target_os = "linux") {
                super::super::inspect::check(&folder, "test").unwrap();
            }
            let script = fs::read_to_string(folder.join("lib/libtorch.so")).ok();
            assert_eq!(script.as_deref(), linux.then_some("INPUT(-ltorch_cpu)\n"));
            assert_eq!(folder.join("lib/libcupti.so.13").exists(), linux);
            assert!(!folder.join("lib/libtorch_cuda.so").exists());
        }
    }

    #[test]
    fn a_missing_library_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let wheels = [archive(&dir.path().join("a.whl"), &[(HEADER, b"header")])];
        let message = PLATFORMS[0].wheel.assemble(&wheels, &dir.path().join("libtorch")).unwrap_err().to_string();
        assert!(message.contains("no wheel holds torch/lib/libtorch_cpu.so"), "{message}");
    }

    #[test]
    fn pips_own_words_are_the_cause() {
        let refused = "Collecting torch==2.13.0\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\nERROR: more\n";
        assert_eq!(why(refused).unwrap(), "THESE PACKAGES DO NOT MATCH THE HASHES");
        let dead = "WARNING: Retrying after connection broken by 'x'\nERROR: No matching distribution\n";
        assert_eq!(why(dead).unwrap(), "no connection to pip's index");
        assert_eq!(why("Saved a.whl\n"), None);
    }
}
