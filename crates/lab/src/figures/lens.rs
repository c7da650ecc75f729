use viz::{Bars, Color, Figure, HeatMap, Panel};

use super::{GREEN, token::label};
use crate::{
    parts::{LensCell, LensReport},
    text::layer_name,
};

/// The maximum number of tokens whose words fit in a row of cells.
const ROW: usize = 20;
/// A text of more rows is shown as a whole, without words in the cells.
const ROWS: usize = 5;
/// The height of a layer, and of the space around a map, in inches.
const LAYER: f64 = 0.3;
const AROUND: f64 = 1.2;

/// The logit lens as it is published (nostalgebraist, 2020): for each layer and each token of the text the most
/// probable next token, coloured by its probability, the model's output on top; beside it, or below the rows of a
/// longer text, each layer's entropy.
#[must_use]
pub fn lens(report: &LensReport) -> Figure {
    let (layers, tokens) = (report.layers.len(), report.ids.len());
    let rows = tokens.div_ceil(ROW).max(1);
    let title = format!("A) {}: the most probable next token", report.model.title);
    let height = (LAYER * layers as f64).max(1.2) + AROUND;
    if rows == 1 || rows > ROWS {
        let width = if rows == 1 { (0.55 * tokens as f64).clamp(3.0, 9.0) } else { 9.0 };
        let (entropy_width, bar) = (1.6, 0.4);
        let map = map(report, 0, tokens, rows == 1, (0.2 / (width + bar), 0.1 / (width + bar)));
        return Figure::new(width + bar + entropy_width + 2.6, height)
            .widths(&[width + bar, entropy_width])
            .panel(map.title(title).x_label("Input token"))
            .panel(entropy_beside(report));
    }
    let columns = tokens.div_ceil(rows);
    let figure = Figure::new(12.0, rows as f64 * height + 2.4).grid(rows + 1, 1);
    let figure = (0..rows).fold(figure, |figure, row| {
        let map = map(report, row * columns, columns, true, (0.02, 0.01));
        let map = if row == 0 { map.title(title.as_str()) } else { map };
        figure.panel(if row + 1 == rows { map.x_label("Input token") } else { map })
    });
    figure.panel(entropy_below(report))
}

/// The cells of `columns` positions from `first` on; beyond the last there is nothing.
fn map(report: &LensReport, first: usize, columns: usize, words: bool, bar: (f64, f64)) -> Panel {
    let (layers, last) = (report.layers.len(), report.layers.len().saturating_sub(1));
    // A heat map's first row is on top, and the first layer belongs below.
    let positions = first..first + columns;
    let cells = || report.layers.iter().rev().flat_map(|cells| positions.clone().map(|n| cells.get(n)));
    let top = |cell: Option<&LensCell>| cell.and_then(|cell| cell.top.first()).cloned();
    let probabilities: Vec<f32> = cells().map(|cell| top(cell).map_or(f32::NAN, |token| token.p)).collect();
    let map = HeatMap::new(layers, columns, &probabilities)
        .limits(0.0, 1.0)
        .color_bar("Probability")
        .color_bar_shares(bar.0, bar.1);
    let texts = || cells().map(|cell| top(cell).map(|token| short(label(&token.word))).unwrap_or_default());
    Panel::new()
        .y_label("After")
        .x_words(report.words.iter().skip(first).take(columns).map(label))
        .y_words((0..layers).rev().map(|layer| layer_name(layer, last)))
        .heat_map(if words { map.texts(texts()) } else { map })
}

/// All cells have letters of one size: a long token is cut before it makes all others small.
fn short(label: String) -> String {
    const LONGEST: usize = 9;
    if label.chars().count() <= LONGEST {
        return label;
    }
    label.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn entropy_beside(report: &LensReport) -> Panel {
    let layers = report.layers.len();
    Panel::new()
        .title("B) Entropy")
        .x_label("Nats, mean")
        .x_limits(0.0, largest(report))
        .y_limits(-0.5, layers as f64 - 0.5)
        .y_words(vec![""; layers])
        .bars(Bars::horizontal(&report.entropy).thickness(0.6).color(GREEN).edge(Color::INK))
}

fn entropy_below(report: &LensReport) -> Panel {
    let last = report.layers.len().saturating_sub(1);
    Panel::new()
        .title("B) Entropy")
        .y_label("Nats, mean")
        .y_limits(0.0, largest(report))
        .x_words((0..=last).map(|layer| layer_name(layer, last)))
        .bars(Bars::vertical(&report.entropy).thickness(0.6).color(GREEN).edge(Color::INK))
}

/// The end of an axis of entropies, which may all be zero.
fn largest(report: &LensReport) -> f64 {
    1.08 * report.entropy.iter().copied().fold(0.1, f64::max)
}
