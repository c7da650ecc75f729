//! `lab`: what softmax does to a language model's logits, on the command line: arguments in, files and lines out.
//! Reports come from the library [`lab`], the page and its server from [`lab_page`].

mod browse;
mod cli;
mod commands;
mod process;
mod terminal;
mod write;

use std::{
    env,
    io::{self, Write},
};

use clap::error::ErrorKind;
use lab::{Context, Error, printable, timings::Timings};
use softmax_core::SimdPath;

use terminal::ProgressLine;

fn main() {
    process::explain_bus_errors();
    let code = run();
    // The stream may be closed; printing has reported that already.
    let _ = io::stdout().flush();
    process::exit_at_once(code)
}

fn run() -> u8 {
    let timings = Timings::start();
    let cli = match cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let print_timings = cli.timings;
    let context = Context { progress: Box::new(ProgressLine::start()), timings };
    let result = select_simd().and_then(|()| commands::run(cli, &context));
    let Context { progress, timings } = context;
    drop(progress);
    if print_timings {
        eprint!("{}", timings.lines());
    }
    match result {
        Ok(()) => 0,
        Err(error) if error.is_broken_pipe() => 0,
        Err(error) => {
            // An error may quote a file or an argument, so it is shown escaped.
            terminal::print_error(&format!("error: {}", printable(&error.to_string())));
            error.exit_code()
        }
    }
}

/// The environment variable that selects the instruction set of softmax-core and gpt2-runner: `avx512`, `avx2`, `neon`
/// or `scalar`. Without it, or if it is empty, they use the widest that the CPU has.
const SIMD: &str = "SOFTMAX_LAB_SIMD";

fn select_simd() -> Result<(), Error> {
    match env::var_os(SIMD).filter(|name| !name.is_empty()) {
        None => Ok(()),
        Some(name) => {
            let selected = name.to_string_lossy().parse().and_then(SimdPath::set_active);
            selected.map_err(|problem| Error::Simd { variable: SIMD, problem })
        }
    }
}

/// Prints help, the version, or an error on the command line: one line for a refused value or for options that exclude
/// each other, otherwise clap's text. Quoted values are escaped.
fn usage(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::ArgumentConflict => {
            let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage: "));
            let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("For more"));
            let (tips, said): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("tip: "));
            let tips = tips.iter().map(|tip| format!("; {}", &tip["tip: ".len()..]));
            terminal::print_error(&printable(&[said.join(" ")].into_iter().chain(tips).collect::<String>()));
        }
        _ if text.lines().any(|line| printable(line) != line) => {
            let lines: Vec<_> = text.lines().map(printable).collect();
            let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
        }
        _ => {
            // The stream may be closed.
            let _ = error.print();
        }
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}
