use crate::{
    parts::{Comparison, Formula, Outcome},
    print::thousands,
    report::FigureFacts,
    token::TokenProbability,
};

/// Columns two spaces apart, the first to the left, the others to the right.
pub(super) fn table(header: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let rows: Vec<Vec<String>> = std::iter::once(header.to_vec()).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                0 => format!("{cell:width$}"),
                _ => format!("{cell:>width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// What became of one model's probabilities: a row for each formula and number type.
pub fn outcome_lines(outcomes: &[Outcome]) -> Vec<String> {
    let header = ["formula", "type", "NaN", "zero", "subnormal", "sum"].map(str::to_owned);
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
    table(&header, rows)
}

/// How two models' distributions compare.
pub fn comparison_lines(comparison: &Comparison) -> Vec<String> {
    let Comparison { models: [first, second], k, .. } = comparison;
    let mut lines = vec![
        format!("{} and {}", first.model, second.model),
        format!("Correlation of the logits: Pearson {:.4}, Spearman {:.4}", comparison.pearson, comparison.spearman),
        format!(
            "Divergence of the probabilities (nats): KL {:.4} from {} to {}, {:.4} back; Jensen-Shannon {:.4} of at most {:.4}",
            comparison.kl_first_second,
            first.model,
            second.model,
            comparison.kl_second_first,
            comparison.js,
            std::f64::consts::LN_2
        ),
        format!(
            "Entropy (nats): {} {:.4}, {} {:.4}: as uncertain as {:.1} and {:.1} equal choices",
            first.model, first.entropy, second.model, second.entropy, first.perplexity, second.perplexity
        ),
        format!("Of the {k} most probable tokens {} are the same:", comparison.top_overlap),
    ];
    let cell = |token: &TokenProbability| format!("{:4.1}%  \"{}\"", 100.0 * token.probability, token.word);
    let width = |title: &str, top: &[TokenProbability]| {
        top.iter().map(|token| cell(token).chars().count()).chain([title.chars().count()]).max().unwrap_or(0)
    };
    let left = width(&first.model, &first.top);
    lines.push(format!("    {:left$}   {}", first.model, second.model));
    for (rank, (a, b)) in first.top.iter().zip(&second.top).enumerate() {
        lines.push(format!("{:>3} {:left$}   {}", rank + 1, cell(a), cell(b)));
    }
    lines
}

/// The figures and the models that they were drawn from.
pub(super) fn figure_lines(figures: &[FigureFacts]) -> Vec<super::Line> {
    let header = ["figure", "pixels", "drawn from"].map(str::to_owned);
    let rows = figures.iter().map(|figure| {
        let models = if figure.models.is_empty() { "no model".to_owned() } else { figure.models.join(", ") };
        vec![figure.files.join(", "), format!("{} x {}", figure.pixels.0, figure.pixels.1), models]
    });
    table(&header, rows).into_iter().map(|text| super::Line::new(super::Kind::Note, text)).collect()
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
        assert_eq!(table(&["x".to_owned(), "n".to_owned()], rows), ["x     n", "σ     1", "ab  100"]);
    }
}
