//! `lab`: what softmax does to a language model's logits. See [`lab_cli`].
use std::io::{self, Write};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use gpt2_runner::printable;
use lab_cli::{Context, cli, commands, terminal::Progress, timings::Timings};

fn main() {
    gpt2_runner::explain_bus_errors();
    let code = run();
    // The reader may be gone; whoever prints an answer has said so.
    let _ = io::stdout().flush();
    gpt2_runner::exit_at_once(code)
}

fn run() -> u8 {
    let timings = Timings::start();
    let cli = match cli::read() {
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
        Ok(()) => 0,
        Err(error) if error.is_broken_pipe() => 0,
        Err(error) => {
            // Nobody may be listening. What an error repeats of a file or an argument may be anything.
            let _ = writeln!(io::stderr(), "error: {}", printable(&error.to_string()));
            error.exit_code()
        }
    }
}

/// Help and version are no errors. A value that is refused takes one line; what else is wrong gets clap's usual text.
/// Arguments that are repeated may be anything: they are shown escaped.
fn usage(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("For more"));
            let _ = writeln!(io::stderr(), "{}", printable(&lines.collect::<Vec<_>>().join(" ")));
        }
        _ if text.lines().any(|line| printable(line) != line) => {
            let lines: Vec<_> = text.lines().map(printable).collect();
            let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
        }
        _ => {
            // The reader of help may be gone.
            let _ = error.print();
            if error.kind() == ErrorKind::UnknownArgument && is_left_over_word(error) {
                let _ = writeln!(io::stderr(), "\n  tip: a text of several words goes in quotes: 'It was a dark'");
            }
        }
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}

/// Whether what was not expected is a word, after a text that was, and no option.
fn is_left_over_word(error: &clap::Error) -> bool {
    let takes_text = ["tokens", "next", "compare", "logits", "generate", "score", "lens", "attention"];
    let command = std::env::args().nth(1).unwrap_or_default();
    let word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) => !word.starts_with('-'),
        _ => false,
    };
    word && takes_text.contains(&command.as_str())
}
