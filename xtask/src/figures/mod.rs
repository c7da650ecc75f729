//! `cargo xtask figures`: all five parts, and the check that the figures in the repository are what the program draws.
mod check;
mod picture;
mod text;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::{Error, cargo, lab::build_lab, weights};
use check::Row;

/// The demo pair's figures are kept in the repository, at a resolution to read and not to print: a plain run gives
/// those very files. `--dpi 300` is the notebook's.
const DEMO_DPI: &str = "150";

/// How long the hub may take to answer before the demo pair is used instead.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// `cargo xtask figures`
#[derive(Args)]
pub struct FiguresArgs {
    /// Which pair of models
    #[arg(long, value_enum, default_value_t = Models::Auto)]
    models: Models,
    /// Draw into a temporary folder and compare with `figures/<models>`; exit 1 if anything but the last digits and
    /// the rims of markers has changed
    #[arg(long, conflicts_with = "args")]
    check: bool,
    /// As --check; if anything has changed, take this run's files into `figures/<models>`
    #[arg(long, conflicts_with_all = ["args", "check"])]
    bless: bool,
    /// Send no packet for weights (HF_HUB_OFFLINE=1 does the same)
    #[arg(long)]
    offline: bool,
    /// The folder with one folder per pretrained model [default: data/weights]
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    /// Another list of models than xtask/models.json, as for `cargo xtask weights`
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Anything else that `lab part all` takes: `--theme dark`, `--prompt TEXT`, `--small DIR` …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "LAB ARGUMENTS")]
    args: Vec<String>,
}

/// Which pair of models the figures are drawn from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Models {
    /// gpt2 and gpt2-large if they are there or can be downloaded, else the demo pair
    Auto,
    /// The small pair that comes with the lab; no network
    Demo,
    /// gpt2 and gpt2-large, or an error
    Pretrained,
}

/// Sets up, builds the lab in release and runs all five parts.
///
/// # Errors
/// If a step fails, or `--check` finds a difference.
pub fn run(args: &FiguresArgs) -> Result<(), Error> {
    let lab = build_lab()?;
    if args.check || args.bless {
        return compare(&lab, args.models, args.bless);
    }
    let mut command = Command::new(&lab);
    command.current_dir(cargo::root()).args(["part", "all", "--models", args.models.name()]);
    let fallback = fetch_weights(args, lab)?;
    let demo = args.models == Models::Demo || fallback.is_some();
    if demo && !args.args.iter().any(|arg| arg.starts_with("--dpi") || arg.starts_with("--out")) {
        command.args(["--dpi", DEMO_DPI]);
    }
    if let Some(reason) = fallback {
        command.args(["--fallback-reason", &reason]);
    }
    if let Some(dir) = &args.weights {
        command.arg("--weights").arg(dir);
    }
    cargo::run(command.args(&args.args))
}

