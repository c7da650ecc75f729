//! The whole program from a cold process: nine figures on models of full size, and one answer on the demo model.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::Row;
use super::process::{self, Run};
use crate::{Error, cargo, download, figures};

/// Rounds of each program; one more, first, warms the page cache.
const ROUNDS: usize = 5;

/// The notebook's time and memory as measured with its own programs on two cores, for where no Python is given.
const NOTEBOOK_SECONDS: f64 = 10.5;
const NOTEBOOK_GB: f64 = 4.4;

pub(super) fn run(python: Option<&Path>) -> Result<Vec<Row>, Error> {
    let lab = figures::build_lab()?;
    let folder = cargo::target().join("bench");
    let (small, large) = (model(&folder, "gpt2")?, model(&folder, "gpt2-large")?);

    let ours_out = folder.join("figures");
    let mut ours = Command::new(&lab);
    ours.args(["part", "all", "--timings", "--small"]).arg(&small).arg("--large").arg(&large);
    ours.arg("--out").arg(&ours_out);
    let mut peer = python.map(|python| notebook(python, &small, &large, &folder)).transpose()?;

    eprintln!("bench: the whole lab, {ROUNDS} rounds");
    let (mut our_runs, mut peer_runs) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let run = process::run(&mut ours)?;
        let peer_run = peer.as_mut().map(process::run).transpose()?;
        if round > 0 {
            our_runs.push(run);
            peer_runs.extend(peer_run);
        }
    }
    if let Some(run) = peer_runs.last() {
        eprintln!("where the notebook's time goes: {}", run.stdout.lines().last().unwrap_or_default());
    }
    eprintln!("where ours goes: run `lab part all --timings` on {} and {}", small.display(), large.display());

    let next: Vec<Run> = (0..=ROUNDS)
        .map(|_| process::run(Command::new(&lab).args(["next", "It was a dark and stormy", "--models", "demo"])))
        .collect::<Result<_, _>>()?;

    let seconds = |run: &Run| run.seconds;
    let peak = |run: &Run| run.peak_gb;
    Ok(vec![
        against(
            "nine figures from a cold process, gpt2 + gpt2-large",
            "s",
            &our_runs,
            &peer_runs,
            seconds,
            NOTEBOOK_SECONDS,
            0.25,
        ),
        against("its peak memory", "GB", &our_runs, &peer_runs, peak, NOTEBOOK_GB, 1.0),
        alone("`lab next` on the demo model from a cold process", "s", &next[1..], 0.7),
    ])
}

/// A row with the notebook as the peer: run beside ours, else `measured`, which is then named as the limit's note.
fn against(name: &str, unit: &str, ours: &[Run], peer: &[Run], of: fn(&Run) -> f64, measured: f64, target: f64) -> Row {
    let (ours, peer): (Vec<f64>, Vec<f64>) = (ours.iter().map(of).collect(), peer.iter().map(of).collect());
    let ratio = if peer.is_empty() {
        median(&ours) / measured
    } else {
        median(&ours.iter().zip(&peer).map(|(ours, peer)| ours / peer).collect::<Vec<_>>())
    };
    let peer_median = if peer.is_empty() { measured } else { median(&peer) };
    Row {
        name: name.to_owned(),
        unit: unit.to_owned(),
        ours: median(&ours),
        peer: Some(peer_median),
        ratio: Some(ratio),
        target: Some(target),
        met: Some(ratio <= target),
        limit: if peer.is_empty() {
            json!("peer: the notebook as once measured; --python runs it")
        } else {
            json!(null)
        },
        spread: json!([spread(&ours), spread(&peer)]),
    }
}

/// A row without a peer.
fn alone(name: &str, unit: &str, runs: &[Run], target: f64) -> Row {
    let seconds: Vec<f64> = runs.iter().map(|run| run.seconds).collect();
    let ours = median(&seconds);
    Row {
        name: name.to_owned(),
        unit: unit.to_owned(),
        ours,
        peer: None,
        ratio: None,
        target: Some(target),
        met: Some(ours <= target),
        limit: json!(null),
        spread: json!([spread(&seconds)]),
    }
}

/// A model of full size with seeded random weights, made once, with the record that a download would leave.
fn model(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = folder.join("models").join(name);
    let record = path.join("verified.json");
    if record.exists() {
        return Ok(path);
    }
    eprintln!("bench: writing a random {name}");
    let example = ["run", "--quiet", "--release", "--package", "gpt2-runner", "--example", "random_checkpoint", "--"];
    cargo::run(cargo::command(example).arg(name).arg(&path))?;
    let mut files = Vec::new();
    for file in ["config.json", "model.safetensors"] {
        let (bytes, sha256) = download::sha256_of(&path.join(file))?;
        files.push(json!({ "path": file, "bytes": bytes, "sha256": sha256 }));
    }
    let verified = json!({ "name": name, "repo": "random weights", "revision": "seed 0", "files": files });
    fs::write(record, serde_json::to_string_pretty(&verified)?)?;
    Ok(path)
}

/// The notebook as a script, on the same models.
fn notebook(python: &Path, small: &Path, large: &Path, folder: &Path) -> Result<Command, Error> {
    let out = folder.join("notebook");
    fs::create_dir_all(&out)?;
    let mut command = Command::new(python);
    command.arg(cargo::root().join("xtask/peer/notebook.py")).arg(small).arg(large);
    command.arg(cargo::root().join("data/tokenizer")).arg(out).env("HF_HUB_OFFLINE", "1");
    Ok(command)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn spread(values: &[f64]) -> Option<[f64; 2]> {
    Some([values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?])
}
