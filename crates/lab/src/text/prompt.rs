use std::borrow::Cow;

use super::{Kind, Line};
use crate::{Prompt, print::thousands, printable};

/// A text and the place of what comes next.
pub fn prompt_heading(prompt: &Prompt) -> String {
    format!("{} ___", prompt_text(prompt))
}

/// A text for display, or a note that it is unknown.
pub fn prompt_text(prompt: &Prompt) -> Cow<'_, str> {
    match prompt.text.as_str() {
        "" => Cow::Borrowed("(the prompt is not in the file)"),
        text => printable(text),
    }
}

/// A note on tokens with logit −∞, if there are any.
pub(super) fn left_out_line(kind: Kind, left_out: usize, vocab_size: usize) -> Option<Line> {
    let (rest, all) = (thousands((vocab_size - left_out) as u64), thousands(vocab_size as u64));
    let text = format!("{rest} of {all} tokens share all of the probability: the logits of the others are -inf.");
    (left_out > 0).then(|| Line::new(kind, text))
}

/// A note on a text that ends with a space.
pub fn prompt_hint(prompt: &Prompt) -> Option<Line> {
    prompt.text.ends_with(' ').then(|| {
        let hint = "The text ends with a space, which is a token of its own here: GPT-2's words begin with theirs, as in \
                    \" night\". Without it the next word is guessed better.";
        Line::new(Kind::Note, hint)
    })
}
