//! `cargo xtask bench`: every speed claim of the project, measured in one run on one machine.
//!
//! The crates' own benchmarks compare with PyTorch and with the plain libtorch path in their own process, round by
//! round; this command runs them one after the other, adds the whole program, and prints one table.
mod process;
mod row;
mod whole;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;
use row::Row;

use crate::{Error, cargo, setup};

/// `cargo xtask bench`
#[derive(Args)]
pub struct BenchArgs {
    /// Print the rows as JSON instead of a table
    #[arg(long)]
    json: bool,
    /// A Python with torch, transformers and matplotlib: the notebook itself is run on the same models as the peer of
    /// the whole program
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Only this group (may be repeated)
    #[arg(long, value_enum, value_name = "GROUP")]
    only: Vec<Group>,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// softmax-core against PyTorch
    Softmax,
    /// GPT-2's logits and its loading against the plain libtorch path
    Forward,
    /// The nine figures, data given
    Figures,
    /// The whole program on models of full size, from a cold process
    Whole,
}

/// Runs the benchmarks; a target that is missed is shown and is no failure.
///
/// # Errors
/// If a benchmark does not build or run.
pub fn run(args: &BenchArgs) -> Result<(), Error> {
    setup::run(&setup::SetupArgs::default())?;
    let wanted = |group: Group| args.only.is_empty() || args.only.contains(&group);
    let mut rows = Vec::new();
    for (group, package, bench) in [
        (Group::Softmax, "gpt2-runner", "softmax"),
        (Group::Forward, "gpt2-runner", "forward"),
        (Group::Figures, "lab-cli", "figures"),
    ] {
        if wanted(group) {
            rows.extend(of_crate(package, bench)?);
        }
    }
    if wanted(Group::Whole) {
        rows.extend(whole::run(args.python.as_deref())?);
    }
    if !args.json {
        println!("{}\n", machine());
    }
    Ok(row::print(&rows, args.json)?)
}

/// The rows that a crate's benchmark prints with `--json`.
fn of_crate(package: &str, bench: &str) -> Result<Vec<Row>, Error> {
    eprintln!("bench: {package}, {bench}");
    let mut command = cargo::command(["bench", "--quiet", "--package", package, "--bench", bench, "--", "--json"]);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the benchmark {bench} of {package} failed ({})", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Where the numbers are from: they mean nothing without it.
fn machine() -> String {
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
    };
    let linux = || {
        let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        text.lines().find_map(|line| line.strip_prefix("model name\t: ")).map(str::to_owned)
    };
    let processor = linux().or_else(|| said("sysctl", &["-n", "machdep.cpu.brand_string"]));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {threads} threads, {}; {}; libtorch {}",
        processor.as_deref().unwrap_or(std::env::consts::ARCH),
        said("uname", &["-sr"]).as_deref().unwrap_or(std::env::consts::OS),
        said("rustc", &["--version"]).as_deref().unwrap_or("rustc"),
        setup::LIBTORCH_VERSION,
    )
}

#[cfg(test)]
mod tests {
    use super::row::{Row, table};

    #[test]
    fn a_row_is_the_median_of_the_rounds_and_of_their_ratios() {
        let row = Row::new("", "ms", &[1.0, 9.0, 2.0], &[2.0, 10.0, 8.0], Some(0.5));
        assert_eq!((row.ours, row.peer, row.ratio, row.met), (2.0, Some(8.0), Some(0.5), Some(true)));
        assert_eq!((row.ours_spread, row.peer_spread), ([1.0, 9.0], Some([2.0, 10.0])));
        let alone = Row::new("", "ms", &[1.0, 9.0, 2.0], &[], Some(1.5));
        assert_eq!((alone.ours, alone.peer, alone.ratio, alone.met), (2.0, None, None, Some(false)));
    }

    #[test]
    fn the_spread_leaves_out_a_tenth_at_either_end() {
        let rounds: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(Row::new("", "s", &rounds, &[], None).ours_spread, [10.0, 90.0]);
    }

    #[test]
    fn the_table_is_aligned_and_says_what_is_missed() {
        let rows = [
            Row::new("with a peer", "ms", &[12.34], &[49.36], Some(0.5)),
            Row::new("alone", "ms", &[12.0, 12.34, 13.0], &[], Some(0.5)).limit("memory"),
        ];
        let text = table(&rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "| with a peer | 12.3 ms                | 49.4 ms | 0.25  | 0.50     | yes    | –      |");
        assert_eq!(lines[3], "| alone       | 12.3 ms (12.0 to 13.0) | –       | –     | 0.500 ms | **no** | memory |");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }

    #[test]
    fn three_digits_of_any_size() {
        for (value, told) in
            [(0.0, "0"), (0.012_345, "0.0123"), (1.234_5, "1.23"), (123.45, "123"), (12_345.0, "12345")]
        {
            let text = table(&[Row::new("", "", &[value], &[], None)]);
            assert!(text.lines().any(|line| line.split(' ').any(|word| word == told)), "{told} in {text}");
        }
    }
}
