//! The next token: of a prompt, of two models, and softmax of plain numbers.

use std::borrow::Cow;

use super::{Kind, Line, Table, model_line, notebook::top_line};
use crate::{
    Prompt,
    parts::{Comparison, NextReport, SoftmaxReport},
    print::{choices, float_repr, general, nats, numpy_vector, percent, perplexity, positive, share, thousands},
    printable,
    token::TokenProbability,
};

/// A text, and a gap for the next token.
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

/// The most probable next tokens; `because`: why the model was selected in place of GPT-2.
pub fn next_lines(report: &NextReport, because: Option<&str>) -> Vec<Line> {
    let at = if report.temperature == 1.0 { String::new() } else { format!(", T = {}", general(report.temperature)) };
    let mut lines = vec![
        Line::new(Kind::Note, format!("{}{at}", model_line(&[&report.model], because))),
        Line::new(Kind::Heading, prompt_heading(&report.prompt)),
    ];
    lines.extend(report.top.iter().map(|token| Line::new(Kind::Notebook, top_line(token))));
    lines.extend(left_out_line(Kind::Notebook, report.left_out, report.vocab_size));
    if !report.asked.is_empty() {
        let rows = report.asked.iter().map(|token| {
            vec![
                token.word.to_string(),
                token.id.to_string(),
                thousands(token.rank as u64),
                share(token.probability),
                format!("{:.3}", token.logit),
                format!("{:.3}", token.nats_below_top),
            ]
        });
        let header = ["token", "id", "rank", "probability", "logit", "nats below the top"];
        lines.push(Line::new(Kind::Notebook, ""));
        lines.push(Line::table(Kind::Notebook, Table::new(&header, rows)));
    }
    lines.extend(prompt_hint(&report.prompt));
    lines
}

/// How two models' distributions compare.
pub fn comparison_lines(comparison: &Comparison) -> Vec<Line> {
    let Comparison { models: [first, second], k, .. } = comparison;
    let (one, two) = (first.model.as_str(), second.model.as_str());
    let number = |x: f64| if x.is_nan() { "not defined".to_owned() } else { format!("{x:.4}") };
    let dash = String::new;
    let measures = [
        vec!["Pearson's correlation of the logits".to_owned(), dash(), dash(), number(comparison.pearson)],
        vec!["Spearman's rank correlation of the logits".to_owned(), dash(), dash(), number(comparison.spearman)],
        vec![format!("KL divergence from {one} to {two}, nats"), dash(), dash(), number(comparison.kl_first_second)],
        vec![format!("KL divergence from {two} to {one}, nats"), dash(), dash(), number(comparison.kl_second_first)],
        vec!["Jensen-Shannon divergence, nats (at most 0.6931)".to_owned(), dash(), dash(), number(comparison.js)],
        vec!["Entropy, nats".to_owned(), number(positive(first.entropy)), number(positive(second.entropy)), dash()],
        vec![
            "As uncertain as so many equal choices".to_owned(),
            perplexity(first.perplexity),
            perplexity(second.perplexity),
            dash(),
        ],
    ];
    let cell = |token: &TokenProbability| format!("{} {}", token.word, percent(token.probability));
    let ranks = first.top.iter().zip(&second.top).enumerate();
    let top = ranks.map(|(rank, (a, b))| vec![format!("{}", rank + 1), cell(a), cell(b)]);
    vec![
        Line::table(Kind::Beyond, Table::new(&["how they compare", one, two, "together"], measures)),
        Line::new(Kind::Beyond, ""),
        Line::new(
            Kind::Beyond,
            format!(
                "Of the {} most probable tokens of each, {} are the same:",
                thousands(*k as u64),
                thousands(comparison.top_overlap as u64)
            ),
        ),
        Line::table(Kind::Beyond, Table::new(&["rank", one, two], top)),
    ]
}

/// Softmax of plain numbers.
pub fn softmax_lines(report: &SoftmaxReport) -> Vec<Line> {
    let SoftmaxReport { z, .. } = report;
    let mut lines = vec![numpy_vector(&report.probabilities), float_repr(report.sum)];
    if let (Some(entropy), Some(perplexity)) = (report.entropy, report.perplexity) {
        lines.push(format!(
            "Largest: {} at index {}. Entropy {} nats at T = {}: as uncertain as {}.",
            float_repr(z[report.argmax]),
            report.argmax,
            nats(entropy),
            general(report.temperature),
            choices(perplexity)
        ));
    } else if let Some(index) = z.iter().position(|z| z.is_nan() || *z == f64::INFINITY) {
        let what = float_repr(z[index]);
        lines.push(format!("The number at index {index} is {what}: softmax of numbers with {what} among them is NaN."));
    } else {
        lines
            .push("All numbers are -inf: there is nothing to share the probability among, which gives NaN.".to_owned());
    }
    if report.unnormalised_nan > 0 && report.entropy.is_some() {
        lines.push(format!(
            "exp(z) / Σ exp(z), not normalised, in float32: {} of {} values are NaN.",
            thousands(report.unnormalised_nan as u64),
            thousands(z.len() as u64)
        ));
    }
    lines.into_iter().map(|text| Line::new(Kind::Notebook, text)).collect()
}
