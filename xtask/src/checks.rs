//! `cargo xtask test` and `cargo xtask ci`.
use clap::{Args, ValueEnum};

use crate::{Error, cargo, figures, setup};

/// `cargo xtask test`
#[derive(Args)]
pub struct TestArgs {
    /// What `cargo test` takes: `-p viz`, a test's name, `-- --ignored` …; without it, the whole workspace.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// `cargo xtask ci`
#[derive(Args)]
pub struct CiArgs {
    /// Leave a step out (may be repeated).
    #[arg(long, value_name = "STEP")]
    skip: Vec<Step>,
}

/// The steps of `cargo xtask ci`, in their order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// `cargo fmt --check`
    Fmt,
    /// `cargo clippy` with warnings denied, with and without libtorch
    Clippy,
    /// `cargo xtask test`
    Test,
    /// `cargo doc` with warnings denied
    Doc,
    /// `cargo xtask figures --models demo --check`
    Figures,
}

/// Sets up, then runs the tests.
///
/// # Errors
/// If set-up or a test fails.
pub fn test(args: &TestArgs) -> Result<(), Error> {
    setup::run(&setup::SetupArgs::default())?;
    let mut command = cargo::command(["test"]);
    if args.args.is_empty() {
        command.arg("--workspace");
    }
    cargo::run(command.args(&args.args))
}

/// Runs the steps of [`Step`], the quick ones first, and stops at the first that fails.
///
/// # Errors
/// If set-up or a step fails.
pub fn ci(args: &CiArgs) -> Result<(), Error> {
    for &step in Step::value_variants() {
        let name = step.to_possible_value().expect("no step is hidden");
        if args.skip.contains(&step) {
            continue;
        }
        eprintln!("ci: {}", name.get_name());
        match step {
            Step::Fmt => cargo::run(&mut cargo::command(["fmt", "--all", "--check"]))?,
            Step::Clippy => {
                setup::run(&setup::SetupArgs::default())?;
                let deny = ["--all-targets", "--", "-D", "warnings"];
                cargo::run(cargo::command(["clippy", "--workspace"]).args(deny))?;
                cargo::run(cargo::command(["clippy", "-p", "lab-cli", "--no-default-features"]).args(deny))?;
            }
            Step::Test => test(&TestArgs { args: Vec::new() })?,
            Step::Doc => {
                setup::run(&setup::SetupArgs::default())?;
                cargo::run(cargo::command(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))?;
            }
            Step::Figures => figures::check_demo()?,
        }
    }
    Ok(())
}
