//! The whole program from a cold process: nine figures on models of full size, and one answer on the demo model.
//!
//! `cargo bench -p lab-cli --bench whole -- [--json] [--python PATH]`, where `PATH` is a Python that runs the notebook.
//! The models are written once, 4 GB in the target folder.
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use test_support::bench::{Row, Run};

/// The release build of the program.
const LAB: &str = env!("CARGO_BIN_EXE_lab");

/// Rounds of each program; one more, first, warms the page cache.
const ROUNDS: usize = 5;

/// The notebook's time and the memory of its own as measured with its own programs on two cores, for where no Python is
/// given.
const NOTEBOOK_SECONDS: f64 = 10.5;
const NOTEBOOK_GB: f64 = 0.56;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let python = arguments.iter().position(|argument| argument == "--python").and_then(|at| arguments.get(at + 1));
    Ok(test_support::bench::print(&rows(python.map(Path::new))?, json)?)
}

fn rows(python: Option<&Path>) -> io::Result<Vec<Row>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    let (small, large) = (model(&folder, "gpt2")?, model(&folder, "gpt2-large")?);

    let ours_out = folder.join("figures");
    let mut ours = lab(&folder);
    ours.args(["part", "all", "--timings", "--small"]).arg(&small).arg("--large").arg(&large);
    ours.arg("--out").arg(&ours_out);
    let mut peer = python.map(|python| notebook(python, &small, &large, &folder)).transpose()?;

    eprintln!("bench: the whole lab, {ROUNDS} rounds");
    let both = rounds(|| {
        Ok((test_support::bench::run(&mut ours)?, peer.as_mut().map(test_support::bench::run).transpose()?))
    })?;
    let (our_runs, peer_runs): (Vec<Run>, Vec<Option<Run>>) = both.into_iter().unzip();
    let peer_runs: Vec<Run> = peer_runs.into_iter().flatten().collect();
    if let Some(run) = peer_runs.last() {
        eprintln!("where the notebook's time goes: {}", run.stdout.lines().last().unwrap_or_default());
    }
    eprintln!("where ours goes: run `lab part all --timings` on {} and {}", small.display(), large.display());

    let mut next = lab(&folder);
    next.args(["next", "It was a dark and stormy", "--models", "demo"]);
    let next = rounds(|| test_support::bench::run(&mut next))?;
    let cold = |model: &Path, engine: &str| {
        let mut cold = lab(&folder);
        cold.args(["next", "It was a dark and stormy", "--engine", engine, "--model"]).arg(model);
        rounds(|| test_support::bench::run(&mut cold))
    };
    let (cold_small, cold_large) = (cold(&small, "native")?, cold(&large, "native")?);
    let (torch_small, torch_large) = (cold(&small, "torch")?, cold(&large, "torch")?);
    eprintln!("bench: the same with the page cache full");
    let full = PageCache::fill(&folder)?.map(|_filled| cold(&large, "native")).transpose()?;

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
        Row::new("the notebook's", "GB", &peer_peaks, &[], None).limit(limit),
        Row::new("cold process to first logits (`lab next`), gpt2", "s", &firsts(&cold_small), &[], Some(0.25)),
        Row::new("the same, to its end", "s", &seconds(&cold_small), &[], None),
        Row::new("cold process to first logits (`lab next`), gpt2-large", "s", &firsts(&cold_large), &[], Some(0.40)),
        Row::new("the same, to its end", "s", &seconds(&cold_large), &[], None),
        Row::new("cold process to first logits, engine torch, gpt2", "s", &firsts(&torch_small), &[], None),
        Row::new("the same, gpt2-large", "s", &firsts(&torch_large), &[], None),
        Row::new("`lab next` on the demo model from a cold process", "s", &seconds(&next), &[], Some(0.7)),
    ];
    if let Some(full) = full {
        let name = "cold process to first logits, gpt2-large, page cache full";
        let row = Row::new(name, "s", &firsts(&full), &firsts(&cold_large), Some(1.3));
        rows.push(row.limit("the peer is the same with memory free"));
    }
    Ok(rows)
}

/// A file that holds no data but fills the page cache until it is dropped.
struct PageCache(PathBuf);

impl PageCache {
    /// Reads a sparse file until it fills the page cache; `None` if the system does not report memory use.
    fn fill(folder: &Path) -> io::Result<Option<Self>> {
        let free = || {
            let memory = fs::read_to_string("/proc/meminfo").ok()?;
            let line = memory.lines().find_map(|line| line.strip_prefix("MemFree:"))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
        };
        let Some(before) = free() else { return Ok(None) };
        let filled = Self(folder.join("page-cache"));
        // The kernel's reserve of free memory cannot be filled.
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
fn rounds<T>(mut round: impl FnMut() -> io::Result<T>) -> io::Result<Vec<T>> {
    round()?;
    (0..ROUNDS).map(|_| round()).collect()
}

/// The lab, which remembers the hashes of the models' files in the benchmark's own folder.
fn lab(folder: &Path) -> Command {
    let mut command = Command::new(LAB);
    command.current_dir(root()).env("XDG_CACHE_HOME", folder);
    command
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A model of full size with seeded random weights, made once.
fn model(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let path = folder.join("models").join(name);
    if !path.exists() {
        eprintln!("bench: writing a random {name}");
        let unfinished = path.with_extension("unfinished");
        let example = ["run", "--quiet", "--release", "-p", "gpt2-runner", "--example", "random_checkpoint", "--"];
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        test_support::bench::run(cargo.current_dir(root()).args(example).arg(name).arg(&unfinished))?;
        fs::rename(unfinished, &path)?;
    }
    Ok(path)
}

/// The notebook as a script, on the same models.
fn notebook(python: &Path, small: &Path, large: &Path, folder: &Path) -> io::Result<Command> {
    let out = folder.join("notebook");
    fs::create_dir_all(&out)?;
    let mut command = Command::new(python);
    command.arg(root().join("xtask/peer/notebook.py")).arg(small).arg(large);
    command.arg(root().join("data/tokenizer")).arg(out).env("HF_HUB_OFFLINE", "1");
    Ok(command)
}
