//! `cargo xtask setup`: installs libtorch 2.13.0 (CPU) once.
//!
//! The order: `--libtorch`; else the environment's `LIBTORCH` or `LIBTORCH_USE_PYTORCH`; else the one from an earlier
//! set-up; else upstream's CPU build; else the CPU part of PyTorch's wheel. The choice is recorded in
//! `.cargo/libtorch.toml`, where every later cargo command finds it without an environment variable.
//!
//! Downloads are unpacked below `.libtorch`. One rename creates the folder that builds use, so an interrupted run never
//! leaves an incomplete one.
mod inspect;
mod record;
mod unpack;
mod upstream;
mod wheel;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

use anyhow::{Context, Error, Result, anyhow};
use clap::Args;
use fs_err as fs;
pub use inspect::LIBTORCH_VERSION;
use serde::Deserialize;
use upstream::Archive;
use wheel::Wheel;

use crate::{
    cargo::{self, root},
    disk::{human, lock},
    steps::{self, Steps},
};

/// `cargo xtask setup`
#[derive(Args)]
pub struct SetupArgs {
    /// A libtorch 2.13.0 that is here [default: the CPU build of the PyTorch project, or else the CPU part of the
    /// PyPI wheel, through pip]
    #[arg(long, value_name = "PATH")]
    libtorch: Option<PathBuf>,
}

/// The downloads for one kind of machine.
#[derive(Deserialize)]
struct Platform {
    os: String,
    arch: String,
    upstream: Option<Archive>,
    wheel: Wheel,
}

/// All that is known.
static PLATFORMS: LazyLock<Vec<Platform>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../libtorch.json")).expect("the tests read it"));

/// Installs libtorch if needed, and prints its path.
///
/// # Errors
/// If no libtorch is available; the message names the cause and the next command.
pub fn run(args: &SetupArgs) -> Result<()> {
    let path = place(args.libtorch.as_deref(), &Steps::new(1), None)?;
    println!("libtorch {LIBTORCH_VERSION}: {}", path.display());
    Ok(())
}

/// Installs libtorch if needed, as the next of `steps`. During a download, code that does not need libtorch is
/// compiled.
///
/// # Errors
/// As [`run`].
pub fn ensure(steps: &Steps) -> Result<()> {
    let args = ["build", "--quiet", "--release"].into_iter().chain(MEANWHILE);
    place(None, steps, Some(cargo::command(args))).map(drop)
}

/// The packages to compile during the download: no more than fit into a fast download, since the lab's build must not
/// wait for them.
pub(crate) const MEANWHILE: [&str; 6] = ["-p", "softmax-viz", "-p", "softmax-core", "-p", "xtask"];

/// The folder of the libtorch in place.
fn place(named: Option<&Path>, steps: &Steps, meanwhile: Option<Command>) -> Result<PathBuf> {
    let store = root().join(".libtorch");
    let home = store.join(format!("{LIBTORCH_VERSION}-cpu"));
    let recorded = record::read(root())?;

    let named = match named {
        Some(path) => Some((path.to_owned(), "--libtorch")),
        None => from_environment(recorded.as_deref())?,
    };
    if let Some((path, origin)) = named {
        inspect::check(&path, origin)?;
        let path = fs::canonicalize(path)?;
        record::write(root(), &path)?;
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: the one that {origin} names"));
        return Ok(path);
    }
    if let Some(path) = recorded.iter().chain([&home]).find(|path| inspect::check(path, "set-up").is_ok()) {
        record::write(root(), path)?;
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: in place"));
        return Ok(path.clone());
    }

    fs::create_dir_all(&store)?;
    // Held until this function returns: a second run waits here and then finds everything in place.
    let _held = lock(&store.join("lock"), || eprintln!("another run is setting libtorch up; waiting for it"))?;
    if inspect::check(&home, "set-up").is_ok() {
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: in place by another run"));
    } else {
        fetch(&store, &home, steps, meanwhile).context(
            "no libtorch; once that is mended, run `cargo xtask setup` again, or name a libtorch that is \
                      there with `cargo xtask setup --libtorch PATH`",
        )?;
    }
    record::write(root(), &home)?;
    Ok(home)
}

/// The folder that the reader's environment names, with the variable's name.
///
/// Cargo sets its configured `LIBTORCH` for programs that it runs: the recorded one or, before set-up, the placeholder
/// folder. Neither was set by the user.
fn from_environment(recorded: Option<&Path>) -> Result<Option<(PathBuf, &'static str)>> {
    if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        return Ok(Some((inspect::python_torch()?, "LIBTORCH_USE_PYTORCH")));
    }
    let Some(path) = env::var_os("LIBTORCH").map(PathBuf::from) else { return Ok(None) };
    let ours = path == record::absent(root()) || Some(path.as_path()) == recorded;
    Ok((!ours).then_some((path, "LIBTORCH")))
}

