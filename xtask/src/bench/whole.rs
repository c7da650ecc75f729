//! The whole program from a cold process: nine figures on models of full size, and one answer on the demo model.
use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use bench_rows::Row;
use fs_err as fs;
use serde_json::json;

use super::process::{self, Run};
use crate::{cargo, disk::sha256_of};

/// Rounds of each program; one more, first, warms the page cache.
const ROUNDS: usize = 5;

/// The notebook's time and memory as measured with its own programs on two cores, for where no Python is given.
const NOTEBOOK_SECONDS: f64 = 10.5;
const NOTEBOOK_GB: f64 = 4.4;

pub(super) fn run(lab: &Path, python: Option<&Path>) -> Result<Vec<Row>> {
    let folder = cargo::target().join("bench");
    let (small, large) = (model(&folder, "gpt2")?, model(&folder, "gpt2-large")?);

    let ours_out = folder.join("figures");
    let mut ours = Command::new(lab);
    ours.args(["part", "all", "--timings", "--small"]).arg(&small).arg("--large").arg(&large);
    ours.arg("--out").arg(&ours_out);
    let mut peer = python.map(|python| notebook(python, &small, &large, &folder)).transpose()?;

    eprintln!("bench: the whole lab, {ROUNDS} rounds");
    let both = rounds(|| Ok((process::run(&mut ours)?, peer.as_mut().map(process::run).transpose()?)))?;
    let (our_runs, peer_runs): (Vec<Run>, Vec<Option<Run>>) = both.into_iter().unzip();
    let peer_runs: Vec<Run> = peer_runs.into_iter().flatten().collect();
    if let Some(run) = peer_runs.last() {
        eprintln!("where the notebook's time goes: {}", run.stdout.lines().last().unwrap_or_default());
    }
    eprintln!("where ours goes: run `lab part all --timings` on {} and {}", small.display(), large.display());

    let mut next = Command::new(lab);
    next.args(["next", "It was a dark and stormy", "--models", "demo"]);
    let next = rounds(|| process::run(&mut next))?;
    let cold = |model: &Path| {
        let mut cold = Command::new(lab);
        cold.args(["next", "It was a dark and stormy", "--model"]).arg(model);
        rounds(|| process::run(&mut cold))
    };
    let (cold_small, cold_large) = (cold(&small)?, cold(&large)?);
    eprintln!("bench: the same with the page cache full");
    let full = PageCache::fill(&folder)?.map(|_filled| cold(&large)).transpose()?;
    let set_up = beyond_the_program(lab, &folder)?;

    let seconds = |runs: &[Run]| runs.iter().map(|run| run.seconds).collect::<Vec<_>>();
    let firsts = |runs: &[Run]| runs.iter().map(|run| run.first).collect::<Vec<_>>();
    let peaks = |runs: &[Run]| runs.iter().map(|run| run.peak_gb).collect::<Vec<_>>();
    // A Python that was not given cannot be measured; what it once took is named as that.
    let (peer_seconds, peer_peaks, peer) = if peer_runs.is_empty() {
        let once = "the peer as once measured; --python runs it";
        (vec![NOTEBOOK_SECONDS; ROUNDS], vec![NOTEBOOK_GB; ROUNDS], once)
    } else {
        (seconds(&peer_runs), peaks(&peer_runs), "the peer is the notebook")
    };
    let bytes: u64 = [small, large]
        .iter()
        .filter_map(|model| model.join("model.safetensors").metadata().ok())
        .map(|m| m.len())
        .sum();
    let limit = format!("{:.2} GB of weights; {peer}", bytes as f64 / 1e9);
    let mut rows = vec![
        Row::new(
            "nine figures from a cold process, gpt2 + gpt2-large",
            "s",
            &seconds(&our_runs),
            &peer_seconds,
            Some(0.12),
        )
        .limit(&limit),
        Row::new("its peak memory that is no file's", "GB", &peaks(&our_runs), &[], Some(0.5)),
        Row::new("the notebook's peak memory", "GB", &peer_peaks, &[], None).limit(limit),
        Row::new("cold process to first logits (`lab next`), gpt2", "s", &firsts(&cold_small), &[], Some(0.25)),
        Row::new("the same, to its end", "s", &seconds(&cold_small), &[], None),
        Row::new("cold process to first logits (`lab next`), gpt2-large", "s", &firsts(&cold_large), &[], Some(0.40)),
        Row::new("the same, to its end", "s", &seconds(&cold_large), &[], None),
        Row::new("`lab next` on the demo model from a cold process", "s", &seconds(&next), &[], Some(0.7)),
        Row::new("a second `cargo xtask figures`, beyond the program's own time", "s", &set_up, &[], Some(1.0)),
    ];
    if let Some(full) = full {
        let name = "cold process to first logits, gpt2-large, page cache full";
        let row = Row::new(name, "s", &firsts(&full), &firsts(&cold_large), Some(1.3));
        rows.insert(7, row.limit("the peer is the same with memory free"));
    }
    Ok(rows)
}

