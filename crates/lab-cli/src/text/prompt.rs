use super::{Kind, Line};
use crate::{Prompt, printable};

/// A text and the place of what comes next.
pub fn prompt_heading(prompt: &Prompt) -> String {
    match prompt.text.as_str() {
        "" => "(the prompt is not in the file) ___".to_owned(),
        text => format!("{} ___", printable(text)),
    }
}

/// What is to be known about a text that ends with a space.
pub fn prompt_hint(prompt: &Prompt) -> Option<Line> {
    prompt.text.ends_with(' ').then(|| {
        let hint = "The text ends with a space, which is a token of its own here: GPT-2's words begin with theirs, as in \
                    \" night\". Without it the next word is guessed better.";
        Line::new(Kind::Note, hint)
    })
}
