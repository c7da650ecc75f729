//! Running cargo as a reader would: from the workspace's root, with the libtorch that set-up chose.
use std::{
    env,
    ffi::OsStr,
    io::{BufReader, IsTerminal, Read, stderr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use anyhow::{Context, Result, ensure};

use crate::steps;

/// The folder of the workspace that this run belongs to. It is looked for when the program runs: a checkout that was
/// copied, build and all, works on its own folders.
///
/// # Errors
/// If neither cargo nor the folder that the program was started in names one.
pub fn find_root() -> Result<&'static Path> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        // The package's folder if cargo runs this program; otherwise the current folder.
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        [package, env::current_dir().ok()].into_iter().flatten().find_map(|folder| root_above(&folder))
    };
    ROOT.get_or_init(find).as_deref().context("run this in the project's folder: no `xtask/Cargo.toml` is found above")
}

/// The workspace's root folder, which [`crate::run`] has found before anything else.
pub fn root() -> &'static Path {
    find_root().expect("`crate::run` has found it")
}

/// The first folder from `folder` upwards that holds this package.
fn root_above(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file()).map(Path::to_owned)
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A cargo command that is ready to run.
///
/// Cargo adds its configuration's `[env]` to the environment of programs that it runs, including this one. This
/// `LIBTORCH` dates from before set-up and would override the configuration, so it is removed. Cargo's variables for
/// this package are removed too: build scripts that depend on them (ring's) would run again for every other command.
pub fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args).env_remove("LIBTORCH");
    let of_this_package = |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(of_this_package) {
        command.env_remove(name);
    }
    command
}

/// Runs `command` to its end; a failure names the command line.
///
/// # Errors
/// If the program cannot be started or does not exit with 0.
pub fn run(command: &mut Command) -> Result<()> {
    let line = describe(command);
    let status = command.status().with_context(|| format!("`{line}` cannot be started"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// Runs `command` to its end, and gives false if it exits with `code`.
///
/// # Errors
/// If the program cannot be started, or exits with neither 0 nor `code`.
pub fn run_unless(command: &mut Command, code: i32) -> Result<bool> {
    let line = describe(command);
    let status = command.status().with_context(|| format!("`{line}` cannot be started"))?;
    ensure!(status.success() || status.code() == Some(code), "`{line}` failed ({status})");
    Ok(status.success())
}

/// Runs a cargo `command` that only builds. Cargo's progress becomes one line with the elapsed seconds, since cargo's own
/// may not change for a minute. Compiler messages are printed unchanged.
///
/// # Errors
/// If it cannot be started or the build fails.
pub fn build(command: &mut Command) -> Result<()> {
    let line = describe(command);
    // A width is needed, and what is too long for the terminal is cut here.
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "80");
    if stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.stderr(Stdio::piped());
    let mut cargo = command.spawn().with_context(|| format!("`{line}` cannot be started"))?;
    let bar = steps::bar(0, "{wide_msg}");
    let mut line_bytes = Vec::new();
    for byte in BufReader::new(cargo.stderr.take().context("cargo's stderr is a pipe")?).bytes() {
        let byte = byte?;
        if !matches!(byte, b'\r' | b'\n') {
            line_bytes.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line_bytes).into_owned();
        line_bytes.clear();
        let plain = console::strip_ansi_codes(&text);
        if ["Building", "Blocking"].iter().any(|status| plain.trim_start().starts_with(status)) {
            bar.set_message(plain.trim().to_owned());
        } else if byte == b'\n' && !is_status(&plain) {
            bar.suspend(|| eprintln!("{text}"));
        }
    }
    let status = cargo.wait()?;
    bar.finish_and_clear();
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// Whether a line is one of cargo's status lines: their first word ends in column 12, unlike the compiler's lines.
fn is_status(line: &str) -> bool {
    let word = line.trim_start();
    let indent = line.len() - word.len();
    let length = word.find(' ').unwrap_or(word.len());
    line.trim().is_empty() || indent + length == 12 && word.starts_with(char::is_uppercase)
}

/// The command line as a reader would type it.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::is_status;

    #[test]
    fn what_the_compiler_says_is_no_status() {
        for line in ["   Compiling viz v0.1.0 (/here)", "    Finished `release` profile", "    Blocking waiting", ""] {
            assert!(is_status(line), "{line:?}");
        }
        for line in ["error[E0308]: mismatched types", "warning: unused", "   |         ^^^ Expected", "  = note: N"] {
            assert!(!is_status(line), "{line:?}");
        }
    }
}
