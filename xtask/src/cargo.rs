//! Running cargo as a reader would: from the workspace's root, with the libtorch that set-up chose.
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace's root")
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A cargo command that is ready to run.
///
/// Cargo puts the `[env]` of its configuration into the environment of what it runs, this program included. That copy
/// of `LIBTORCH` dates from before set-up and would win over the configuration: it is taken out again.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args).env_remove("LIBTORCH");
    command
}

/// Runs `command` to its end; a failure names the command line.
///
/// # Errors
/// If the program cannot be started or does not exit with 0.
pub fn run(command: &mut Command) -> Result<(), Error> {
    let line = describe(command);
    let status = command.status().map_err(|cause| format!("`{line}` cannot be started: {cause}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})").into()) }
}

/// The command line as a reader would type it.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut line = program.to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}
