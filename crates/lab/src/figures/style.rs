use viz::{Figure, Theme};

use crate::source::{ModelFacts, Origin};

/// The notebook's resolution, in pixels per inch.
pub const NOTEBOOK_DPI: u32 = 300;

/// How figures are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Pixels per inch.
    pub dpi: u32,
    /// Colours.
    pub theme: Theme,
}

/// A figure to draw, with its file name and the source of its numbers.
#[derive(Debug, Clone)]
pub struct NotebookFigure {
    /// Its part, 1 to 5.
    pub part: u8,
    /// The name of its files, without the extension.
    pub stem: String,
    /// The titles of the models whose logits it shows.
    pub models: Vec<String>,
    /// Its colours.
    pub theme: Theme,
    /// The figure.
    pub figure: Figure,
}

impl NotebookFigure {
    /// A figure of a part; `figure_part` names it among the notebook's, as [`stem`] takes it.
    pub fn new(part: u8, figure_part: &str, models: &[&ModelFacts], figure: Figure, style: Style) -> Self {
        let stem = stem(figure_part);
        let name = format!("Softmax lab, part {part}: {stem}");
        let figure = signed(figure, name, models, style);
        let models = models.iter().map(|model| model.title.clone()).collect();
        Self { part, stem, models, theme: style.theme, figure }
    }
}

/// A figure with its name for screen readers, drawn in a style, and with where its numbers are from.
#[must_use]
pub fn signed(figure: Figure, name: String, models: &[&ModelFacts], style: Style) -> Figure {
    figure.dpi(style.dpi).theme(style.theme).footnote(footnote(models)).name(name)
}

/// The name of a figure's file without its extension, such as `ch4_proj16_part5a` for `stem("5a")`.
#[must_use]
pub fn stem(part: &str) -> String {
    format!("ch4_proj16_part{part}")
}

/// Where the logits are from, unless they are the notebook's own models'.
fn footnote(models: &[&ModelFacts]) -> String {
    let titles: Vec<&str> = models.iter().map(|model| model.title.as_str()).collect();
    let titles = titles.join(", ");
    let all = |origin| !models.is_empty() && models.iter().all(|model| model.origin == origin);
    if all(Origin::Demo) {
        format!("{titles}: demo model{}, not GPT-2", if models.len() > 1 { "s" } else { "" })
    } else if all(Origin::Recorded) {
        format!("Recorded logits: {titles}")
    } else if models.iter().all(|model| model.origin == Origin::Pretrained) {
        String::new()
    } else {
        format!("Logits: {titles}")
    }
}
