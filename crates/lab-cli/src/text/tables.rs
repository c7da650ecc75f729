use super::{Kind, Line};
use crate::{
    parts::{Comparison, Formula, Outcome},
    print::thousands,
    report::FigureFacts,
    token::TokenProbability,
};

/// A table with a header; the first column is set to the left, the others to the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the columns are.
    pub header: Vec<String>,
    /// As many cells each as the header has.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { header: header.iter().copied().map(str::to_owned).collect(), rows: rows.into_iter().collect() }
    }

    /// Columns two spaces apart, without the last newline.
    pub fn text(&self) -> String {
        let rows: Vec<&Vec<String>> = std::iter::once(&self.header).chain(&self.rows).collect();
        let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
        let widths: Vec<usize> = (0..self.header.len()).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &&Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What became of one model's probabilities: a row for each formula and number type.
pub fn outcome_table(outcomes: &[Outcome]) -> Table {
    let rows = outcomes.iter().map(|outcome| {
        vec![
            formula(outcome.formula).to_owned(),
            outcome.number_type.name().to_owned(),
            thousands(outcome.nan as u64),
            thousands(outcome.zero as u64),
            thousands(outcome.subnormal as u64),
            if outcome.sum.is_nan() { "NaN".to_owned() } else { format!("{:.6}", outcome.sum) },
        ]
    });
    Table::new(&["formula", "type", "NaN", "zero", "subnormal", "sum"], rows)
}

/// How two models' distributions compare.
pub fn comparison_lines(comparison: &Comparison) -> Vec<Line> {
    let Comparison { models: [first, second], k, .. } = comparison;
    let (one, two) = (first.model.as_str(), second.model.as_str());
    let number = |x: f64| format!("{x:.4}");
    let dash = String::new;
    let measures = [
        vec!["Pearson's correlation of the logits".to_owned(), dash(), dash(), number(comparison.pearson)],
        vec!["Spearman's rank correlation of the logits".to_owned(), dash(), dash(), number(comparison.spearman)],
        vec![format!("KL divergence from {one} to {two}, nats"), dash(), dash(), number(comparison.kl_first_second)],
        vec![format!("KL divergence from {two} to {one}, nats"), dash(), dash(), number(comparison.kl_second_first)],
        vec!["Jensen-Shannon divergence, nats (at most 0.6931)".to_owned(), dash(), dash(), number(comparison.js)],
        vec!["Entropy, nats".to_owned(), number(first.entropy), number(second.entropy), dash()],
        vec![
            "As uncertain as so many equal choices".to_owned(),
            format!("{:.1}", first.perplexity),
            format!("{:.1}", second.perplexity),
            dash(),
        ],
    ];
    let cell = |token: &TokenProbability| format!("\"{}\" {:4.1}%", token.word, 100.0 * token.probability);
    let ranks = first.top.iter().zip(&second.top).enumerate();
    let top = ranks.map(|(rank, (a, b))| vec![format!("{}", rank + 1), cell(a), cell(b)]);
    vec![
        Line::table(Kind::Beyond, Table::new(&["how they compare", one, two, "together"], measures)),
        Line::new(Kind::Beyond, ""),
        Line::new(
            Kind::Beyond,
            format!("Of the {k} most probable tokens of each, {} are the same:", comparison.top_overlap),
        ),
        Line::table(Kind::Beyond, Table::new(&["rank", one, two], top)),
    ]
}

/// The figures and the models that they were drawn from.
pub(super) fn figure_table(figures: &[FigureFacts]) -> Table {
    let rows = figures.iter().map(|figure| {
        let models = if figure.models.is_empty() { "no model".to_owned() } else { figure.models.join(", ") };
        vec![figure.files.join(", "), format!("{} x {}", figure.pixels.0, figure.pixels.1), models]
    });
    Table::new(&["figure", "pixels", "drawn from"], rows)
}

fn formula(formula: Formula) -> &'static str {
    match formula {
        Formula::Manual => "exp(z) / Σ exp(z)",
        Formula::MaxNormalised => "the same of z - max(z)",
        Formula::Library => "softmax-core",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters() {
        let rows = [vec!["σ".to_owned(), "1".to_owned()], vec!["ab".to_owned(), "100".to_owned()]];
        assert_eq!(Table::new(&["x", "n"], rows).text(), "x     n\nσ     1\nab  100");
    }
}
