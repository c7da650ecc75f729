use textwrap::{Options, WordSeparator, WordSplitter, core::Word};

/// Wraps a text at `columns`; lines after the first are indented. Lines break between words only. A path or a command
/// is never broken, so that it can be copied.
pub fn wrap(text: &str, columns: usize, indent: &str) -> String {
    textwrap::fill(text, options(columns).subsequent_indent(indent))
}

/// How all texts are wrapped.
pub(super) fn options<'a>(columns: usize) -> Options<'a> {
    Options::new(columns)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// The words of a line, each with the spaces after it; a command counts as one.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        let whole = command(rest).unwrap_or_else(|| rest.find(' ').unwrap_or(rest.len()));
        let spaces = rest[whole..].len() - rest[whole..].trim_start_matches(' ').len();
        let (word, after) = rest.split_at_checked(whole + spaces)?;
        rest = after;
        (!word.is_empty()).then(|| Word::from(word))
    }))
}

/// How long a bracket may be that is not broken either.
const SHORT: usize = 10;

/// How long the command is that a text begins with, if it does: to the second backtick, or to a bracket or the end.
fn command(text: &str) -> Option<usize> {
    if let Some(inside) = text.strip_prefix('`') {
        let end = inside.find('`')? + 2;
        return Some(end + text[end..].find(' ').unwrap_or(text.len() - end));
    }
    if text.starts_with('(') {
        // A size: `(0.5 GB)`.
        return text.find(')').map(|end| end + 1).filter(|&length| length <= SHORT);
    }
    let is_command = ["cargo xtask ", "lab part ", "lab record ", "lab models "].iter().any(|c| text.starts_with(c));
    is_command.then(|| text.find(" (").unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_commands_stay_whole() {
        let text =
            "gpt2-large is not in /home/somebody/softmax-lab/data; `cargo xtask weights gpt2-large` downloads it";
        assert_eq!(
            wrap(text, 30, "  "),
            "gpt2-large is not in\n  /home/somebody/softmax-lab/data;\n  `cargo xtask weights gpt2-large`\n  downloads it"
        );
        let text = "To get GPT-2 instead of the demo pair: cargo xtask weights gpt2 gpt2-large";
        assert_eq!(wrap(text, 40, ""), "To get GPT-2 instead of the demo pair:\ncargo xtask weights gpt2 gpt2-large");
        let text = "not here; to get it: cargo xtask weights gpt2 (0.5 GB)";
        for columns in [30, 32] {
            assert_eq!(wrap(text, columns, "  "), "not here; to get it:\n  cargo xtask weights gpt2\n  (0.5 GB)");
        }
        assert_eq!(wrap("a `b", 3, ""), "a\n`b");
        assert_eq!(wrap("  set in here", 8, "    "), "  set in\n    here");
        assert_eq!(wrap("", 8, ""), "");
    }
}