/// A file that holds no data but fills the page cache until it is dropped.
struct PageCache(PathBuf);

impl PageCache {
    /// Reads a file of holes until memory is full of it; `None` where the system does not tell how full it is.
    fn fill(folder: &Path) -> Result<Option<Self>> {
        let free = || {
            let memory = fs::read_to_string("/proc/meminfo").ok()?;
            let line = memory.lines().find_map(|line| line.strip_prefix("MemFree:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
        };
        let Some(before) = free() else { return Ok(None) };
        let filled = Self(folder.join("page-cache"));
        // What the kernel keeps free at all times is beyond it.
        fs::File::create(&filled.0)?.set_len(before)?;
        io::copy(&mut fs::File::open(&filled.0)?, &mut io::sink())?;
        Ok(Some(filled))
    }
}

impl Drop for PageCache {
    fn drop(&mut self) {
        // An empty file of holes does no harm.
        let _ = fs::remove_file(&self.0);
    }
}

/// [`ROUNDS`] rounds, after one that warms the page cache.
fn rounds<T>(mut round: impl FnMut() -> Result<T>) -> Result<Vec<T>> {
    round()?;
    (0..ROUNDS).map(|_| round()).collect()
}

/// What `cargo xtask figures` adds to the lab's own time once everything is in place, in seconds.
fn beyond_the_program(lab: &Path, folder: &Path) -> Result<Vec<f64>> {
    let out = folder.join("demo");
    let mut alone = Command::new(lab);
    alone.args(["part", "all", "--models", "demo", "--out"]).arg(&out);
    let mut whole = cargo::command(["xtask", "figures", "--models", "demo", "--out"]);
    whole.arg(&out);
    rounds(|| {
        let alone = process::run(&mut alone)?;
        Ok(process::run(&mut whole)?.seconds - alone.seconds)
    })
}

/// A model of full size with seeded random weights, made once, with the record that a download would leave.
fn model(folder: &Path, name: &str) -> Result<PathBuf> {
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
        let (bytes, sha256) = sha256_of(&path.join(file))?;
        files.push(json!({ "path": file, "bytes": bytes, "sha256": sha256 }));
    }
    let verified = json!({ "name": name, "repo": "random weights", "revision": "seed 0", "files": files });
    fs::write(record, serde_json::to_string_pretty(&verified)?)?;
    Ok(path)
}

/// The notebook as a script, on the same models.
fn notebook(python: &Path, small: &Path, large: &Path, folder: &Path) -> Result<Command> {
    let out = folder.join("notebook");
    fs::create_dir_all(&out)?;
    let mut command = Command::new(python);
    command.arg(cargo::root().join("xtask/peer/notebook.py")).arg(small).arg(large);
    command.arg(cargo::root().join("data/tokenizer")).arg(out).env("HF_HUB_OFFLINE", "1");
    Ok(command)
}
