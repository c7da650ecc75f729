use super::{Kind, Line, table::Table};
use crate::{
    parts::Comparison,
    print::{percent, perplexity, positive, thousands},
    token::TokenProbability,
};

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
