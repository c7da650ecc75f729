//! The interactive panels: controls, canvases and outputs. Hidden until the script runs.

use lab::report::Report;
use maud::{Markup, html};

use super::guide;

/// The panel of a part, 1 to 5.
pub(super) fn panel(part: usize, report: &Report) -> Markup {
    html! {
        ("\n")
        div.live id={ "live" (part) } data-needs=[(part > 2).then_some("data")] data-temperatures=[temperatures(part, report)]
            data-k=[report.part4.as_ref().filter(|_| part == 4).map(|part| part.k)]
            data-log=[report.part2.as_ref().filter(|found| part == 2 && found.log_y).map(|_| "y2")] hidden {
            @match part {
                1 => (numbers()),
                2 => (curve()),
                3 => (vocabulary()),
                4 => (stages()),
                _ => (instability()),
            }
            (guide::steps(part, vocab_size(report)))
            p.foot {
                button.plain type="button" data-still aria-expanded="false" { "The picture as in the notebook" }
                button.plain type="button" data-copy { "Copy a link to this state" }
                span role="status" {}
                input type="url" readonly aria-label="The link" hidden;
            }
        }
    }
}

/// The number of tokens, where there are logits.
fn vocab_size(report: &Report) -> usize {
    let part4 = report.part4.as_ref().map(|part| part.logits.len());
    part4.unwrap_or(1)
}

