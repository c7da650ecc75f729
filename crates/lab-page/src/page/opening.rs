//! The figure that opens the page: a prompt, the logits of its most probable tokens, softmax, and their probabilities.
//! The script fills the same elements for other prompts and temperatures.

use lab::{
    print::{choices, thousands},
    report::Report,
    text,
};
use maud::{Markup, html};
use softmax_core::{perplexity, softmax};

use super::{
    number::{minus, percent},
    panels,
};

/// So many tokens have a row.
const ROWS: usize = 8;
/// The columns of the histogram of all logits, and its height.
const BINS: usize = 80;
const HEIGHT: f64 = 30.0;

/// The figure for the prompt of part 3, or else of part 4; `alive` with its controls.
pub(super) fn opening(report: &Report, alive: bool) -> Markup {
    let of3 = report.part3.as_ref().map(|part| (&part.prompt, &part.logits, &part.top));
    let of4 = report.part4.as_ref().map(|part| (&part.prompt, &part.logits, &part.top));
    let (Some((prompt, logits, top)), Some(model)) = (of3.or(of4), report.models.first()) else {
        return Markup::default();
    };
    // Recorded logits were checked when they were read: there is a largest one.
    let Ok(p) = softmax(logits) else { return Markup::default() };
    let top = &top[..ROWS.min(top.len())];
    let others = logits.len() - top.len();
    let first = top.first().map_or(1.0, |token| f64::from(token.probability));
    let rest = 1.0 - top.iter().map(|token| f64::from(token.probability)).sum::<f64>();
    let finite = || logits.iter().filter(|z| z.is_finite()).map(|&z| f64::from(z));
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let along = |z: f64| format!("{:.2}%", 100.0 * (z - low) / (high - low).max(1e-9));
    let all = thousands(logits.len() as u64);
    html! {
        ("\n")
        figure.opening #opening data-needs="data" aria-labelledby="opening-said" {
            p.prompt { span #opening-model { (model.title) } " reads " q #opening-prompt { (text::prompt_text(prompt)) } " and gives each of " (all) " tokens a logit." }
            @if alive { div.controls hidden { (panels::set()) (panels::temperature()) } }
            table {
                thead { tr {
                    th scope="col" { "next token" }
                    th scope="col" { "logit z" }
                    th.spread scope="col" {
                        "among all " (all)
                        svg #opening-spread viewBox={ "0 0 " (BINS) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" {
                            path d=(histogram(finite(), low, high)) {}
                        }
                    }
                    th.term scope="col" { "exp((z − max z) / " span #opening-T { "T" } ")" }
                    th.share scope="col" colspan="2" { "÷ Σ = probability" }
                } }
                tbody #opening-rows {
                    @for token in top {
                        @let (z, p) = (f64::from(logits[token.id as usize]), f64::from(token.probability));
                        ("\n")
                        tr {
                            th scope="row" { (shown(&token.word.text())) }
                            td { (minus(&format!("{z:.2}"))) }
                            td.spread { svg aria-hidden="true" { circle cx=(along(z)) cy="50%" r="5" {} } }
                            td.term { (term(p / first)) }
                            td { (percent(p)) }
                            td.share { (bar(p)) }
                        }
                    }
                }
                ("\n")
                tfoot #opening-rest {
                    tr hidden[others == 0] {
                        th scope="row" { (thousands(others as u64)) " others" }
                        td {} td.spread {}
                        td.term { (term(rest / first)) }
                        td { (percent(rest)) }
                        td.share { (bar(rest)) }
                    }
                    tr {
                        th scope="row" { "all" }
                        td {} td.spread {}
                        td.term { "Σ = " (term(1.0 / first)) }
                        td { (percent(1.0)) }
                        td {}
                    }
                }
            }
            figcaption #opening-said { (said(&p)) }
        }
    }
}

/// What the figure shows, at T = 1. The script writes the same of other temperatures.
fn said(p: &[f32]) -> String {
    let uncertain = perplexity(p).map_or_else(|_| String::new(), choices);
    let largest = p.iter().copied().fold(0.0, f32::max);
    format!(
        "T = 1: the most probable token has {}; the model is as uncertain as {uncertain}.",
        percent(f64::from(largest))
    )
}

/// How many of some values lie in each of equal intervals, as an SVG path.
fn histogram(values: impl Iterator<Item = f64>, low: f64, high: f64) -> String {
    let mut counts = [0_u32; BINS];
    for value in values {
        let bin = (BINS as f64 * (value - low) / (high - low).max(1e-9)) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let most = f64::from(counts.iter().copied().max().unwrap_or(1).max(1));
    let column = |(bin, &count): (usize, &u32)| {
        // One token is one pixel high at least.
        let height = (HEIGHT * f64::from(count) / most * 10.0).round().max(10.0) / 10.0;
        format!("M{bin} {HEIGHT}v-{height}h1V{HEIGHT}z")
    };
    counts.iter().enumerate().filter(|(_, count)| **count > 0).map(column).collect()
}

/// A bar as wide as a share of its cell.
fn bar(share: f64) -> Markup {
    html! { svg.bar width=(format!("{:.3}%", 100.0 * share)) aria-hidden="true" {} }
}

/// An exponential of at most a few thousand.
fn term(x: f64) -> String {
    if x == 0.0 || x >= 5e-4 { format!("{x:.3}") } else { minus(&format!("{x:.1e}")) }
}

/// A token as the page's script shows it: its spaces and newlines are visible.
fn shown(word: &str) -> String {
    let inner = word.trim_matches(' ');
    let (before, after) = word.split_once(inner).unwrap_or(("", ""));
    let inner = inner.split('\n').map(lab::printable).collect::<Vec<_>>().join("⏎");
    format!("{}{inner}{}", "␣".repeat(before.len()), "␣".repeat(after.len()))
}
