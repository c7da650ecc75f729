//! `index.html`: the report as one page that asks for nothing else, neither a script nor a picture.
//!
//! Pictures are embedded at reading resolution. The full ones are files beside the page.

mod captions;

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    drawing::Drawn,
    report::Report,
    text::{self, Content, Kind, Line, Table},
};

/// The page of a report; `figures` are its pictures.
pub fn html(report: &Report, figures: &[Drawn]) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n<title>Softmax lab</title>\n<style>\n");
    page.push_str(include_str!("page/style.css"));
    page.push_str("</style>\n</head>\n<body>\n<header>\n<h1>Softmax lab</h1>\n");
    page.push_str("<p>What does softmax do to a language model's logits?</p>\n");
    note(&mut page, report.first_line.as_deref());
    page.push_str("</header>\n<main>\n");
    let parts = [
        report.part1.as_ref().map(text::part1_lines),
        report.part2.as_ref().map(text::part2_lines),
        report.part3.as_ref().map(text::part3_lines),
        report.part4.as_ref().map(text::part4_lines),
        report.part5.as_ref().map(text::part5_lines),
    ];
    for (index, lines) in parts.into_iter().enumerate() {
        let Some(lines) = lines else { continue };
        let _ = writeln!(page, "<section id=\"part{}\">\n<h2>{}</h2>", index + 1, escaped(text::PART_TITLES[index]));
        let _ = writeln!(page, "<p>{}</p>", captions::question(index + 1));
        for drawn in figures.iter().filter(|drawn| usize::from(drawn.facts.part) == index + 1) {
            figure(&mut page, drawn, report);
        }
        body(&mut page, &lines);
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n<footer>\n");
    models(&mut page, report);
    let torch = report.libtorch.map(|version| format!(", libtorch {version}")).unwrap_or_default();
    let _ = writeln!(page, "<p>lab {}{torch}. Every number is in report.json, beside this page.</p>", report.lab);
    page.push_str("</footer>\n</body>\n</html>\n");
    page
}

fn note(page: &mut String, text: Option<&str>) {
    if let Some(text) = text {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", escaped(text));
    }
}

fn figure(page: &mut String, drawn: &Drawn, report: &Report) {
    let stem = drawn.facts.files.first().and_then(|name| name.split('.').next()).unwrap_or_default();
    let caption = captions::caption(stem, report);
    let _ = writeln!(
        page,
        "<figure>\n<div class=\"sheet{}\"><img src=\"data:image/png;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\"></div>\n\
         <figcaption>{} <small>{}</small></figcaption>\n</figure>",
        if drawn.page.1.0 > 1000 { " broad" } else { "" },
        BASE64_STANDARD.encode(&drawn.page.0),
        drawn.page.1.0,
        drawn.page.1.1,
        escaped(&caption),
        escaped(&caption),
        escaped(&drawn.facts.files.join(", ")),
    );
}

/// The notebook's lines as one block, then the lab's own under their heading.
fn body(page: &mut String, lines: &[Line]) {
    let beyond = lines.iter().position(|line| line.kind == Kind::Beyond).unwrap_or(lines.len());
    if beyond > 0 {
        let _ = writeln!(page, "<pre>{}</pre>", escaped(text::plain(&lines[..beyond]).trim_end()));
    }
    if beyond < lines.len() {
        let _ = writeln!(page, "<h3>{}</h3>", text::BEYOND);
    }
    for line in &lines[beyond..] {
        match &line.content {
            Content::Text(text) if text.is_empty() => {}
            Content::Text(text) => {
                let _ = writeln!(page, "<p>{}</p>", escaped(text));
            }
            Content::Table(rows) => table(page, rows),
        }
    }
}

fn table(page: &mut String, Table { header, rows }: &Table) {
    page.push_str("<div class=\"wide\"><table>\n<thead><tr>");
    for name in header {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(name));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", escaped(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table></div>\n");
}

/// Where the logits are from, with the hashes of the files that were read.
fn models(page: &mut String, report: &Report) {
    if report.models.is_empty() {
        return;
    }
    let rows = report.models.iter().flat_map(|model| {
        let revision = model.revision.clone().unwrap_or_default();
        let file = move |file: &crate::source::FileFacts| {
            vec![model.title.clone(), revision.clone(), file.path.clone(), file.sha256.clone()]
        };
        model.files.iter().map(file)
    });
    let header = ["model", "revision", "file", "sha256"].map(str::to_owned).to_vec();
    table(page, &Table { header, rows: rows.collect() });
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_prompt_stays_text() {
        assert_eq!(escaped("<b>\"R&D\"</b>"), "&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;");
    }
}
