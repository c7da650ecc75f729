use super::{Kind, Line, Table, notebook::outcome_table};
use crate::{
    parts::AttentionReport,
    print::{choices, nats, perplexity, thousands},
};

/// One line per head: the softmax of its scores.
pub fn attention_lines(report: &AttentionReport) -> Vec<Line> {
    let note = |text: String| Line::new(Kind::Notebook, text);
    let rows = report.heads.iter().map(|head| {
        let (low, high) = head.range;
        vec![
            format!("{}.{}", head.layer, head.head),
            format!("{low:.1} to {high:.1}"),
            nats(head.entropy),
            format!("{:.1}%", 100.0 * head.largest),
            nats(head.entropy_unscaled),
            format!("{:.1}%", 100.0 * head.largest_unscaled),
        ]
    });
    let header = ["layer.head", "scores", "entropy", "largest", "entropy, no 1/√d", "largest, no 1/√d"];
    let what = "Scores are query · key. Entropy (nats) and the largest probability are of softmax over the keys that a \
                query may see, the mean over all queries but the first.";
    let mut lines =
        vec![Line::table(Kind::Notebook, Table::new(&header, rows)), note(String::new()), note(what.to_owned())];
    if let [first, ..] = report.heads.as_slice() {
        let mean = |of: fn(&crate::parts::HeadReport) -> f64| {
            report.heads.iter().map(of).sum::<f64>() / report.heads.len() as f64
        };
        let (scaled, unscaled) = (mean(|head| head.entropy), mean(|head| head.entropy_unscaled));
        lines.push(note(format!(
            "Without the factor {:.4} (1/√d of the first listed head) the softmaxes sharpen: as uncertain as {}, with it \
             as {}.",
            first.scale,
            choices(unscaled.exp()),
            perplexity(scaled.exp())
        )));
    }
    lines.push(note(String::new()));
    lines.push(note(format!(
        "What becomes of the {} probabilities of these heads without the factor (the sums add up {} queries):",
        thousands(report.probabilities as u64),
        thousands((report.heads.len() * report.ids.len()) as u64)
    )));
    lines.push(Line::table(Kind::Notebook, outcome_table(&report.unscaled_outcomes)));
    lines
}
