//! Lets softmax-core and, with a Python, other engines sit the examination, and prints the table or writes it into
//! `docs/examination.md`. `cargo xtask examine` runs it.
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use examination::{
    Case, Error, Operation, Recorded, Report, judge, judge_operations, markdown, operations_markdown, ours,
    ours_operating, read, read_operations, record, recorded,
};
use softmax_core::SimdPath;

/// The usage message.
const ACCEPTED: &str = "--python PATH, --engine FILE, --engines, --answers FOLDER, --with FOLDER and --write are";

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
    let (mut own, mut elsewhere) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--engines" => engines = true,
            "--engine" => engine = Some(rest.next().ok_or("--engine needs the path of a Python file")?),
            "--answers" => own = Some(Path::new(rest.next().ok_or("--answers needs a folder")?)),
            "--with" => elsewhere = Some(Path::new(rest.next().ok_or("--with needs a folder")?)),
            "--python" => python = Some(rest.next().ok_or("--python needs the path of a Python")?),
            _ => return Err(format!("{argument} is not accepted: {ACCEPTED}").into()),
        }
    }
    // `cargo xtask` runs this in the project's folder.
    let folder = Path::new("data/examination");
    let (cases, operations) = (read(folder)?, read_operations(folder)?);
    let mut reports = Vec::new();
    for path in SimdPath::available().map(Some).chain([None]) {
        let answers = cases.iter().map(|case| ours(case, path)).collect::<Result<Vec<_>, _>>()?;
        let name = path.map_or_else(|| "softmax-core, f64".to_owned(), |path| format!("softmax-core, {path}"));
        // Every machine has the other two.
        if let (Some(folder), Some(path)) = (own, path.filter(|&path| path != SimdPath::Scalar)) {
            fs::create_dir_all(folder)?;
            record(&name, (&cases, &answers), (&[], &[]), &folder.join(format!("softmax-core-{path}.safetensors")))?;
        }
        reports.push((name, judge(&cases, answers)));
    }
    if let Some(folder) = elsewhere {
        let recorded = read_answers(folder, &cases, &operations).map_err(|e| format!("{}: {e}", folder.display()))?;
        reports.extend(recorded.into_iter().map(|Recorded { engine, answers, .. }| (engine, judge(&cases, answers))));
    }
    let answers = operations.iter().map(ours_operating).collect::<Result<Vec<_>, _>>()?;
    let mut operating = vec![("softmax-core".to_owned(), judge_operations(&operations, answers))];
    let passed = reports.iter().chain(&operating).all(|(_, report)| report.passed());
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
        let judged = judged(others, &out, &cases, &operations);
        fs::remove_dir_all(out)?;
        for Recorded { engine, answers, operating: answered } in judged? {
            let (softmaxes, others) = (judge(&cases, answers), judge_operations(&operations, answered));
            reports.extend((!softmaxes.rows.is_empty()).then(|| (engine.clone(), softmaxes)));
            operating.extend((!others.rows.is_empty()).then_some((engine, others)));
        }
    }
    let page = page((&cases, &reports), (&operations, &operating), elsewhere.is_some());
    if write {
        fs::write("docs/examination.md", page)?;
    } else {
        io::stdout().write_all(page.as_bytes())?;
    }
    Ok(passed)
}

/// Runs programs that write answers into a folder, and reads what they have written.
fn judged(
    programs: Vec<Command>,
    out: &Path,
    cases: &[Case],
    operations: &[Operation],
) -> Result<Vec<Recorded>, Error> {
    for mut command in programs {
        let status = command.arg(out).status().map_err(|e| format!("{command:?}: {e}"))?;
        if !status.success() {
            return Err(format!("{command:?} ended with {status}").into());
        }
    }
    read_answers(out, cases, operations)
}

/// The answers in a folder's files, in the order of the engines' names.
fn read_answers(folder: &Path, cases: &[Case], operations: &[Operation]) -> Result<Vec<Recorded>, Error> {
    let read = fs::read_dir(folder)?.map(|file| recorded(&file?.path(), cases, operations));
    let mut engines = read.collect::<Result<Vec<_>, Error>>()?;
    engines.sort_by(|a, b| a.engine.cmp(&b.engine));
    Ok(engines)
}

/// The page: the text of `page.md`, and the tables.
fn page(
    (cases, reports): (&[Case], &[(String, Report)]),
    (operations, operating): (&[Operation], &[(String, Report)]),
    elsewhere: bool,
) -> String {
    let here = env::consts::ARCH;
    let other = if here == "aarch64" { "x86_64" } else { "aarch64" };
    let (with, there) = if elsewhere {
        (" --with DIR", format!("DIR has softmax-core's answers on\n{other}, written with `--answers DIR`"))
    } else {
        ("", format!("{other}: not run here"))
    };
    let (inputs, questions) = (cases.len(), operations.len());
    let tables = markdown(cases, reports) + &operations_markdown(operations, operating);
    format!(
        include_str!("page.md"),
        inputs = inputs,
        questions = questions,
        here = here,
        with = with,
        there = there,
        mine = MINE,
        tables = tables
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