/// The compilation during the download. It is optional, so its failure is ignored.
struct Meanwhile(Option<Child>);

impl Meanwhile {
    fn start(command: Option<Command>) -> Self {
        Self(command.and_then(|mut command| command.stderr(Stdio::null()).spawn().ok()))
    }

    fn wait(mut self) {
        let bar = steps::bar(0, "compiling what needs no libtorch");
        let _ = self.0.take().map(|mut child| child.wait());
        bar.finish_and_clear();
    }
}

impl Drop for Meanwhile {
    fn drop(&mut self) {
        let _ = self.0.take().map(|mut child| child.kill());
    }
}

/// Downloads upstream's build, or else the wheel, and moves the result to `home`.
fn fetch(store: &Path, home: &Path, steps: &Steps, meanwhile: Option<Command>) -> Result<()> {
    let (os, arch) = (env::consts::OS, env::consts::ARCH);
    let platform = PLATFORMS.iter().find(|platform| (&*platform.os, &*platform.arch) == (os, arch));
    let platform = platform.ok_or_else(|| no_route(os, arch))?;
    let wheel = &platform.wheel;
    let downloads = store.join("download");
    fs::create_dir_all(&downloads)?;
    // Left by an interrupted run. Downloads are kept, and both routes resume them.
    let unpacked = store.join("unpacking");
    remove(&unpacked)?;

    let begin = |bytes: u64, whose: &str| {
        let seconds = bytes as f64 / 1e7;
        let bytes = human(bytes);
        steps.begin(&format!("libtorch {LIBTORCH_VERSION} for the CPU: {bytes}, {seconds:.0} s at 10 MB/s ({whose})"));
    };
    let upstream = platform.upstream.as_ref().map(|archive| archive.reach(&downloads).map(|()| archive));
    match &upstream {
        Some(Ok(archive)) => begin(archive.bytes, "upstream's CPU build"),
        Some(Err(_)) => begin(wheel.bytes, "PyTorch's wheel, since upstream cannot be reached"),
        None => begin(wheel.bytes, "PyTorch's wheel"),
    }
    let meanwhile = Meanwhile::start(meanwhile);
    match upstream.map(|archive| archive?.fetch(&downloads, &unpacked)) {
        Some(Ok(())) => {}
        Some(Err(no_upstream)) => {
            remove(&unpacked)?;
            wheel.fetch(&downloads, &unpacked).map_err(|no_wheel| anyhow!("{no_upstream:#}, and {no_wheel:#}"))?;
        }
        None => wheel.fetch(&downloads, &unpacked)?,
    }
    inspect::check(&unpacked, "downloaded")?;
    remove(home)?;
    fs::rename(&unpacked, home)?;
    remove(&downloads)?;
    meanwhile.wait();
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Why nothing can be downloaded here, and what can be done instead.
fn no_route(os: &str, arch: &str) -> Error {
    if os == "windows" {
        return anyhow!(
            "on Windows the lab runs in WSL: `wsl --install`, then clone and run the project in there (README.md)"
        );
    }
    anyhow!(
        "no CPU build of it is known for {os}-{arch}: `pip install torch=={LIBTORCH_VERSION}`, then \
         `LIBTORCH_USE_PYTORCH=1 cargo xtask setup`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_of_the_version_that_is_needed_pinned_and_whole() {
        for Platform { upstream, wheel, .. } in &*PLATFORMS {
            if let Some(archive) = upstream {
                assert!(archive.url.contains(LIBTORCH_VERSION) && archive.sha256.len() == 64, "{}", archive.url);
            }
            assert!(wheel.requirements[0].starts_with(&format!("torch=={LIBTORCH_VERSION} ")));
            for line in &wheel.requirements {
                assert_eq!(line.split_once(" --hash=sha256:").unwrap().1.len(), 64, "{line}");
            }
            for name in &wheel.needed {
                assert!(wheel.libraries.iter().any(|library| library.ends_with(&format!("/{name}"))), "{name}");
            }
        }
    }

    #[test]
    fn where_nothing_can_be_downloaded_the_next_step_is_said() {
        assert!(no_route("windows", "x86_64").to_string().contains("in WSL"));
        let other = no_route("freebsd", "x86_64").to_string();
        assert!(other.contains("freebsd-x86_64") && other.contains("LIBTORCH_USE_PYTORCH=1"), "{other}");
    }
}