/// The temperatures that a part ran with.
fn temperatures(part: usize, report: &Report) -> Option<String> {
    let temperatures: Vec<f64> = match part {
        2 => report.part2.as_ref()?.curves.iter().map(|curve| curve.temperature).collect(),
        4 => report.part4.as_ref()?.temperatures.iter().map(|top| top.temperature).collect(),
        _ => return None,
    };
    Some(temperatures.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
}

fn numbers() -> Markup {
    html! {
        div.controls {
            (temperature())
            (slider("shift", "Add to all numbers", -100.0, 100.0, 1.0))
            button #add1 type="button" { "Add a number" }
            button #reset1 type="button" { "Reset" }
        }
        div.split {
            div.wide {
                table.steps {
                    thead { tr { th scope="col" { "z" } th #exp1 scope="col" { "exp z" } th scope="col" { "exp / Σ" } th scope="col" { span.unseen { "take out" } } } }
                    tbody #steps1 {}
                    tfoot { tr { th scope="row" { "sum" } td #sum1 {} td #total1 {} td {} } }
                }
            }
            (keyed_canvas("chart1", "Numbers and their shares, by the formula and by a library. Arrow keys go from point to point"))
        }
        p.said #said1 {}
    }
}

fn curve() -> Markup {
    html! {
        div.controls { (temperature()) (choice("y2", "Axis", &["linear", "log"].map(same))) }
        (keyed_canvas("chart2", "Softmax of 55 numbers at the chosen temperature, over others in grey. Arrow keys go from point to point"))
        p.said #said2 {}
    }
}

fn vocabulary() -> Markup {
    html! {
        div.controls { (set()) (choice("y3", "Axis", &["linear", "log"].map(same))) }
        div.controls {
            label.field { "Find a token " input #search3 type="search" placeholder="coffee, or an id" autocomplete="off"; }
            ul.found #found3 aria-label="Tokens that fit" {}
            span #none3 hidden { "No token has that in it." }
            span.unseen #count3 { "Type to search." }
        }
        div.controls.hold { (temperature()) }
        div.triple {
            (keyed_canvas("chart3a", "Logits by token index, darker where more lie, with their histogram. Arrow keys step through the ranking, Enter marks, plus and minus zoom"))
            (keyed_canvas("chart3b", "Probabilities by token index. Arrow keys step through the ranking, Enter marks"))
            (keyed_canvas("chart3c", "Probabilities by logits. Arrow keys step through the ranking, Enter marks"))
        }
        p.said #said3 {}
        p.hint {
            span.by-mouse { "Point at a marker to learn its token, click to mark it, drag a frame to zoom in all three panels. " }
            span.by-touch {
                "Tap a marker to mark its token, spread two fingers to zoom in all three panels; then one finger moves the \
                 picture to the side. "
            }
            button #unzoom3 type="button" hidden { "Whole picture" } " "
            button #clear3 type="button" hidden { "Take all marks off" }
        }
        div.wide #marked3 hidden {
            table {
                thead { tr { @for name in ["token", "id", "logit", "probability", "rank"] { th scope="col" { (name) } } th scope="col" { span.unseen { "take off" } } } }
                tbody #marks3 {}
            }
        }
    }
}

fn stages() -> Markup {
    html! {
        div.controls {
            (set())
            (order())
            (choice("y4", "Bars", &["linear", "log"].map(same)))
            button #all4 type="button" { "Keep all" }
            button #reset4 type="button" { "Reset" }
        }
        div.controls.hold {
            (temperature())
            (logarithmic("k", "top-k", 1.0, 50_257.0, 0))
            (slider("p", "top-p", 0.01, 1.0, 0.01))
            (slider("minP", "min-p", 0.0, 0.5, 0.005))
        }
        ol.stages #stages4 aria-label="What each stage keeps, in their order" {}
        div.split {
            ol.bars #bars4 aria-label="The most probable tokens" {}
            (keyed_canvas("chart4", "The largest probabilities by rank at several temperatures, on a logarithmic axis. Arrow keys go from point to point"))
        }
        p.said #said4 {}
    }
}

fn instability() -> Markup {
    html! {
        div.controls {
            label.field hidden { "Prompt " select #pair5 {} }
            (choice("formula", "Formula", &[
                ("manual", "as written"), ("max_normalised", "minus the maximum"), ("library", "the library's"),
            ]))
            (choice("type", "Type", &["float16", "bfloat16", "float32", "float64"].map(same)))
            (choice("show", "Show", &["logits", "probabilities"].map(same)))
        }
        div.triple {
            (keyed_canvas("chart5a", "The first model's values by token index. Arrow keys step through the ranking, Enter marks"))
            (keyed_canvas("chart5b", "The second model's values by token index. Arrow keys step through the ranking, Enter marks"))
            (keyed_canvas("chart5c", "One model's values against the other's. Arrow keys step through the ranking, Enter marks"))
        }
        p.said #said5 {}
        div.said #why5 {}
        div #code5 {}
        div.wide {
            table {
                thead { tr { @for name in ["model", "NaN", "zero", "subnormal", "sum"] { th scope="col" { (name) } } } }
                tbody #counts5 {}
            }
        }
    }
}

/// The switch between light and dark.
pub(super) fn theme() -> Markup {
    html! {
        div.controls #theme hidden {
            (choice("theme", "Colours", &[("auto", "as the system"), ("light", "light"), ("dark", "dark")]))
        }
    }
}

pub(super) fn temperature() -> Markup {
    logarithmic("T", "Temperature T", 0.05, 5.0, 2)
}

/// A value that is slid or typed.
pub(super) fn slider(key: &str, name: &str, low: f64, high: f64, step: f64) -> Markup {
    html! {
        div.slider {
            span { (name) }
            input type="range" aria-label={ (name) ", by sliding" } data-bind=(key) min=(low) max=(high) step=(step);
            input type="number" aria-label=(name) data-bind=(key) min=(low) max=(high) step=(step);
        }
    }
}

/// The same, with equal factors in equal distances.
pub(super) fn logarithmic(key: &str, name: &str, low: f64, high: f64, digits: usize) -> Markup {
    html! {
        div.slider {
            span { (name) @if key == "T" { small { "one for all parts" } } }
            input type="range" aria-label={ (name) ", by sliding" } data-bind=(key) data-scale="log" data-low=(low)
                data-high=(high) data-digits=(digits) min="0" max="1000" step="1";
            input type="number" aria-label=(name) data-bind=(key) min=(low) max=(high) step=(if digits == 0 { "1" } else { "any" });
        }
    }
}

/// One of some values, each with the word that the reader sees.
pub(super) fn choice(key: &str, name: &str, values: &[(&str, &str)]) -> Markup {
    html! {
        fieldset.choice {
            legend { (name) }
            @for (value, word) in values {
                label { input type="radio" name=(key) data-bind=(key) value=(value); span { (word) } }
            }
        }
    }
}

/// An option whose label is its value.
fn same(value: &str) -> (&str, &str) {
    (value, value)
}

/// Where temperature comes among the stages.
pub(super) fn order() -> Markup {
    html! {
        label.field { "Temperature " select data-bind="order" {
            option value="first" { "before the other stages" }
            option value="last" { "after the other stages" }
        } }
    }
}

/// Which model's logits for which prompt.
pub(super) fn set() -> Markup {
    html! { label.field { "Logits of " select data-bind="set" {} } }
}

/// A chart that takes the pointer and keys.
pub(super) fn keyed_canvas(id: &str, label: &str) -> Markup {
    html! { canvas id=(id) tabindex="0" role="application" aria-label=(label) {} }
}
