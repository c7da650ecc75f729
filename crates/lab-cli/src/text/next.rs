use super::{Kind, Line, described, notebook::top_line, prompt_hint};
use crate::{parts::NextReport, print::general, printable};

/// The most probable next tokens; `because` says why the model stands in for GPT-2, where it does.
pub fn next_lines(report: &NextReport, because: Option<&str>) -> Vec<Line> {
    let at = if report.temperature == 1.0 { String::new() } else { format!(", T = {}", general(report.temperature)) };
    let why = because.map(|reason| format!(", because {reason}")).unwrap_or_default();
    let mut lines = vec![
        Line::new(Kind::Note, format!("{}{why}{at}", described(&report.model))),
        Line::new(Kind::Heading, format!("{} ___", printable(&report.prompt.text))),
    ];
    lines.extend(report.top.iter().map(|token| Line::new(Kind::Notebook, top_line(token))));
    lines.extend(prompt_hint(&report.prompt));
    lines
}
