//! `index.html`: the report as one self-contained page, without network requests. It has pictures and text; with the
//! script and the logits embedded, they are interactive.
//!
//! Pictures are embedded at reading resolution. The full ones are files beside the page.

mod captions;
mod data;
mod guide;
mod number;
mod opening;
mod own_text;
mod panels;
mod ruler;
mod script;
mod snippets;

use base64::{Engine, prelude::BASE64_STANDARD};
use lab::{
    Prompt,
    drawing::Drawn,
    printable,
    report::Report,
    source::{FileFacts, ModelFacts, ModelSource, Origin, is_installed},
    text::{self, Content, Kind, Line, Table},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use data::PageData;

/// The notebook that the parts re-create.
const SOURCE: &str = "After project 16, \u{201c}Softmax probability distributions\u{201d}, of \u{201c}50 ML projects to \
                      understand LLMs\u{201d} by Mike X Cohen.";

/// What search engines and previews of links show.
const DESCRIPTION: &str = "What softmax does to a language model's logits, in five parts with interactive numbers and \
                           charts: softmax, temperature, logits, top tokens, numerical instability.";

/// The page's style: the light theme, and the dark one where the reader or the system wants it on a screen.
fn style() -> String {
    let (light, dark) = (include_str!("page/style.css"), include_str!("page/dark.css"));
    format!(
        "{light}@media screen {{\n:root[data-theme=dark] {{\n{dark}}}\n}}\n\
         @media screen and (prefers-color-scheme: dark) {{\n:root:not([data-theme]) {{\n{dark}}}\n}}\n"
    )
}

/// The page of a report; `figures` are its pictures. With `data` it is alive, without it has no script.
pub fn html(report: &Report, figures: &[Drawn], data: Option<&PageData>) -> String {
    page(report, figures, data, None)
}

/// The same with a prompt at the top, for a page served with its models.
pub fn served(report: &Report, figures: &[Drawn], data: Option<&PageData>, models: &[ModelSource]) -> String {
    page(report, figures, data, Some(models))
}

fn page(report: &Report, figures: &[Drawn], data: Option<&PageData>, behind: Option<&[ModelSource]>) -> String {
    let served = behind.is_some();
    let script = data.map(|_| script::script(served));
    let style = style();
    let dark = figures.first().is_some_and(|drawn| drawn.dark);
    let block = data.and_then(PageData::packed);
    let parts = [
        report.part1.as_ref().map(text::part1_lines),
        report.part2.as_ref().map(text::part2_lines),
        report.part3.as_ref().map(text::part3_lines),
        report.part4.as_ref().map(text::part4_lines),
        report.part5.as_ref().map(text::part5_lines),
    ];
    let parts: Vec<_> = (1..).zip(parts).filter_map(|(part, lines)| Some((part, lines?))).collect();
    let alive = |part: usize| if part < 3 { data.is_some() } else { block.is_some() };
    let page = html! {
        (DOCTYPE)
        html lang="en" data-theme=[dark.then_some("dark")] {
            head {
                ("\n")
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(DESCRIPTION);
                // Without it, browsers request an icon that does not exist.
                link rel="icon" href="data:,";
                meta http-equiv="Content-Security-Policy" content=(script::policy(script.as_deref(), &style, served));
                title { (title(report)) } ("\n")
                style { (PreEscaped(&style)) }
            }
            body {
                ("\n")
                (contents(&parts, served))
                header {
                    h1 { (title(report)) }
                    p { "What does softmax do to a language model's logits?" }
                    (opening::opening(report, block.is_some()))
                    p { (SOURCE) }
                    (note(report))
                    @if data.is_some() { (panels::theme()) }
                }
                main {
                    @if let Some(models) = behind { (own_text::own_text(models)) }
                    @for (part, lines) in &parts { (section(*part, lines, report, figures, alive(*part), data.is_none())) }
                }
                ("\n")
                footer {
                    (models(&report.models))
                    p {
                        "lab " (report.lab)
                        @if let Some(version) = &report.libtorch { ", libtorch " (version) }
                        @if let Some(engine) = text::engine(&report.models.iter().collect::<Vec<_>>()) {
                            ", logits by the engine " (engine)
                        }
                        ". Every number is in report.json, beside this page."
                    }
                }
                @if let Some(block) = block { script type="text/plain" id="data" { (block) } }
                @if let Some(script) = &script { script type="module" { (PreEscaped(script)) } }
            }
        }
    };
    page.into_string()
}

/// The page's title, with the files of its logits, if they do not state their origin.
fn title(report: &Report) -> String {
    let recorded = report.models.iter().filter(|model| model.origin == Origin::Recorded);
    let files: Vec<&str> = recorded.flat_map(|model| &model.files).map(|file| file.path.as_str()).collect();
    if files.is_empty() { "Softmax lab".to_owned() } else { format!("Softmax lab: {}", visible(&files.join(", "))) }
}

fn contents(parts: &[(usize, Vec<Line>)], served: bool) -> Markup {
    const NAMES: [&str; 5] = ["Softmax", "Temperature", "Logits to probabilities", "Top tokens", "Instability"];
    html! {
        nav.contents aria-label="Contents" {
            ol {
                @if served { li { a href="#part0" { "Your text" } } }
                @for (part, _) in parts { li { a href={ "#part" (part) } { (part) " " (NAMES[part - 1]) } } }
            }
        }
    }
}

/// Which models these are; for the demo pair, why, and how to get GPT-2.
fn note(report: &Report) -> Markup {
    let Some(first_line) = text::first_line(report, None) else { return Markup::default() };
    html! {
        div.note {
            p { (visible(&first_line.text())) }
            @if report.models.iter().any(|model| model.origin == Origin::Demo) {
                p {
                    "The demo models are part of the lab: two tiny GPT-2 models, trained on public-domain books, that \
                     stand in where GPT-2's weights are not at hand, or where "
                    code { "--models demo" } " asks for them. To see GPT-2 itself, "
                    @if is_installed() {
                        "put its weights (3.8 GB) where " code { "lab models" } " says"
                    } @else {
                        "download its weights (3.8 GB) with " code { "cargo xtask weights gpt2 gpt2-large" }
                    }
                    ", then run " code { "lab part all" } " again."
                }
            }
        }
    }
}

/// A part. Its code is folded unless `open`.
fn section(part: usize, lines: &[Line], report: &Report, figures: &[Drawn], alive: bool, open: bool) -> Markup {
    let figures = figures.iter().filter(|drawn| usize::from(drawn.facts.part) == part);
    html! {
        section id={ "part" (part) } {
            h2 { (text::PART_TITLES[part - 1]) } ("\n")
            p { (captions::question(part)) } ("\n")
            @if part == 5 && let Some(report) = &report.part5 { p { "Prompt: " q id="prompt5" { (text::prompt_text(&report.prompt)) } } }
            @if part == 5 && let Some(report) = &report.part5 { (ruler::ruler(&report.models)) }
            @if alive { (panels::panel(part, report)) }
            @if part < 5 { (snippets::snippet(&part.to_string(), report, open)) }
            @for drawn in figures { (figure(drawn, report, open)) }
            (body(part, lines, report, alive, open))
        }
    }
}

/// The prompt of a part's logits.
fn prompt(part: usize, report: &Report) -> Option<&Prompt> {
    match part {
        3 => report.part3.as_ref().map(|part| &part.prompt),
        4 => report.part4.as_ref().map(|part| &part.prompt),
        5 => report.part5.as_ref().map(|part| &part.prompt),
        _ => None,
    }
}

fn figure(drawn: &Drawn, report: &Report, open: bool) -> Markup {
    let stem = drawn.facts.files.first().and_then(|name| name.split('.').next()).unwrap_or_default();
    let name = stem.strip_prefix(lab::figures::stem("").as_str()).unwrap_or(stem);
    let caption = readable(&captions::caption(name, report));
    let (picture, (width, height)) = &drawn.page;
    // On a phone it scrolls sideways, and a keyboard has to reach it for that.
    let broad = *width > 1000;
    html! {
        @if name.starts_with('5') { (snippets::snippet(name, report, open)) }
        ("\n")
        figure.still {
            div.sheet.broad[broad].dark[drawn.dark] tabindex=[broad.then_some("0")] {
                img src={ "data:image/png;base64," (BASE64_STANDARD.encode(picture)) } width=(width) height=(height)
                    alt=(caption);
            }
            figcaption { (caption) " " small { (drawn.facts.files.join(", ")) } }
        }
    }
}

/// The notebook's lines as one block, then the lab's own under their heading.
fn body(part: usize, lines: &[Line], report: &Report, alive: bool, open: bool) -> Markup {
    let beyond = lines.iter().position(|line| line.kind == Kind::Beyond).unwrap_or(lines.len());
    let (notebook, beyond) = lines.split_at(beyond);
    html! {
        @if let (true, Some(prompt)) = (alive, prompt(part, report)) {
            ("\n") p.hint.printed { "Printed for the prompt " q { (text::prompt_text(prompt)) } ":" }
        }
        @if !notebook.is_empty() { ("\n") pre { (visible(text::plain(notebook).trim_end())) } }
        @if !beyond.is_empty() { ("\n") h3 { (text::BEYOND) } }
        @if part == 5 { (snippets::snippet("5", report, open)) }
        @for line in beyond {
            @match &line.content {
                Content::Text(text) if text.is_empty() => {}
                Content::Text(text) | Content::Item(text) => { ("\n") p { (readable(text)) } },
                Content::Table(rows) => (table(rows)),
            }
        }
    }
}

fn table(Table { header, rows }: &Table) -> Markup {
    html! {
        ("\n")
        div.wide {
            table {
                thead { tr { @for name in header { th scope="col" { (readable(name)) } } } }
                tbody { @for row in rows { ("\n") tr { @for cell in row { td { (readable(cell)) } } } } }
            }
        }
    }
}

/// Where the logits are from, with the hashes of the files that were read.
fn models(models: &[ModelFacts]) -> Markup {
    let row = |model: &ModelFacts, file: &FileFacts| {
        vec![model.title.clone(), model.revision.clone().unwrap_or_default(), file.path.clone(), file.sha256.clone()]
    };
    let rows: Vec<_> = models.iter().flat_map(|model| model.files.iter().map(move |file| row(model, file))).collect();
    let header = ["model", "revision", "file", "sha256"].map(str::to_owned).to_vec();
    html! { @if !rows.is_empty() { (table(&Table { header, rows })) } }
}

/// A text whose every character shows, but newlines. (Markup is escaped where the text becomes HTML.)
fn visible(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// The same with minus signs as the page writes them.
fn readable(text: &str) -> String {
    number::minus(&visible(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_prompt_has_is_seen_and_stays_text() {
        let prompt = "<b>\"R&D\"</b>\u{202e}\u{7}\u{200b}";
        let html = html! { p title=(visible(prompt)) { (visible(prompt)) } }.into_string();
        let text = "&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;\\u{202e}\\u{7}\\u{200b}";
        assert_eq!(html, format!("<p title=\"{text}\">{text}</p>"));
        assert_eq!(visible("naïve ⟨é⟩ 日本\n"), "naïve ⟨é⟩ 日本\n");
    }
}
