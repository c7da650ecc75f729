//! Reports as lines of text.

mod generate;
mod layers;
mod line;
mod models;
mod next;
mod notebook;
mod score;
mod table;
mod wrap;

use crate::report::Report;

pub use generate::{generation_lines, seed_lines, summary_line, trace_lines};
pub use layers::{attention_lines, layer_name, lens_lines};
pub use line::{Content, Kind, Line};
pub use models::{engine, get_gpt2, inventory_lines, model_line, models_line, verify_lines};
pub use next::{comparison_lines, next_lines, prompt_heading, prompt_hint, prompt_text, softmax_lines};
pub use notebook::{part1_lines, part2_lines, part3_lines, part4_lines, part5_lines, prompt_lines};
pub use score::{score_lines, score_pair_lines};
pub use table::Table;
pub use wrap::wrap;

/// The heading of what the notebook does not print.
pub const BEYOND: &str = "Beyond the notebook";

/// The line that names a report's models, if it has any. `because`: why the demo pair was selected, if the user did
/// not select it.
pub fn first_line(report: &Report, because: Option<&str>) -> Option<Line> {
    let line = || Line::new(Kind::Note, models_line(&report.models, report.part3.is_some(), because));
    (!report.models.is_empty()).then(line)
}

/// The whole report below its [first line](first_line).
pub fn report_lines(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(report.prompts().next().and_then(prompt_hint));
    let mut part = |heading: &str, part: Vec<Line>| {
        if !lines.is_empty() || !report.models.is_empty() {
            lines.push(Line::new(Kind::Note, ""));
        }
        lines.push(Line::new(Kind::Heading, heading));
        let beyond = part.iter().position(|line| line.kind == Kind::Beyond).unwrap_or(part.len());
        lines.extend_from_slice(&part[..beyond]);
        if beyond < part.len() {
            lines.push(Line::new(Kind::Heading, BEYOND));
            lines.extend_from_slice(&part[beyond..]);
        }
    };
    if let Some(report) = &report.part1 {
        part(PART_TITLES[0], part1_lines(report));
    }
    if let Some(report) = &report.part2 {
        part(PART_TITLES[1], part2_lines(report));
    }
    if let Some(report) = &report.part3 {
        part(PART_TITLES[2], part3_lines(report));
    }
    if let Some(report) = &report.part4 {
        part(PART_TITLES[3], part4_lines(report));
    }
    if let Some(report) = &report.part5 {
        part(PART_TITLES[4], part5_lines(report));
    }
    if !report.figures.is_empty() {
        part("Figures", vec![Line::table(Kind::Note, notebook::figure_table(&report.figures))]);
    }
    lines
}

/// The parts' titles.
pub const PART_TITLES: [&str; 5] = [
    "Part 1: softmax by the formula and by a library",
    "Part 2: temperature",
    "Part 3: softmax of a language model's logits",
    "Part 4: the most probable tokens, and temperature",
    "Part 5: numerical instability, and normalisation",
];

/// Lines as one text, each with its newline.
pub fn plain(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n", line.text())).collect()
}
