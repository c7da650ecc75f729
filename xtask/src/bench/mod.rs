//! `cargo xtask bench`: every speed claim of the project, measured in one run on one machine.
//!
//! The crates' own benchmarks compare with PyTorch and with the plain libtorch path in their own process, round by
//! round; this command runs them one after the other, adds the whole program, and prints one table.
mod process;
mod whole;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Args;
use serde::{Deserialize, Serialize};

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

/// One measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    /// What is measured.
    name: String,
    /// The unit of `ours` and `peer`.
    unit: String,
    /// The median of our rounds.
    ours: f64,
    /// The median of the peer's rounds, where there is a peer.
    peer: Option<f64>,
    /// Ours by the peer's, round by round; the median.
    ratio: Option<f64>,
    /// What `ratio` may be at most, or `ours` where there is no peer.
    target: Option<f64>,
    /// Whether it is.
    met: Option<bool>,
    /// What the machine itself allows.
    #[serde(default)]
    limit: serde_json::Value,
    /// Fastest and slowest of our rounds, and of the peer's.
    #[serde(default)]
    spread: serde_json::Value,
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
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print!("{}", table(&rows));
    }
    Ok(())
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

/// One line a row, aligned, for a terminal and for Markdown alike.
fn table(rows: &[Row]) -> String {
    let mut cells = vec![["what", "ours", "peer", "ratio", "target", "met", "limit"].map(str::to_owned)];
    for row in rows {
        let value =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{} {}", digits(value), row.unit));
        let target = match (row.target, row.ratio) {
            (Some(target), Some(_)) => format!("{target:.2}"),
            (target, None) => value(target),
            (None, _) => "-".to_owned(),
        };
        cells.push([
            row.name.clone(),
            value(Some(row.ours)),
            value(row.peer),
            row.ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            target,
            row.met.map_or("-", |met| if met { "yes" } else { "NO" }).to_owned(),
            match &row.limit {
                serde_json::Value::Null => "-".to_owned(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            },
        ]);
    }
    let mut widths = [0; 7];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for (index, line) in cells.iter().enumerate() {
        let padded: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        out.push_str(&format!("| {} |\n", padded.join(" | ")));
        if index == 0 {
            let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            out.push_str(&format!("|-{}-|\n", rule.join("-|-")));
        }
    }
    out
}

/// Three significant digits, without an exponent.
fn digits(value: f64) -> String {
    let decimals = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 9) };
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, peer: Option<f64>) -> Row {
        Row {
            name: name.to_owned(),
            unit: "ms".to_owned(),
            ours: 12.34,
            peer,
            ratio: peer.map(|peer| 12.34 / peer),
            target: Some(0.5),
            met: Some(peer.is_some()),
            limit: serde_json::Value::Null,
            spread: serde_json::Value::Null,
        }
    }

    #[test]
    fn the_table_is_aligned_and_says_what_is_missed() {
        let text = table(&[row("with a peer", Some(49.36)), row("alone", None)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "| with a peer | 12.3 ms | 49.4 ms | 0.25  | 0.50     | yes | -     |");
        assert_eq!(lines[3], "| alone       | 12.3 ms | -       | -     | 0.500 ms | NO  | -     |");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }

    #[test]
    fn three_digits_of_any_size() {
        let told: Vec<String> = [0.0, 0.012_345, 1.234_5, 123.45, 12_345.0].map(digits).to_vec();
        assert_eq!(told, ["0", "0.0123", "1.23", "123", "12345"]);
    }
}
