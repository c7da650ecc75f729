//! Lets softmax-core and, with a Python, other engines sit the examination, and prints the table or writes it into
//! `docs/examination.md`. `cargo xtask examine` runs it.
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use examination::{Case, Error, Report, judge, markdown, ours, read, recorded};
use softmax_core::SimdPath;

/// What is accepted as arguments.
const ACCEPTED: &str = "--python PATH, --engine FILE, --engines and --write are";

/// The adapter that the page shows.
const MINE: &str = include_str!("../../../data/examination/mine.py");

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(all_ours_passed) if all_ours_passed => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<bool, Error> {
    let (mut python, mut engine, mut engines, mut write) = (None, None, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--engines" => engines = true,
            "--engine" => engine = Some(rest.next().ok_or("--engine needs the path of a Python file")?),
            "--python" => python = Some(rest.next().ok_or("--python needs the path of a Python")?),
            _ => return Err(format!("{argument} is not accepted: {ACCEPTED}").into()),
        }
    }
    // `cargo xtask` runs this in the project's folder.
    let folder = Path::new("data/examination");
    let cases = read(folder)?;
    let mut reports = Vec::new();
    for path in SimdPath::available().map(Some).chain([None]) {
        let answers = cases.iter().map(|case| ours(case, path)).collect::<Result<Vec<_>, _>>()?;
        let name = path.map_or_else(|| "softmax-core, f64".to_owned(), |path| format!("softmax-core, {path}"));
        reports.push((name, judge(&cases, answers)));
    }
    let passed = reports.iter().all(|(_, report)| report.passed());
    let mut others = Vec::new();
    if let Some(python) = python {
        let mut command = Command::new(python);
        command.arg(folder.join("sit.py")).args(engine.iter().flat_map(|file| ["--engine", file.as_str()]));
        others.push(command);
    }
    if engines {
        others.extend(programs()?);
    }
    if !others.is_empty() {
        let out = env::temp_dir().join(format!("examination-{}", std::process::id()));
        fs::create_dir_all(&out)?;
        let judged = judged(others, &out, &cases);
        fs::remove_dir_all(out)?;
        reports.extend(judged?);
    }
    let page = page(&cases, &reports);
    if write {
        fs::write("docs/examination.md", page)?;
    } else {
        io::stdout().write_all(page.as_bytes())?;
    }
    Ok(passed)
}

/// Runs programs that write answers into a folder, and judges what they have written.
fn judged(programs: Vec<Command>, out: &Path, cases: &[Case]) -> Result<Vec<(String, Report)>, Error> {
    for mut command in programs {
        let status = command.arg(out).status().map_err(|e| format!("{command:?}: {e}"))?;
        if !status.success() {
            return Err(format!("{command:?} ended with {status}").into());
        }
    }
    let judged = fs::read_dir(out)?.map(|file| {
        let (name, answers) = recorded(&file?.path(), cases)?;
        Ok((name, judge(cases, answers)))
    });
    let mut reports = judged.collect::<Result<Vec<_>, Error>>()?;
    reports.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(reports)
}

/// What stands above the tables, and they.
fn page(cases: &[Case], reports: &[(String, Report)]) -> String {
    let here = env::consts::ARCH;
    let elsewhere = if here == "aarch64" { "x86_64" } else { "aarch64" };
    let (inputs, tables) = (cases.len(), markdown(cases, reports));
    format!(
        "\
# Softmaxes examined
Where softmaxes are exact and where not: {inputs} inputs that break them, by theme and type, with answers from 50 digits.
[The examination](../data/examination/README.md) says what is in each
[theme and what a wrong answer looks like](../data/examination/README.md#themes), and
[which error is allowed](../data/examination/README.md#what-is-right).

Written by `cargo xtask examine --python PATH --engines --write` on {here}; {elsewhere}: not run here.

## How to read it
A cell has the answers within the allowed error, of those asked, and the worst error by the allowed one: up to 1 is
right, ∞ is a NaN or an infinity where none belongs, or the other way round. What failed is bold, and the last table has
the first wrong answer of each. An engine is asked for softmax, log_softmax and logsumexp, those that it has: OpenVINO and
burn have no logsumexp, and of candle softmax_last_dim is the kernel that its models call.

numpy is the customary formula written with it, `exp(x - max) / sum`. All but softmax-core divide by the temperature
first, in the type. \"torch, compiled\" is `torch.compile` with `dynamic=True`, so that it compiles for all lengths at
once. burn runs on burn-flex, its CPU backend. PyTorch has no softmax of float8, eager or through tch, burn no such type,
and candle e4m3fn alone (its conversion to float64 does not end in 0.11.1, of 0.5 say, so these answers were read through
float32); NumPy and SciPy have both through ml_dtypes. ONNX Runtime has no softmax of bfloat16 on the CPU, and OpenVINO
computes in float32 there, whatever the type.

## Yours
A softmax that Python can call is a file like this, `data/examination/mine.py`:

```python
{MINE}```

`cargo xtask examine --python PATH --engine data/examination/mine.py` prints the tables for it, beside softmax-core. PATH is
a Python with numpy, ml_dtypes (bfloat16 and float8 arrays are of its types) and safetensors. This one fails: where
logits are far from 0, `x - logsumexp(x)` has lost the digits that `(x - max) - log(sum)` keeps, and a row of nothing but
−∞ gives NaN. In Rust it is a crate like those in `crates/examination/engines`.
{tables}"
    )
}

/// The crates beside this one that write other engines' answers into the folder that is their last argument.
fn programs() -> Result<Vec<Command>, Error> {
    let engines = fs::read_dir("crates/examination/engines")?.map(|entry| Ok(entry?.path().join("Cargo.toml")));
    let mut manifests = engines.collect::<Result<Vec<PathBuf>, Error>>()?;
    manifests.sort();
    let program = |manifest: &PathBuf| {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["run", "--quiet", "--release", "--locked", "--target-dir", "target", "--manifest-path"]);
        command.arg(manifest).arg("--");
        command
    };
    Ok(manifests.iter().map(program).collect())
}
