use super::{Kind, Line, Table, model_line, notebook::top_line, prompt::left_out_line, prompt_heading, prompt_hint};
use crate::{
    parts::NextReport,
    print::{general, share, thousands},
};

/// The most probable next tokens; `because`: why the model was selected in place of GPT-2.
pub fn next_lines(report: &NextReport, because: Option<&str>) -> Vec<Line> {
    let at = if report.temperature == 1.0 { String::new() } else { format!(", T = {}", general(report.temperature)) };
    let mut lines = vec![
        Line::new(Kind::Note, format!("{}{at}", model_line(&[&report.model], because))),
        Line::new(Kind::Heading, prompt_heading(&report.prompt)),
    ];
    lines.extend(report.top.iter().map(|token| Line::new(Kind::Notebook, top_line(token))));
    lines.extend(left_out_line(Kind::Notebook, report.left_out, report.vocab_size));
    if !report.asked.is_empty() {
        let rows = report.asked.iter().map(|token| {
            vec![
                token.word.to_string(),
                token.id.to_string(),
                thousands(token.rank as u64),
                share(token.probability),
                format!("{:.3}", token.logit),
                format!("{:.3}", token.nats_below_top),
            ]
        });
        let header = ["token", "id", "rank", "probability", "logit", "nats below the top"];
        lines.push(Line::new(Kind::Notebook, ""));
        lines.push(Line::table(Kind::Notebook, Table::new(&header, rows)));
    }
    lines.extend(prompt_hint(&report.prompt));
    lines
}
