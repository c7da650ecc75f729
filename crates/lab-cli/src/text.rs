//! Reports as lines of text.

mod attention;
mod compare;
mod generate;
mod inventory;
mod lens;
mod models;
mod next;
mod notebook;
mod score;
mod softmax;
mod table;
mod verify;

use crate::{Prompt, printable, report::Report};

pub use attention::attention_lines;
pub use compare::comparison_lines;
pub use generate::{generation_lines, summary_line, trace_lines};
pub use inventory::inventory_lines;
pub use lens::{layer_name, lens_lines};
pub use models::{GET_GPT2, model_line, pair_line, recorded_line};
pub use next::next_lines;
pub use notebook::{part1_lines, part2_lines, part3_lines, part4_lines, part5_lines, prompt_lines};
pub use score::{score_lines, score_pair_lines};
pub use softmax::softmax_lines;
pub use table::Table;
pub use verify::verify_lines;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// About the run as a whole.
    Note,
    /// The title of a part.
    Heading,
    /// What the notebook prints, in its words.
    Notebook,
    /// What it does not.
    Beyond,
}

/// A line, or a few that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub content: Content,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text, without its last newline.
    Text(String),
    /// A table.
    Table(Table),
}

impl Line {
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, content: Content::Text(text.into()) }
    }

    pub(crate) fn table(kind: Kind, table: Table) -> Self {
        Self { kind, content: Content::Table(table) }
    }

    /// As plain text, without its last newline.
    pub fn text(&self) -> String {
        match &self.content {
            Content::Text(text) => text.clone(),
            Content::Table(table) => table.text(),
        }
    }

    /// As text for a terminal of some columns: texts continue below each other, a table that is too broad becomes a
    /// list.
    pub fn fitted(&self, columns: usize) -> String {
        match &self.content {
            Content::Text(text) => {
                let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
                // What is set in goes on further in.
                let more = if indent.is_empty() { String::new() } else { format!("{indent}  ") };
                textwrap::fill(text, textwrap::Options::new(columns).subsequent_indent(&more))
            }
            Content::Table(table) => table.fitted(columns),
        }
    }
}

/// The heading of what the notebook leaves to its reader.
pub const BEYOND: &str = "Beyond the notebook";

/// The whole report.
pub fn report_lines(report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(report.first_line.iter().map(|text| Line::new(Kind::Note, text)));
    lines.extend(report.prompts().next().and_then(prompt_hint));
    let mut part = |heading: &str, part: Vec<Line>| {
        if !lines.is_empty() {
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

/// A text and the place of what comes next.
pub fn prompt_heading(prompt: &Prompt) -> String {
    match prompt.text.as_str() {
        "" => "(the prompt is not in the file) ___".to_owned(),
        text => format!("{} ___", printable(text)),
    }
}

/// What is to be known about a text that ends with a space.
pub fn prompt_hint(prompt: &Prompt) -> Option<Line> {
    prompt.text.ends_with(' ').then(|| {
        let hint = "The text ends with a space, which is a token of its own here: GPT-2's words begin with theirs, as in \
                    \" night\". Without it the next word is guessed better.";
        Line::new(Kind::Note, hint)
    })
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
