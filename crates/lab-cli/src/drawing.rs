//! From reports to figures.

use viz::{Figure, Theme};

use crate::{
    figures::{self, Part5},
    parts::{ModelVectors, Part1Report, Part2Report, Part3Report, Part4Report, Part5Report},
    source::{ModelFacts, Origin},
};

/// How figures are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Pixels per inch.
    pub dpi: u32,
    /// Colours.
    pub theme: Theme,
}

/// A figure that is to be drawn.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its part, 1 to 5.
    pub part: u8,
    /// The name of its files, without the extension.
    pub stem: String,
    /// The titles of the models whose logits it shows.
    pub models: Vec<String>,
    /// The figure.
    pub figure: Figure,
}

/// Part 1's figure.
pub fn sheet1(report: &Part1Report, style: Style) -> Sheet {
    let figure = figures::part1(&report.z, &report.manual, &report.library.probabilities, report.library.name);
    sheet(1, figures::stem("1"), &[], figure, style)
}

/// Part 2's figure; with a logarithmic axis it has a name of its own, beside the notebook's.
pub fn sheet2(report: &Part2Report, style: Style) -> Sheet {
    let curves: Vec<_> = report.curves.iter().map(|c| (c.temperature, c.probabilities.clone())).collect();
    let stem = figures::stem(if report.log_y { "2_log_y" } else { "2" });
    sheet(2, stem, &[], figures::part2(&report.x, &curves, report.log_y), style)
}

/// Part 3's figure.
pub fn sheet3(report: &Part3Report, model: &ModelFacts, style: Style) -> Sheet {
    sheet(3, figures::stem("3"), &[model], figures::part3(&report.logits, &report.probabilities), style)
}

/// Part 4's figure.
pub fn sheet4(report: &Part4Report, model: &ModelFacts, style: Style) -> Sheet {
    let curves: Vec<_> = report
        .temperatures
        .iter()
        .map(|at| (at.temperature, at.top.iter().map(|token| token.probability).collect()))
        .collect();
    sheet(4, figures::stem("4"), &[model], figures::part4(&curves, report.k), style)
}

/// One of part 5's figures.
pub fn sheet5(part: Part5, report: &Part5Report, models: &[&ModelFacts], style: Style) -> Sheet {
    let values = |model: &ModelVectors| -> Vec<f32> {
        match part {
            Part5::A => &model.logits,
            Part5::B => &model.manual,
            Part5::C => &model.normalised,
            Part5::D => &model.manual_normalised,
            Part5::E => &model.library,
        }
        .clone()
    };
    let figure = match &report.models[..] {
        [first, second, ..] => figures::part5(part, &values(first), &values(second), &first.title, &second.title),
        [first] => figures::part5_alone(part, &values(first), &first.title),
        [] => Figure::new(12.0, 3.5),
    };
    sheet(5, figures::stem(part.name()), models, figure, style)
}

fn sheet(part: u8, stem: String, models: &[&ModelFacts], figure: Figure, style: Style) -> Sheet {
    let footnote = footnote(models);
    let models = models.iter().map(|model| model.title.clone()).collect();
    let name = format!("Softmax lab, part {part}: {stem}");
    Sheet { part, figure: figure.dpi(style.dpi).theme(style.theme).footnote(footnote).name(name), stem, models }
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
