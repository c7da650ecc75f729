//! How help fits a terminal: clap wraps what it says of options, this what stands below them.

use clap::Command;
use console::Term;
use textwrap::{Options, WordSplitter::NoHyphenation, fill};

/// As wide as help gets.
const WIDEST: usize = 100;
/// How far the second line of an example is to the right of its first.
const HANGING: usize = 4;

/// How many columns there are for help.
pub(super) fn columns() -> usize {
    let terminal = [Term::stdout(), Term::stderr()].into_iter().find_map(|term| term.size_checked());
    let columns = terminal.map(|(_, columns)| usize::from(columns));
    let columns = columns.or_else(|| std::env::var("COLUMNS").ok()?.parse().ok());
    columns.filter(|&columns| columns > 0).map_or(WIDEST, |columns| columns.min(WIDEST))
}

/// The command with help for so many columns.
pub(super) fn fitted(command: Command, columns: usize) -> Command {
    let below = command.get_after_help().map(|text| wrapped(&text.to_string(), columns));
    let command = command.term_width(columns).mut_subcommands(|command| fitted(command, columns));
    match below {
        Some(text) => command.after_help(text),
        None => command,
    }
}

/// A text behind what takes so many columns: its other lines begin below its first.
pub(super) fn hanging(text: &str, indent: usize, columns: usize) -> String {
    let indent = " ".repeat(indent);
    let options = Options::new(columns).word_splitter(NoHyphenation).initial_indent(&indent).subsequent_indent(&indent);
    fill(text, options).trim_start().to_owned()
}

/// Each line wrapped at words. What is indented, an example, hangs: its other lines are indented further. An example
/// and what it does, with two spaces or more between them, are two columns, or two lines where columns get too narrow.
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
