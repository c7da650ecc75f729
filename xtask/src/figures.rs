//! `cargo xtask figures`: all five parts, and the check that the figures in the repository are what the program draws.
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use fs_err as fs;

use crate::{
    cargo, download, lab,
    setup::LIBTORCH_VERSION,
    steps::Steps,
    weights::{self, Hub, Options, PAIR},
};

/// The figures are drawn from what PyTorch's own library computes, as in the notebook.
const TORCH: [&str; 2] = ["--engine", "torch"];

/// Figures are kept in the repository at a resolution to read and not to print.
const TRACKED_DPI: &str = "150";

/// `cargo xtask figures`
#[derive(Args)]
pub struct FiguresArgs {
    /// Which models
    #[arg(long, value_enum, default_value_t = Models::Auto)]
    models: Models,
    /// Draw the figures anew and compare them with `figures/<models>`, as `lab part --check` does (without --models,
    /// with all that git tracks); exit with 1 if one has changed
    #[arg(long, conflicts_with = "args")]
    check: bool,
    /// As --check, but replace the tracked figures with the new ones if one has changed
    #[arg(long, conflicts_with_all = ["args", "check"])]
    bless: bool,
    /// The folder with one folder per pretrained model [default: data/weights]
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    /// Another list of models than xtask/models.json, as for `cargo xtask weights`
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// The `lab` program [default: target/release/lab, built]
    #[arg(long, value_name = "FILE", hide = true)]
    lab: Option<PathBuf>,
    /// Anything else that `lab part all` takes: `--theme dark`, `--prompt TEXT`, `--small DIR` …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "LAB ARGUMENTS")]
    args: Vec<String>,
}

/// Which models the figures are drawn from.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Models {
    /// gpt2 and gpt2-large if they are there or can be downloaded, else the demo pair
    Auto,
    /// The small pair that comes with the lab; no network
    Demo,
    /// gpt2 and gpt2-large, or an error
    Pretrained,
    /// What gpt2 once gave for a prompt, parts 3 to 5; no network, no weights, no libtorch
    Recorded,
}

/// Sets up, builds the lab in release and runs all five parts.
///
/// # Errors
/// If a step fails, or `--check` finds a difference.
pub fn run(args: &FiguresArgs) -> Result<()> {
    if args.check || args.bless {
        return match args.models {
            Models::Auto => compare(&TRACKED, args.bless),
            one => compare(&[one], args.bless),
        };
    }
    let recorded = args.models == Models::Recorded;
    let steps = Steps::new(if recorded { 2 } else { 2 + if args.lab.is_none() { lab::STEPS } else { 0 } });
    let lab = match &args.lab {
        Some(lab) => lab.clone(),
        None if recorded => lab::build_without_libtorch(&steps)?,
        None => lab::build(&steps)?,
    };
    let mut command = lab::command(&lab);
    command.args(args.models.lab_args());
    let own_engine = args.args.iter().any(|arg| arg.starts_with("--engine"));
    if !recorded && !own_engine {
        command.args(TORCH);
    }
    if !recorded && let Some(reason) = fetch_weights(args, &steps)? {
        command.args(["--fallback-reason", &reason]);
    }
    if let Some(dir) = &args.weights {
        command.arg("--weights").arg(dir);
    }
    steps.begin(&match (recorded, own_engine) {
        (true, _) => "the notebook's parts from recorded logits: what they print and draw".to_owned(),
        (false, true) => "the notebook's parts: what they print and draw".to_owned(),
        (false, false) => format!("the notebook's parts, computed by libtorch {LIBTORCH_VERSION}"),
    });
    cargo::run(command.args(&args.args))?;
    let shown = lab.strip_prefix(cargo::root()).unwrap_or(&lab).display();
    eprintln!("Next: {shown} next 'The capital of France is'");
    eprintln!("      {shown} softmax 1 2 3 -t 0.5");
    eprintln!("      cargo xtask test");
    Ok(())
}

