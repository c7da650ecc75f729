//! Lets softmax-core and, with a Python, other engines sit the examination, and prints the table or writes it into
//! `docs/examination.md`. `cargo xtask examine` runs it.
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use examination::{Error, judge, markdown, ours, read, recorded};
use softmax_core::SimdPath;

/// What the page says above the tables.
const HEAD: &str = "\
# Softmaxes examined
Written by `cargo xtask examine --python PATH --engines --write`. [The examination](../data/examination/README.md) says what is
asked and which error is allowed. A cell has the answers within it, of those asked, and the worst error by the allowed
one: up to 1 is right, ∞ is a NaN or an infinity where none belongs, or the other way round. numpy is the customary
formula written with it, `exp(x - max) / sum`; all but softmax-core divides by the temperature first, in the type.
PyTorch 2.13.0 has no softmax of float8, eager or through tch; NumPy and SciPy have it through ml_dtypes.
";

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
    let (mut python, mut engines, mut write) = (None, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--engines" => engines = true,
            "--python" => python = Some(rest.next().ok_or("--python needs the path of a Python")?),
            _ => return Err(format!("{argument} is not accepted: --python PATH, --engines and --write are").into()),
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
    let others = others(python.map(Path::new), engines, folder);
    if !others.is_empty() {
        let out = env::temp_dir().join(format!("examination-{}", std::process::id()));
        fs::create_dir_all(&out)?;
        for mut command in others {
            let status = command.arg(&out).status()?;
            if !status.success() {
                return Err(format!("{command:?} ended with {status}").into());
            }
        }
        let mut files: Vec<PathBuf> = fs::read_dir(&out)?.map(|file| Ok(file?.path())).collect::<Result<_, Error>>()?;
        files.sort();
        for file in files {
            let (name, answers) = recorded(&file, &cases)?;
            reports.push((name, judge(&cases, answers)));
        }
        fs::remove_dir_all(out)?;
    }
    let page = format!("{HEAD}{}", markdown(&reports));
    if write {
        fs::write("docs/examination.md", page)?;
    } else {
        io::stdout().write_all(page.as_bytes())?;
    }
    Ok(passed)
}

/// The programs that write other engines' answers into the folder that is their last argument.
fn others(python: Option<&Path>, engines: bool, folder: &Path) -> Vec<Command> {
    let mut commands = Vec::new();
    if let Some(python) = python {
        let mut command = Command::new(python);
        command.arg(folder.join("sit.py"));
        commands.push(command);
    }
    if engines {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["run", "--quiet", "--release", "--locked", "--target-dir", "target", "--manifest-path"]);
        command.args(["crates/examination/engines/torch/Cargo.toml", "--"]);
        commands.push(command);
    }
    commands
}
