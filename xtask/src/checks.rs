//! `cargo xtask test` and `cargo xtask ci`.
use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::{browser, cargo, figures, lab, setup, steps::Steps};

/// The module of the tests that need a browser: the start of their names, in `crates/lab-cli/tests/browser`.
const IN_A_BROWSER: &str = "in_a_browser::";

/// The crates with the feature `torch`, without it.
const WITHOUT_LIBTORCH: [&str; 9] =
    ["-p", "gpt2-runner", "-p", "lab", "-p", "lab-page", "-p", "lab-cli", "--no-default-features"];

/// `cargo xtask test`
#[derive(Args)]
pub struct TestArgs {
    /// What `cargo test` takes: `-p softmax-viz`, a test's name, `-- --ignored` …; without it, the whole workspace.
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
enum Step {
    /// `cargo fmt --check`
    Fmt,
    /// `cargo clippy` with warnings denied, with and without libtorch
    Clippy,
    /// `cargo doc` with warnings denied, with and without libtorch
    Doc,
    /// `cargo xtask figures --check`
    Figures,
    /// `cargo xtask test`
    Test,
}

/// Sets up and runs the tests, with the dependencies that the lab is built from. Without a browser, a run of
/// all tests leaves out those that need one and prints a note.
///
/// # Errors
/// If set-up or a test fails.
pub fn test(args: &TestArgs) -> Result<()> {
    let whole = args.args.is_empty();
    let steps = Steps::new(if whole { lab::STEPS + 2 } else { 3 });
    // Some of xtask's tests run the release build of the lab.
    if whole {
        lab::build(&steps)?;
    } else {
        setup::ensure(&steps)?;
    }
    let command = |build: &[&str]| {
        let mut command = cargo::command(["test", "--release", "--config", "xtask/tests.toml"]);
        command.args(build).args(whole.then_some("--workspace")).args(&args.args);
        command
    };
    // The tests' own lab has other flags, and comes to lie in the same place.
    lab::beside(|| {
        steps.begin("the tests: compiling, about two minutes on two cores if all have changed");
        cargo::build(&mut command(&["--no-run"]))?;
        steps.begin("the tests: running");
        let mut tests = command(&[]);
        let without = whole && browser::find().is_none();
        if without {
            tests.args(["--", "--skip", IN_A_BROWSER]);
        }
        cargo::run(&mut tests)?;
        if without {
            eprintln!("skipped: the tests of the page: no Chromium; {}", browser::HOW);
        }
        Ok(())
    })
}

/// Runs the steps, the quick ones first, and stops at the first that fails.
///
/// # Errors
/// If set-up or a step fails, or if there is no browser for the tests.
pub fn ci(args: &CiArgs) -> Result<()> {
    let has_what_tests_need = args.skip.contains(&Step::Test) || browser::find().is_some();
    ensure!(
        has_what_tests_need,
        "the tests of the page need a browser: no Chromium; {}, or give `--skip test`",
        browser::HOW
    );
    for &step in Step::value_variants() {
        let name = step.to_possible_value().expect("no step is hidden");
        if args.skip.contains(&step) {
            continue;
        }
        eprintln!("ci: {}", name.get_name());
        match step {
            Step::Fmt => cargo::run(&mut cargo::command(["fmt", "--all", "--check"]))?,
            Step::Clippy => {
                setup::ensure(&Steps::new(1))?;
                let deny = ["--all-targets", "--", "-D", "warnings"];
                cargo::run(cargo::command(["clippy", "--release", "--workspace"]).args(deny))?;
                cargo::run(cargo::command(["clippy", "--release"]).args(WITHOUT_LIBTORCH).args(deny))?;
            }
            Step::Doc => {
                setup::ensure(&Steps::new(1))?;
                let doc = ["doc", "--release", "--no-deps"];
                for crates in [&["--workspace"][..], &WITHOUT_LIBTORCH] {
                    cargo::run(cargo::command(doc).args(crates).env("RUSTDOCFLAGS", "-Dwarnings"))?;
                }
            }
            Step::Figures => figures::check()?,
            Step::Test => test(&TestArgs { args: Vec::new() })?,
        }
    }
    Ok(())
}
