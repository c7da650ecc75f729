//! Wraps help to the terminal's width: clap wraps the options, this module the text below them.

use clap::Command;
use console::Term;
use textwrap::{Options, WordSplitter::NoHyphenation, fill};

/// The maximum width of help.
const WIDEST: usize = 100;
/// The extra indentation of an example's continued lines.
const HANGING: usize = 4;

/// How many columns there are for help.
pub(super) fn columns() -> usize {
    let terminal = [Term::stdout(), Term::stderr()].into_iter().find_map(|term| term.size_checked());
    let columns = terminal.map(|(_, columns)| usize::from(columns));
    let columns = columns.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok());
    columns.filter(|&columns| columns > 0).map_or(WIDEST, |columns| columns.min(WIDEST))
}

/// The command, with help for this number of columns.
pub(super) fn fitted(command: Command, columns: usize) -> Command {
    let below = command.get_after_help().map(|text| wrapped(&text.to_string(), columns));
    let command = command.term_width(columns).mut_subcommands(|command| fitted(command, columns));
    match below {
        Some(text) => command.after_help(text),
        None => command,
    }
}

/// Wraps a text that starts at column `indent`; continued lines start at the same column.
pub(super) fn hanging(text: &str, indent: usize, columns: usize) -> String {
    let indent = " ".repeat(indent);
    let options = Options::new(columns).word_splitter(NoHyphenation).initial_indent(&indent).subsequent_indent(&indent);
    fill(text, options).trim_start().to_owned()
}

/// Wraps each line at words. Continued lines of an example, which is an indented line, are indented further. A command
/// and its description, with two or more spaces between them, become two lines if they do not fit in one.
fn wrapped(text: &str, columns: usize) -> String {
    let line = |line: &str| {
        let example = line.trim_start();
        let indent = line.len() - example.len();
        if indent == 0 {
            return fill(line, Options::new(columns).word_splitter(NoHyphenation));
        }
        let set_in = |text: &str, first: usize, rest: usize| {
            let (first, rest) = (" ".repeat(first), " ".repeat(rest));
            let options = Options::new(columns).word_splitter(NoHyphenation);
            fill(text, options.initial_indent(&first).subsequent_indent(&rest))
        };
        match example.split_once("  ") {
            Some((command, what)) if line.chars().count() > columns => {
                let (command, what) = (command.trim_end(), what.trim_start());
                let (below, further) = (indent + HANGING, indent + 2 * HANGING);
                format!("{}\n{}", set_in(command, indent, further), set_in(what, below, below))
            }
            _ => set_in(example, indent, indent + HANGING),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{hanging, wrapped};

    #[test]
    fn a_tip_hangs_below_itself() {
        assert_eq!(hanging("name it with --model", 7, 20), "name it with\n       --model");
    }

    #[test]
    fn an_example_that_is_too_long_hangs() {
        let text = "Examples:\n  lab next 'It was'   the next token\n\nA paragraph of many words.";
        assert_eq!(wrapped(text, 80), text);
        assert_eq!(
            wrapped(text, 20),
            "Examples:\n  lab next 'It was'\n      the next token\n\nA paragraph of many\nwords."
        );
        assert_eq!(wrapped("  lab next 'It was a dark' --json", 22), "  lab next 'It was a\n      dark' --json");
    }
}