/// Puts the pretrained pair in place where it is wanted; the reason if it cannot be had and may be done without.
fn fetch_weights(args: &FiguresArgs, lab: PathBuf) -> Result<Option<String>, Error> {
    let own_models = args.args.iter().any(|arg| arg.starts_with("--small") || arg.starts_with("--large"));
    if args.models == Models::Demo || own_models {
        return Ok(None);
    }
    let mut options = weights::Options { manifest: args.manifest.clone(), lab: Some(lab), ..Default::default() };
    if let Some(dir) = &args.weights {
        options.dir.clone_from(dir);
    }
    if args.offline {
        options.hub.offline = Some("--offline".to_owned());
    }
    if args.models == Models::Auto {
        options.reach_within = Some(REACH_WITHIN);
    }
    match weights::ensure(&options, &["gpt2", "gpt2-large"]) {
        Ok(_) => Ok(None),
        Err(error) if args.models == Models::Auto => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Draws into `target/figures-check/<models>` and compares with `figures/<models>`.
pub(crate) fn check_demo() -> Result<(), Error> {
    compare(&build_lab()?, Models::Demo, false)
}

fn compare(lab: &Path, models: Models, bless_changes: bool) -> Result<(), Error> {
    if models == Models::Auto {
        return Err("--check and --bless need --models demo or --models pretrained: which figures are compared may \
                    not depend on what is on the machine"
            .into());
    }
    let reference = cargo::root().join("figures").join(models.folder());
    let fresh = cargo::target().join("figures-check").join(models.folder());
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let mut command = Command::new(lab);
    command.current_dir(cargo::root()).args(["part", "all", "--models", models.name(), "--out"]).arg(&fresh);
    if models == Models::Demo {
        command.args(["--dpi", DEMO_DPI]);
    }
    // What it prints is in its report, which is compared.
    cargo::run(command.stdout(std::process::Stdio::null()))?;

    let rows = check::compare(&reference, &fresh)?;
    print_table(&rows);
    let failed: Vec<&Row> = rows.iter().filter(|row| !row.passed).collect();
    if bless_changes {
        return bless(&rows, &reference, &fresh);
    }
    if failed.is_empty() {
        println!("{} files in {} are what the program draws", rows.len(), reference.display());
        return Ok(());
    }
    let names: Vec<&str> = failed.iter().map(|row| row.file.as_str()).collect();
    Err(format!(
        "{} of {} files in {} have changed: {}; the new ones, with a difference picture for each, are in {}. Is the \
         change meant? `cargo xtask figures --models {} --bless` takes it",
        failed.len(),
        rows.len(),
        reference.display(),
        names.join(", "),
        fresh.display(),
        models.name()
    )
    .into())
}

fn print_table(rows: &[Row]) {
    let width = rows.iter().map(|row| row.file.len()).max().unwrap_or(0);
    for Row { file, passed, verdict } in rows {
        println!("{} {file:width$}  {verdict}", if *passed { "ok    " } else { "FAILED" });
    }
}

/// Takes all files from `fresh` if one has failed: they belong to one run, and the page embeds the pictures. If none
/// has, what differs in last digits only stays as it is.
fn bless(rows: &[Row], reference: &Path, fresh: &Path) -> Result<(), Error> {
    fs::create_dir_all(reference)?;
    let changed = rows.iter().filter(|row| !row.passed).count();
    for row in rows.iter().filter(|_| changed > 0) {
        let (old, new) = (reference.join(&row.file), fresh.join(&row.file));
        if new.exists() {
            fs::copy(new, old)?;
        } else {
            fs::remove_file(old)?;
        }
    }
    println!("{changed} of {} files had changed; {} is what the program draws", rows.len(), reference.display());
    Ok(())
}

impl Models {
    /// As `lab --models` takes it.
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Demo => "demo",
            Self::Pretrained => "pretrained",
        }
    }

    /// The folder below `figures`.
    fn folder(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Auto | Self::Pretrained => "gpt2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(file: &str, passed: bool) -> Row {
        Row { file: file.to_owned(), passed, verdict: String::new() }
    }

    #[test]
    fn a_blessed_folder_comes_from_one_run() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (old, new) = (old.path(), new.path());
        fs::write(old.join("page"), "with the old picture").unwrap();
        fs::write(new.join("page"), "with the new picture").unwrap();
        bless(&[row("page", true)], old, new).unwrap();
        assert_eq!(fs::read_to_string(old.join("page")).unwrap(), "with the old picture", "nothing has changed");

        fs::write(new.join("picture"), "new").unwrap();
        fs::write(old.join("gone"), "old").unwrap();
        bless(&[row("page", true), row("picture", false), row("gone", false)], old, new).unwrap();
        assert_eq!(fs::read_to_string(old.join("page")).unwrap(), "with the new picture");
        assert_eq!(fs::read_to_string(old.join("picture")).unwrap(), "new");
        assert!(!old.join("gone").exists());
    }
}
