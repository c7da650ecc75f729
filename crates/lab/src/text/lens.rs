use super::{Kind, Line, Table};
use crate::{parts::LensReport, print::thousands, token::Word};

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
