//! What is inside a model: attention, and the prediction after each block.

use super::{Kind, Line, Table, notebook::outcome_table};
use crate::{
    parts::{AttentionReport, LensReport},
    print::{choices, nats, perplexity, thousands},
    token::Word,
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

/// The maximum number of columns, one per position; of a longer text the last are shown.
const COLUMNS: usize = 8;

/// The prediction after each block.
pub fn lens_lines(report: &LensReport) -> Vec<Line> {
    let note = |text: String| Line::new(Kind::Notebook, text);
    let positions = report.ids.len();
    let first = positions.saturating_sub(COLUMNS);
    let mut header = vec!["after".to_owned()];
    header.extend(report.words[first..].iter().map(Word::to_string));
    header.push("entropy".to_owned());
    let last = report.layers.len().saturating_sub(1);
    let rows = report.layers.iter().enumerate().map(|(layer, cells)| {
        let mut row = vec![layer_name(layer, last)];
        row.extend(
            cells[first..]
                .iter()
                .map(|cell| cell.top.first().map(|t| format!("{} {:.0}%", t.word, 100.0 * t.p)).unwrap_or_default()),
        );
        row.push(format!("{:.2}", report.entropy[layer]));
        row
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut lines = vec![Line::table(Kind::Notebook, Table::new(&header, rows)), note(String::new())];
    if first > 0 {
        lines.push(note(format!(
            "The last {COLUMNS} of {} positions; --json and the figure have all.",
            thousands(positions as u64)
        )));
    }
    if let (Some(&decided), Some(answer)) =
        (report.decided.last(), report.layers[last].last().and_then(|c| c.top.first()))
    {
        let when = match decided {
            0 => "from the embedding on".to_owned(),
            layer if layer == last => format!("only in the last of its {last} blocks"),
            layer => format!("after block {layer} of {last}"),
        };
        lines.push(note(format!("The model settles on {} {when}.", answer.word)));
    }
    lines.push(note("Entropy is in nats, the mean over all positions.".to_owned()));
    lines
}

/// A layer's name: the embedding, a block's number from 1, or the model's output.
pub fn layer_name(layer: usize, last: usize) -> String {
    match layer {
        0 => "embedding".to_owned(),
        layer if layer == last => format!("block {layer}, output"),
        layer => format!("block {layer}"),
    }
}
