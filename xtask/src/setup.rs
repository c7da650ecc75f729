//! `cargo xtask setup`: libtorch 2.13.0 (CPU), put in place once.
//!
//! The order: `--libtorch`; else `LIBTORCH` or `LIBTORCH_USE_PYTORCH` of the environment; else what an earlier set-up
//! has put in place; else upstream's CPU build; else the CPU part of PyTorch's wheel. What was chosen is recorded in
//! `.cargo/libtorch.toml`, where every later cargo command finds it without an environment variable.
//!
//! All that is downloaded and unpacked lies below `.libtorch`; the folder that builds use appears there in one rename,
//! so that an interrupted run leaves nothing that a later one would take for whole.
mod inspect;
mod record;
mod unpack;
mod upstream;
mod wheel;

use std::{
    convert::Infallible,
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
};

use anyhow::{Context, Error, Result, anyhow};
use clap::Args;
use fs_err::{self as fs, File};

use crate::{
    cargo::{self, root},
    disk::human,
    steps::{self, Steps},
};

/// The libtorch that tch 0.26 is written for.
pub const LIBTORCH_VERSION: &str = "2.13.0";

/// `cargo xtask setup`
#[derive(Args, Default)]
pub struct SetupArgs {
    /// Where libtorch comes from: `upstream` (the CPU build of the PyTorch project), `wheel` (the CPU part of the
    /// PyPI wheel, through pip) or the PATH of a libtorch 2.13.0 [default: the first that can be had]
    #[arg(long, value_name = "upstream|wheel|PATH")]
    libtorch: Option<Route>,
}

/// Where libtorch is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    /// The CPU build of the PyTorch project.
    Upstream,
    /// The CPU part of PyTorch's wheel.
    Wheel,
    /// A folder that holds libtorch already.
    Path(PathBuf),
}

impl FromStr for Route {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "upstream" => Self::Upstream,
            "wheel" => Self::Wheel,
            path => Self::Path(path.into()),
        })
    }
}

/// Puts libtorch in place unless it is there, and prints one line that says where.
///
/// # Errors
/// If it cannot be had; the message names the cause and the next thing to type.
pub fn run(args: &SetupArgs) -> Result<()> {
    let path = place(args.libtorch.as_ref(), &Steps::new(1), None)?;
    println!("libtorch {LIBTORCH_VERSION}: {}", path.display());
    Ok(())
}

/// Puts libtorch in place unless it is there, as the next of `steps`. If that takes a download, what does not need
/// libtorch is compiled meanwhile.
///
/// # Errors
/// As [`run`].
pub fn ensure(steps: &Steps) -> Result<()> {
    // No more than is compiled in the time of a fast download: what is on the way to the lab must not wait for it.
    let args = ["build", "--quiet", "--release", "-p", "viz", "-p", "softmax-core", "-p", "xtask"];
    place(None, steps, Some(cargo::command(args))).map(drop)
}

/// The folder of the libtorch in place.
fn place(route: Option<&Route>, steps: &Steps, meanwhile: Option<Command>) -> Result<PathBuf> {
    let store = root().join(".libtorch");
    let home = store.join(format!("{LIBTORCH_VERSION}-cpu"));
    let recorded = record::read(root())?;

    let forced = match route {
        Some(Route::Path(path)) => Some((path.clone(), "--libtorch")),
        Some(_) => None,
        None => from_environment(recorded.as_deref())?,
    };
    if let Some((path, origin)) = forced {
        inspect::check(&path, origin)?;
        let path = fs::canonicalize(path)?;
        record::write(root(), &path)?;
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: the one that {origin} names"));
        return Ok(path);
    }
    if route.is_none()
        && let Some(path) = recorded.iter().chain([&home]).find(|path| inspect::check(path, "set-up").is_ok())
    {
        record::write(root(), path)?;
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: in place"));
        return Ok(path.clone());
    }

    fs::create_dir_all(&store)?;
    // Held until this function returns: a second run waits here and then finds everything in place.
    let lock = File::create(store.join("lock"))?;
    lock.file().lock().context(".libtorch/lock")?;
    if route.is_none() && inspect::check(&home, "set-up").is_ok() {
        steps.begin(&format!("libtorch {LIBTORCH_VERSION}: in place by another run"));
    } else {
        fetch(route, &store, &home, steps, meanwhile).context(
            "no libtorch; once that is mended, run `cargo xtask setup` again, or name a libtorch that is \
                      there with `cargo xtask setup --libtorch PATH`",
        )?;
    }
    record::write(root(), &home)?;
    Ok(home)
}

