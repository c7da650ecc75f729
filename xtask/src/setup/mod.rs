//! `cargo xtask setup`: libtorch 2.13.0 (CPU), put in place once.
//!
//! The order: `--libtorch`; else `LIBTORCH` or `LIBTORCH_USE_PYTORCH` of the environment; else what an earlier set-up
//! has put in place; else upstream's CPU build; else the CPU part of PyTorch's wheel. What was chosen is recorded in
//! `.cargo/libtorch.toml`, where every later cargo command finds it without an environment variable.
//!
//! All that is downloaded and unpacked lies below `.libtorch`; the folder that builds use appears there in one rename,
//! so that an interrupted run leaves nothing that a later one would take for whole.
mod error;
mod inspect;
mod record;
mod unpack;
mod upstream;
mod wheel;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::{env, str::FromStr};

use clap::Args;

pub use error::SetupError;

use crate::cargo::root;
use error::IoContext;

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
pub enum Route {
    /// The CPU build of the PyTorch project.
    Upstream,
    /// The CPU part of PyTorch's wheel.
    Wheel,
    /// A folder that holds libtorch already.
    Path(PathBuf),
}

impl FromStr for Route {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "upstream" => Self::Upstream,
            "wheel" => Self::Wheel,
            path => Self::Path(path.into()),
        })
    }
}

/// Puts libtorch in place unless it is there, and prints one line that says which and where.
///
/// # Errors
/// [`SetupError`]: each names the cause and the next thing to type.
pub fn run(args: &SetupArgs) -> Result<(), SetupError> {
    let store = root().join(".libtorch");
    let home = store.join(format!("{LIBTORCH_VERSION}-cpu"));
    let recorded = record::read(root())?;

    let forced = match &args.libtorch {
        Some(Route::Path(path)) => Some((path.clone(), "--libtorch")),
        Some(_) => None,
        None => from_environment(recorded.as_deref())?,
    };
    if let Some((path, origin)) = forced {
        inspect::check(&path, origin)?;
        let path = path.canonicalize().at(&path)?;
        record::write(root(), &path)?;
        println!("libtorch {LIBTORCH_VERSION}: {} (from {origin})", path.display());
        return Ok(());
    }

    if args.libtorch.is_none() {
        let in_place = recorded.iter().chain([&home]).find(|path| inspect::check(path, "set-up").is_ok());
        if let Some(path) = in_place {
            if recorded.as_ref() != Some(path) {
                record::write(root(), path)?;
            }
            println!("libtorch {LIBTORCH_VERSION}: {} (in place, nothing to do)", path.display());
            return Ok(());
        }
    }

    fs::create_dir_all(&store).at(&store)?;
    // Held until this function returns: a second run waits here and then finds everything in place.
    let lock = File::create(store.join("lock")).at(&store)?;
    lock.lock().at(&store)?;
    if args.libtorch.is_none() && inspect::check(&home, "set-up").is_ok() {
        record::write(root(), &home)?;
        println!("libtorch {LIBTORCH_VERSION}: {} (put in place by another run)", home.display());
        return Ok(());
    }

    let origin = fetch(args.libtorch.as_ref(), &store, &home)?;
    record::write(root(), &home)?;
    println!("libtorch {LIBTORCH_VERSION}: {} (from {origin})", home.display());
    Ok(())
}

/// The folder that the reader's environment names, with the variable's name.
///
/// Cargo hands its configured `LIBTORCH` to what it runs: the recorded one, or before set-up the folder that says
/// that there is none. Neither is the reader's.
fn from_environment(recorded: Option<&Path>) -> Result<Option<(PathBuf, &'static str)>, SetupError> {
    if env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        return Ok(Some((inspect::python_torch()?, "LIBTORCH_USE_PYTORCH")));
    }
    let Some(path) = env::var_os("LIBTORCH").map(PathBuf::from) else { return Ok(None) };
    let ours = path == record::absent(root()) || Some(path.as_path()) == recorded;
    Ok((!ours).then_some((path, "LIBTORCH")))
}

/// Downloads by the forced route, or by the first that works, and moves the result to `home`.
fn fetch(forced: Option<&Route>, store: &Path, home: &Path) -> Result<&'static str, SetupError> {
    // Left by an interrupted run; downloads are kept, both routes go on with them.
    let unpacked = store.join("unpacking");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).at(&unpacked)?;
    }
    let downloads = store.join("download");
    fs::create_dir_all(&downloads).at(&downloads)?;

    let upstream = || upstream::fetch(&downloads, &unpacked).map(|()| "upstream's CPU build");
    let wheel = || wheel::fetch(&downloads, &unpacked).map(|()| "the CPU part of PyTorch's wheel");
    let origin = match forced {
        Some(Route::Upstream) => upstream()?,
        Some(_) => wheel()?,
        None => match upstream() {
            Ok(origin) => origin,
            Err(no_upstream) => {
                eprintln!("{no_upstream}; trying PyTorch's wheel");
                if unpacked.exists() {
                    fs::remove_dir_all(&unpacked).at(&unpacked)?;
                }
                wheel().map_err(|no_wheel| SetupError::NoRoute {
                    upstream: Box::new(no_upstream),
                    wheel: Box::new(no_wheel),
                })?
            }
        },
    };
    inspect::check(&unpacked, origin)?;
    if home.exists() {
        fs::remove_dir_all(home).at(home)?;
    }
    fs::rename(&unpacked, home).at(home)?;
    fs::remove_dir_all(&downloads).at(&downloads)?;
    Ok(origin)
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
}
