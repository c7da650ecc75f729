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
Written by `cargo xtask examine --python PATH --write`. [The examination](../data/examination/README.md) says what is
asked and which error is allowed. A cell has the answers within it, of those asked, and the worst error by the allowed
one: up to 1 is right, ∞ is a NaN or an infinity where none belongs, or the other way round. numpy is the customary
formula written with it, `exp(x - max) / sum`; all that Python runs divides by the temperature first, in the type.
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
    let (mut python, mut write) = (None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--python" => python = Some(rest.next().ok_or("--python needs the path of a Python")?),
            _ => return Err(format!("{argument} is not accepted: --python PATH and --write are").into()),
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
    if let Some(python) = python {
        let out = env::temp_dir().join(format!("examination-{}", std::process::id()));
        let status = Command::new(python).arg(folder.join("sit.py")).arg(&out).status()?;
        if !status.success() {
            return Err(format!("sit.py ended with {status}").into());
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
