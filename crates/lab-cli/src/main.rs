//! `lab`: what softmax does to a language model's logits. See [`lab_cli`].
use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};
use lab_cli::{Context, cli::Cli, commands, terminal::Progress, timings::Timings};

fn main() -> ExitCode {
    gpt2_runner::explain_bus_errors();
    let timings = Timings::start();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let print_timings = cli.timings;
    let context = Context { progress: Progress::start(), timings };
    let result = commands::run(cli, &context);
    let Context { progress, timings } = context;
    drop(progress);
    if print_timings {
        eprint!("{}", timings.lines());
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Help and version are no errors. A value that is refused takes one line; what else is wrong gets clap's usual text.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let text = error.render().to_string();
            let lines: Vec<&str> =
                text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
            eprintln!("{}", lines.join(" "));
        }
        _ => {
            // The reader of help may be gone.
            let _ = error.print();
            let words = ["tokens", "next", "compare", "logits"];
            let command = std::env::args().nth(1);
            if error.kind() == ErrorKind::UnknownArgument && words.iter().any(|w| command.as_deref() == Some(w)) {
                eprintln!("\n  tip: a text of several words goes in quotes: 'It was a dark'");
            }
        }
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