/// The folder that the reader's environment names, with the variable's name.
///
/// Cargo hands its configured `LIBTORCH` to what it runs: the recorded one, or before set-up the folder that says
/// that there is none. Neither is the reader's.
fn from_environment(recorded: Option<&Path>) -> Result<Option<(PathBuf, &'static str)>> {
    if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        return Ok(Some((inspect::python_torch()?, "LIBTORCH_USE_PYTORCH")));
    }
    let Some(path) = env::var_os("LIBTORCH").map(PathBuf::from) else { return Ok(None) };
    let ours = path == record::absent(root()) || Some(path.as_path()) == recorded;
    Ok((!ours).then_some((path, "LIBTORCH")))
}

/// What compiles while libtorch is loaded. Without it nothing goes wrong, so that nobody hears of its end but who waits.
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

/// Downloads by the forced route, or by the first that works, and moves the result to `home`.
fn fetch(forced: Option<&Route>, store: &Path, home: &Path, steps: &Steps, meanwhile: Option<Command>) -> Result<()> {
    let upstream = upstream::here().filter(|_| forced != Some(&Route::Wheel));
    let wheel = wheel::here().filter(|_| forced != Some(&Route::Upstream));
    if upstream.is_none() && wheel.is_none() {
        return Err(no_route(env::consts::OS, env::consts::ARCH));
    }
    let downloads = store.join("download");
    fs::create_dir_all(&downloads)?;
    // Left by an interrupted run; downloads are kept, both routes go on with them.
    let unpacked = store.join("unpacking");
    remove(&unpacked)?;

    let reached = upstream.map(|archive| archive.reach(&downloads).map(|()| archive));
    let (bytes, whose) = match (&reached, wheel) {
        (Some(Ok(archive)), _) => (archive.bytes, "upstream's CPU build"),
        (Some(Err(_)), Some(wheel)) => (wheel.bytes, "PyTorch's wheel, since upstream cannot be reached"),
        (None, Some(wheel)) => (wheel.bytes, "PyTorch's wheel"),
        (_, None) => (0, "upstream's CPU build"),
    };
    steps.begin(&format!(
        "libtorch {LIBTORCH_VERSION} for the CPU: {}, {:.0} s at 10 MB/s ({whose})",
        human(bytes),
        bytes as f64 / 1e7
    ));
    let meanwhile = Meanwhile::start(meanwhile);
    let from_upstream = reached.map(|archive| archive.and_then(|archive| archive.fetch(&downloads, &unpacked)));
    match (from_upstream, wheel) {
        (Some(Ok(())), _) => {}
        (Some(Err(error)), None) => return Err(error),
        (no_upstream, Some(wheel)) => {
            remove(&unpacked)?;
            wheel.fetch(&downloads, &unpacked).map_err(|no_wheel| match no_upstream {
                Some(Err(no_upstream)) => anyhow!("{no_upstream:#}, and {no_wheel:#}"),
                _ => no_wheel,
            })?;
        }
        (None, None) => unreachable!("one of the two is there"),
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
    fn a_route_is_a_name_or_a_path() {
        assert_eq!("upstream".parse(), Ok(Route::Upstream));
        assert_eq!("wheel".parse(), Ok(Route::Wheel));
        assert_eq!("./libtorch".parse(), Ok(Route::Path("./libtorch".into())));
    }

    #[test]
    fn where_nothing_can_be_downloaded_the_next_step_is_said() {
        assert!(no_route("windows", "x86_64").to_string().contains("in WSL"));
        let other = no_route("freebsd", "x86_64").to_string();
        assert!(other.contains("freebsd-x86_64") && other.contains("LIBTORCH_USE_PYTORCH=1"), "{other}");
    }
}