/// Downloads the pretrained pair if requested. Returns the reason if that fails and the demo pair may replace it.
fn fetch_weights(args: &FiguresArgs, steps: &Steps) -> Result<Option<String>> {
    let own_models = args.args.iter().any(|arg| arg.starts_with("--small") || arg.starts_with("--large"));
    if own_models || args.models == Models::Demo {
        steps.begin(if own_models { "models: your own" } else { "models: the demo pair, which is here" });
        return Ok(None);
    }
    steps.begin("models: gpt2 and gpt2-large, 3.8 GB if they are not here, 6 min at 10 MB/s");
    let options = Options::new(args.weights.clone(), args.manifest.clone());
    if args.models == Models::Pretrained {
        return weights::ensure(&options, &PAIR).map(|_| None);
    }
    // Files on this machine need no network. If the hub does not respond soon, continue without it.
    let here = Options { hub: Hub { offline: true, ..options.hub.clone() }, ..options.clone() };
    let result = weights::ensure(&here, &PAIR).or_else(|missing| {
        if options.hub.offline {
            return Err(missing);
        }
        download::reach(&options.hub.endpoint, download::REACH_WITHIN, &options.download)?;
        weights::ensure(&options, &PAIR)
    });
    Ok(result.err().map(|error| format!("{error:#}")))
}

/// The folders that git tracks: figures of the models that are part of the repository.
const TRACKED: [Models; 2] = [Models::Recorded, Models::Demo];

/// Compares what git tracks with what the program draws.
///
/// # Errors
/// If a step fails, or anything has changed.
pub fn check() -> Result<()> {
    compare(&TRACKED, false)
}

/// Runs the lab, which draws each into `target/figures-check/<models>` and compares with `figures/<models>`.
fn compare(all: &[Models], bless: bool) -> Result<()> {
    let with_libtorch = all.iter().any(|&models| models != Models::Recorded);
    let without_libtorch = all.contains(&Models::Recorded);
    let steps = Steps::new(all.len() + lab::STEPS * usize::from(with_libtorch) + usize::from(without_libtorch));
    let lab = if with_libtorch { lab::build(&steps)? } else { PathBuf::new() };
    let bare = if without_libtorch { lab::build_without_libtorch(&steps)? } else { PathBuf::new() };
    let mut failed = Vec::new();
    for &models in all {
        let folder = format!("figures/{}", models.folder());
        steps.begin(&format!("{folder}: drawing and comparing"));
        let fresh = cargo::target().join("figures-check").join(models.folder());
        if fresh.exists() {
            fs::remove_dir_all(&fresh)?;
        }
        let mut command = lab::command(if models == Models::Recorded { &bare } else { &lab });
        command.args(models.lab_args()).args(["--check", &folder]).arg("--out").arg(&fresh);
        command.args(bless.then_some("--bless"));
        if models != Models::Recorded {
            command.args(TORCH);
        }
        if models != Models::Pretrained {
            // The page's data and script would add a megabyte to git whenever a logit's last bit changes.
            command.args(["--dpi", TRACKED_DPI, "--no-page-data"]);
        }
        if !cargo::run_unless(&mut command, lab::CHANGED)? {
            let name = models.to_possible_value().expect("none is hidden");
            failed.push(format!(
                "{folder} has changed. Is the change meant? `cargo xtask figures --models {} --bless` takes it",
                name.get_name()
            ));
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!(failed.join("\n")) }
}

impl Models {
    /// The lab's arguments.
    fn lab_args(self) -> &'static [&'static str] {
        match self {
            Self::Auto => &["part", "all", "--models", "auto"],
            Self::Demo => &["part", "all", "--models", "demo"],
            Self::Pretrained => &["part", "all", "--models", "pretrained"],
            Self::Recorded => &["part", "3", "4", "5", "--logits", "data/recorded/gpt2-small.safetensors"],
        }
    }

    /// The folder below `figures`.
    fn folder(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Auto | Self::Pretrained => "gpt2",
            Self::Recorded => "recorded",
        }
    }
}
