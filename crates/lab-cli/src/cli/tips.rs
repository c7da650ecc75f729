//! Tips for a refused command line, below clap's message: what was probably meant.

use std::{borrow::Cow, ffi::OsString};

use clap::{
    Command,
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use super::help;

/// What clap prints before a tip.
const TIP: &str = "  tip: ";

const QUOTES: &str = "a text of several words goes in quotes: 'It was a dark'";

/// Adds a tip to an error, or replaces clap's tip where that is wrong. `line` is the command line that clap has read. A
/// long tip is wrapped at `columns`.
pub(super) fn add(mut error: Error, command: &Command, line: &[OsString], columns: usize) -> Error {
    let words: Vec<Cow<'_, str>> = line.iter().skip(1).map(|word| word.to_string_lossy()).collect();
    let Some(sub) = words.iter().find_map(|word| command.find_subcommand(word.as_ref())) else { return error };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => {
            // clap's own tip puts `--` before any unknown option, but few commands take a text.
            error.remove(ContextKind::Suggested);
            let given = text_of(&error, ContextKind::InvalidArg);
            let tip = if given.starts_with('-') { of_option(&given, sub, command) } else { of_word(sub, &words) };
            if tip.is_some() && error.remove(ContextKind::SuggestedArg).is_some() {
                // clap's usage line contains the option of its own tip.
                error.insert(ContextKind::Usage, ContextValue::StyledStr(sub.clone().render_usage()));
            }
            // A misspelt option is more likely than a text.
            tip.or_else(|| {
                let is_text =
                    given.starts_with('-') && error.get(ContextKind::SuggestedArg).is_none() && takes_text(sub);
                is_text.then(|| format!("if {given} is a text, put -- before it"))
            })
        }
        ErrorKind::InvalidValue => {
            let (given, of) = (text_of(&error, ContextKind::InvalidValue), text_of(&error, ContextKind::InvalidArg));
            of_value(&given, &of, &words)
        }
        // A second word after `--prompt`.
        ErrorKind::ArgumentConflict if words.iter().any(|word| word.starts_with("--prompt")) => {
            let pair = [text_of(&error, ContextKind::InvalidArg), text_of(&error, ContextKind::PriorArg)];
            pair.contains(&"[TEXT]".to_owned()).then(|| QUOTES.to_owned())
        }
        _ => None,
    };
    if let Some(mut tip) = tip {
        if error.kind() == ErrorKind::UnknownArgument {
            tip = help::hanging(&tip, TIP.len(), columns);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn text_of(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// A tip for an option of another command, or one that this command has under another name.
fn of_option(given: &str, sub: &Command, command: &Command) -> Option<String> {
    let name = given.split('=').next().unwrap_or(given);
    let of = sub.get_name();
    match name {
        "--model" if has(sub, "--small") => {
            return Some(format!("{of} runs two models: name them with --small and --large, or a pair with --models"));
        }
        "--small" | "--large" if has(sub, "--model") => {
            return Some(format!("{of} runs one model: name it with --model"));
        }
        "--prompt" | "--text" if takes_text(sub) => {
            return Some(format!("{of} takes its text without an option: lab {of} 'It was a dark'"));
        }
        _ => {}
    }
    let others: Vec<&str> = command.get_subcommands().filter(|sub| has(sub, name)).map(Command::get_name).collect();
    match &others[..] {
        [] => None,
        [other] => Some(format!("{name} is an option of {other}")),
        [others @ .., last] => Some(format!("{name} is an option of {} and {last}", others.join(", "))),
    }
}

/// A tip for an extra word: probably the second word of a text without quotes.
fn of_word(sub: &Command, words: &[Cow<'_, str>]) -> Option<String> {
    let texts = ["--prompt", "--token", "--file"];
    let given = words.iter().any(|word| texts.iter().any(|text| word.split('=').next() == Some(text)));
    (takes_text(sub) || given).then(|| QUOTES.to_owned())
}

/// A tip for an invalid part or a missing value.
fn of_value(given: &str, of: &str, words: &[Cow<'_, str>]) -> Option<String> {
    let option = of.split(' ').next().unwrap_or(of);
    if given.is_empty() {
        let next = words.iter().skip_while(|word| *word != option).nth(1)?;
        return next.starts_with('-').then(|| format!("if {next} is its value, write {option}={next}"));
    }
    let is_part = option.starts_with("<PART>") || option.starts_with("[PART]");
    match words.iter().any(|word| word.starts_with("--prompt")) {
        true if is_part => Some(QUOTES.to_owned()),
        false if is_part && given.contains(char::is_alphabetic) => {
            Some("a prompt goes after --prompt, in quotes".to_owned())
        }
        _ => None,
    }
}

fn has(command: &Command, option: &str) -> bool {
    let short = |letter| option.strip_prefix('-').is_some_and(|name| name.chars().eq([letter]));
    let long = |name: &str| option.strip_prefix("--") == Some(name);
    command.get_arguments().any(|arg| arg.get_long().is_some_and(long) || arg.get_short().is_some_and(short))
}

fn takes_text(command: &Command) -> bool {
    command.get_positionals().any(|arg| arg.get_id() == "text")
}
