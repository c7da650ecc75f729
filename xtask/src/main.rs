//! `cargo xtask`: the project's own commands. See [`xtask::run`].
use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::run()
}
