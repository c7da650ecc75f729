//! Separates texts and numbers that start with a hyphen from options, before clap reads the command line.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// The rule, as `lab --help` states it.
pub(super) const RULE: &str = "\
Arguments that start with a hyphen: an option has a letter after its hyphens and no space. Anything else is a text or a \
number, such as '- a list', -.5, -1e-3, '-1, 2' and -inf. Put `--` before any other text that starts with a hyphen, and \
`=` before it after an option: --prompt=--help.";

/// A command line for clap.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The arguments, in an order and a form in which clap takes values that start with a hyphen.
    pub(super) arguments: Vec<OsString>,
    /// The first positional value after an option that follows an earlier positional value.
    pub(super) apart: Option<String>,
}

impl Line {
    /// Reads what was typed. An option and its value that starts with a hyphen become one argument with `=` between
    /// them; if a positional value starts with a hyphen, all positional values move behind the options and a `--`.
    pub(super) fn read(command: &Command, typed: Vec<OsString>) -> Self {
        let at = typed.iter().skip(1).position(|argument| !is_option(argument)).map(|n| n + 1);
        let Some((at, command)) = at.and_then(|at| Some((at, command.find_subcommand(&typed[at])?))) else {
            return Self { arguments: typed, apart: None };
        };
        let mut rest = typed.iter().skip(at + 1).peekable();
        let mut words: Vec<(IsValue, OsString)> = Vec::new();
        let (mut apart, mut dashes) = (None, false);
        while let Some(argument) = rest.next() {
            if argument == "--" {
                dashes = true;
                words.extend(rest.by_ref().map(|value| (true, value.clone())));
            } else if is_option(argument) {
                let value = rest.next_if(|next| takes_next(command, argument) && !is_option(next));
                match value {
                    Some(value) if starts_with_hyphen(value) => {
                        words.push((false, [argument, OsStr::new("="), value].into_iter().collect()));
                    }
                    value => words.extend([argument].into_iter().chain(value).map(|word| (false, word.clone()))),
                }
            } else {
                if words.iter().any(|(is_value, _)| *is_value) && words.last().is_some_and(|(is_value, _)| !is_value) {
                    apart.get_or_insert_with(|| argument.to_string_lossy().into_owned());
                }
                dashes |= starts_with_hyphen(argument);
                words.push((true, argument.clone()));
            }
        }
        if dashes {
            let first_value = words.iter().filter(|(is_value, _)| !is_value).count();
            words.sort_by_key(|(is_value, _)| *is_value);
            words.insert(first_value, (false, "--".into()));
        }
        let words = words.into_iter().map(|(_, word)| word);
        Self { arguments: typed[..=at].iter().cloned().chain(words).collect(), apart }
    }
}

/// Whether an argument is neither an option nor an option's value.
type IsValue = bool;

/// Whether an argument is longer than a hyphen and starts with one. A hyphen alone is standard input.
fn starts_with_hyphen(argument: &OsStr) -> bool {
    argument.len() > 1 && argument.as_encoded_bytes().starts_with(b"-")
}

/// Whether an argument is an option, known or not: see [`RULE`]. In `--prompt='a text'` the space belongs to the value.
fn is_option(argument: &OsStr) -> bool {
    let argument = argument.to_string_lossy();
    let name = argument.trim_start_matches('-');
    let is_numbers = || argument.split(',').all(|word| word.parse::<f64>().is_ok());
    let first_word = name.split(char::is_whitespace).next().unwrap_or_default();
    argument.starts_with('-')
        && name.starts_with(char::is_alphabetic)
        && !is_numbers()
        && (first_word == name || first_word.contains('='))
}

/// Whether an option's value is the next argument.
fn takes_next(command: &Command, option: &OsStr) -> bool {
    let option = option.to_string_lossy();
    if let Some(name) = option.strip_prefix("--") {
        return command.get_arguments().any(|arg| arg.get_long() == Some(name) && arg.get_action().takes_values());
    }
    // In `-k5` the rest is the value.
    let mut letters = option.chars().skip(1);
    let short = |letter| command.get_arguments().find(|arg| arg.get_short() == Some(letter));
    match letters.find_map(|letter| short(letter).map(|arg| arg.get_action().takes_values())) {
        Some(takes_values) => takes_values && letters.next().is_none(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{super::Cli, Line, is_option};

    #[track_caller]
    fn reads(typed: &[&str], expected: &[&str]) {
        let read = |words: &[&str]| words.iter().map(Into::into).collect::<Vec<_>>();
        assert_eq!(Line::read(&Cli::command(), read(typed)).arguments, read(expected));
    }

    #[test]
    fn an_option_has_a_letter_after_its_hyphens_and_no_space() {
        for option in ["--json", "--jsno", "-t", "-k5", "--prompt=- a text", "--promt=a text", "-é", "---x", "-t=-1, 2"]
        {
            assert!(is_option(option.as_ref()), "{option}");
        }
        for value in [
            "text", "", "-", "--", "---", "- a list", "-It was", "--It was", "-1", "-1e-05", "-.5", "-1, 2", "-1e-3,2",
            "-inf", "-inf,1", "-NaN", "-…", "-\"so\"", "-1st",
        ] {
            assert!(!is_option(value.as_ref()), "{value}");
        }
    }

    #[test]
    fn values_are_put_where_clap_takes_them() {
        // Only options start with a hyphen: nothing changes.
        reads(&["lab", "next", "x", "-k", "2", "--json"], &["lab", "next", "x", "-k", "2", "--json"]);
        // An option without its value gets no other.
        reads(&["lab", "next", "5", "-k"], &["lab", "next", "5", "-k"]);
        reads(&["lab", "next", "- 5", "-k"], &["lab", "next", "-k", "--", "- 5"]);
        reads(&["lab", "tokens", "- a"], &["lab", "tokens", "--", "- a"]);
        reads(&["lab", "softmax", "-1e-3", "2", "-t", ".5"], &["lab", "softmax", "-t", ".5", "--", "-1e-3", "2"]);
        reads(&["lab", "part", "3", "--prompt", "- a"], &["lab", "part", "3", "--prompt=- a"]);
        reads(&["lab", "next", "x", "--token", "--"], &["lab", "next", "x", "--token=--"]);
        reads(&["lab", "next", "-t", "-1", "x"], &["lab", "next", "-t=-1", "x"]);
        reads(&["lab", "next", "-t0.5", "-1"], &["lab", "next", "-t0.5", "--", "-1"]);
        reads(&["lab", "tokens", "--", "--jsno"], &["lab", "tokens", "--", "--jsno"]);
        // An option that is no value, and one that takes none.
        reads(&["lab", "part", "3", "--prompt", "--dpi", "40"], &["lab", "part", "3", "--prompt", "--dpi", "40"]);
        reads(&["lab", "next", "--json", "- x"], &["lab", "next", "--json", "--", "- x"]);
        reads(&["lab", "--timings", "next", "--timings", "x"], &["lab", "--timings", "next", "--timings", "x"]);
        // No command, or none that there is.
        reads(&["lab", "--help"], &["lab", "--help"]);
        reads(&["lab", "nxt", "-1"], &["lab", "nxt", "-1"]);
    }
}
