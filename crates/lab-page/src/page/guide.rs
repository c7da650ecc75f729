//! Three guided steps for each part: a question, as a link to the state of the page that answers it.

use maud::{Markup, html};

/// A part's steps: the values that the address names, and the question. `V` is the size of the vocabulary.
const STEPS: [[(&str, &str); 3]; 5] = [
    [
        ("shift=100", "Add 100 to all numbers: which probabilities change?"),
        ("T=0.1", "Set T to 0.1: how much is left for the second largest?"),
        ("shift=-100&T=0.1", "Add −100 at T = 0.1: what becomes of Σ exp z, and of the formula?"),
    ],
    [
        ("T=0.1", "Set T to 0.1: what happens to the entropy?"),
        ("T=5", "Set T to 5: what does the curve come close to?"),
        ("T=0.3&y2=log", "Take the logarithmic axis at T = 0.3: what is the curve now, and its slope?"),
    ],
    [
        ("y3=log", "Take the logarithmic axis: how small are the probabilities of most tokens?"),
        ("T=0.5&y3=log", "Set T to 0.5 as well: what happens to the slope in C?"),
        ("T=2", "Set T to 2 on the linear axis: how much has the most probable token left?"),
    ],
    [
        ("k=3", "Keep 3 tokens: who gets the probability of those dropped?"),
        ("T=2&k=V&p=0.9", "Keep all with top-p = 0.9 at T = 2: how many tokens are left?"),
        ("T=2&k=V&p=0.9&order=last", "Let the temperature come last: how many are left now, and why?"),
    ],
    [
        ("formula=max_normalised", "Subtract the maximum: where do the bands on the ruler go?"),
        ("formula=max_normalised&type=float16", "Take float16: how many probabilities become 0?"),
        ("type=float64", "Take float64 and the formula as written: is it cured?"),
    ],
];

/// The steps of a part, 1 to 5, with a vocabulary of this size.
pub(super) fn steps(part: usize, vocab_size: usize) -> Markup {
    html! {
        ol.guide aria-label="Steps to try" {
            @for (values, question) in STEPS[part - 1] {
                li { a href={ "#part" (part) "&" (values.replace('V', &vocab_size.to_string())) } { (question) } }
            }
        }
    }
}
