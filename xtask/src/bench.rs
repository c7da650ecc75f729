//! `cargo xtask bench`: every speed claim of the project, measured in one run on one machine.
//!
//! The crates' own benchmarks compare with their peers, round by round; this command runs them one after the other,
//! measures itself, and prints one table.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Result, ensure};
use clap::Args;
use test_support::bench::Row;

use crate::{cargo, lab, setup, steps::Steps};

/// `cargo xtask bench`
#[derive(Args)]
pub struct BenchArgs {
    /// Print the rows as JSON instead of a table
    #[arg(long)]
    json: bool,
    /// A Python with torch, transformers and matplotlib, which runs the notebook itself on the same models as the peer
    /// of the whole program, and with onnx, onnxruntime and openvino, the peers of the model
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Only this group (may be repeated)
    #[arg(long, value_enum, value_name = "GROUP")]
    only: Vec<Group>,
}

/// Benchmarks that run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// softmax-core against PyTorch
    Softmax,
    /// GPT-2's logits and its loading against the plain libtorch path, and against other engines
    Forward,
    /// The nine figures, data given
    Figures,
    /// The page in headless Chromium, where there is one
    Page,
    /// The whole program on models of full size, from a cold process
    Whole,
}

/// Runs the benchmarks. A missed target is shown and is not an error.
///
/// # Errors
/// If a benchmark does not build or run.
pub fn run(args: &BenchArgs) -> Result<()> {
    let wanted = |group: Group| args.only.is_empty() || args.only.contains(&group);
    setup::ensure(&Steps::new(1))?;
    let mut rows = Vec::new();
    for (group, package, bench) in [
        (Group::Softmax, "gpt2-runner", "softmax"),
        (Group::Forward, "gpt2-runner", "forward"),
        (Group::Figures, "lab-cli", "figures"),
        (Group::Page, "lab-cli", "page"),
        (Group::Whole, "lab-cli", "whole"),
    ] {
        if wanted(group) {
            let python = args.python.as_deref().filter(|_| matches!(group, Group::Forward | Group::Whole));
            rows.extend(of_crate(package, bench, python)?);
        }
    }
    if wanted(Group::Whole) {
        rows.push(beyond_the_program(&lab::build(&Steps::new(lab::STEPS))?)?);
    }
    if !args.json {
        println!("{}\n", machine());
    }
    Ok(test_support::bench::print(&rows, args.json)?)
}

/// The rows that a crate's benchmark prints with `--json`.
fn of_crate(package: &str, bench: &str, python: Option<&Path>) -> Result<Vec<Row>> {
    eprintln!("bench: {package}, {bench}");
    let mut command = cargo::command(["bench", "--quiet", "--package", package, "--bench", bench, "--", "--json"]);
    if let Some(python) = python {
        command.arg("--python").arg(python);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the benchmark {bench} of {package} failed ({})", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The time that `cargo xtask figures` adds to the lab's once everything is installed.
fn beyond_the_program(lab: &Path) -> Result<Row> {
    let out = cargo::target().join("bench/demo");
    let figures = ["--models", "demo", "--out"];
    let mut alone = lab::command(lab);
    alone.args(["part", "all", "--engine", "torch"]).args(figures).arg(&out);
    let mut whole = cargo::command(["xtask", "figures"]);
    whole.args(figures).arg(&out);
    let mut beyond =
        || Ok(-test_support::bench::run(&mut alone)?.seconds + test_support::bench::run(&mut whole)?.seconds);
    // The first round warms the page cache.
    beyond()?;
    let rounds = (0..5).map(|_| beyond()).collect::<Result<Vec<_>>>()?;
    Ok(Row::new("a second `cargo xtask figures`, beyond the program's own time", "s", &rounds, &[], Some(1.0)))
}

/// The machine and versions that the numbers were measured with.
fn machine() -> String {
    let output_of = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
    };
    let linux = || {
        let text = fs::read_to_string("/proc/cpuinfo").ok()?;
        text.lines().find_map(|line| line.strip_prefix("model name\t: ")).map(str::to_owned)
    };
    let processor = linux().or_else(|| output_of("sysctl", &["-n", "machdep.cpu.brand_string"]));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {threads} threads, {}; {}; libtorch {}",
        processor.as_deref().unwrap_or(env::consts::ARCH),
        output_of("uname", &["-sr"]).as_deref().unwrap_or(env::consts::OS),
        output_of("rustc", &["--version"]).as_deref().unwrap_or("rustc"),
        setup::LIBTORCH_VERSION,
    )
}
