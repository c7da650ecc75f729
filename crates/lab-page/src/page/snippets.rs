//! The few lines of code behind a result, in Rust and in Python.

use lab::{
    parts::{NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5},
    report::Report,
};
use maud::{Markup, html};

/// The code that computes a result, from `snippets.md`. Its Rust is compiled and run as a doc test.
///
#[cfg_attr(feature = "torch", doc = include_str!("snippets.md"))]
struct Snippet {
    rust: String,
    python: String,
}

impl Snippet {
    /// The one under the heading `# name`.
    fn of(name: &str) -> Option<Self> {
        let text = include_str!("snippets.md");
        let heading = format!("# {name}\n```rust\n");
        let start = text.find(&heading)? + heading.len();
        let (rust, rest) = text[start..].split_once("```\n```python\n")?;
        let (python, _) = rest.split_once("```")?;
        // rustdoc's hidden lines: what a test needs and a reader does not.
        let shown = rust.lines().filter(|line| !line.starts_with("# "));
        Some(Self { rust: shown.collect::<Vec<_>>().join("\n"), python: python.trim_end().to_owned() })
    }
}

/// The code behind a result: `1` to `5` for a part, `5a` to `5e` for a figure; with the values of the run. It is folded
/// unless `open`.
pub(super) fn snippet(name: &str, report: &Report, open: bool) -> Markup {
    let with = |lines: &str| {
        let mut lines = lines.to_owned();
        if let ("2", Some(curve)) = (name, report.part2.as_ref().and_then(|part| part.curves.first())) {
            lines = lines.replace("0.3", &format!("{:?}", curve.temperature));
        }
        if let ("4", Some(part)) = (name, &report.part4) {
            lines = lines.replace(", 10)", &format!(", {})", part.k));
            if let Some(first) = part.temperatures.first() {
                lines = lines.replace("0.5", &format!("{:?}", first.temperature));
            }
        }
        lines
    };
    let prompt = if name == "3" {
        report.part3.as_ref().map(|part| part.prompt.text.as_str())
    } else {
        report.part5.as_ref().map(|part| part.prompt.text.as_str())
    };
    html! {
        @if let Some(Snippet { rust, python }) = Snippet::of(name) {
            ("\n")
            details.code data-of=(name) open[open] {
                summary { "The code, in Rust and with " (library(&python)) }
                div.both {
                    pre { code { (code(&with(&rust), prompt)) } }
                    pre { code { (code(&with(&python), prompt)) } }
                }
            }
        }
    }
}

/// Lines with this prompt in the place of the notebook's, as an element that the script can fill.
fn code(lines: &str, prompt: Option<&str>) -> Markup {
    let notebook = [NOTEBOOK_PROMPT, NOTEBOOK_PROMPT_5];
    let found = notebook.iter().find_map(|notebook| Some((notebook, lines.split_once(&format!("{notebook:?}"))?)));
    match found {
        Some((notebook, (before, after))) => {
            html! { (before) span.prompt { (format!("{:?}", prompt.unwrap_or(notebook))) } (after) }
        }
        None => html! { (lines) },
    }
}

/// What a reader needs to run the lines; a model and its logits are PyTorch's.
fn library(python: &str) -> &'static str {
    match (python.contains("np."), python.contains("torch.")) {
        (true, true) => "NumPy and PyTorch",
        (true, false) => "NumPy",
        (false, _) => "PyTorch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_and_figure_has_its_code() {
        for name in ["1", "2", "3", "4", "5", "5a", "5b", "5c", "5d", "5e"] {
            let Snippet { rust, python } = Snippet::of(name).unwrap_or_else(|| panic!("no code of {name}"));
            assert!(!rust.contains("# ") && rust.lines().count() < 6, "{rust}");
            assert!(python.lines().count() < 6, "{python}");
        }
    }
}
