use std::fmt::Write;

use crate::{Asked, Case, Finding, Number, Operation, Report, Row};

/// All engines' results as Markdown: by type a table of theme by engine, then the first wrong answers.
pub fn markdown(cases: &[Case], reports: &[(String, Report)]) -> String {
    let input = |id: &str| cases.iter().find(|case| case.id == id).map_or_else(String::new, input);
    tables("", reports, &input)
}

/// The same of samplers and other operations.
pub fn operations_markdown(operations: &[Operation], reports: &[(String, Report)]) -> String {
    let input = |id: &str| operations.iter().find(|o| o.id == id).map_or_else(String::new, question);
    tables("Operations, ", reports, &input)
}

fn tables(title: &str, reports: &[(String, Report)], input: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let Some((_, first)) = reports.first() else { return out };
    for number in Number::ALL {
        let offered: Vec<_> = reports.iter().filter(|(_, r)| r.rows.keys().any(|key| key.0 == number)).collect();
        let names: Vec<&str> = offered.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        _ = writeln!(
            out,
            "\n## {title}{number}\n| theme | {} |\n|---|{}",
            names.join(" | "),
            "---|".repeat(names.len())
        );
        for theme in &first.themes {
            let cells: Vec<String> = offered.iter().map(|(_, r)| cell(r.row(number, theme))).collect();
            if cells.iter().any(|cell| cell != "–") {
                _ = writeln!(out, "| {theme} | {} |", cells.join(" | "));
            }
        }
    }
    let heading = if title.is_empty() { "The first wrong answer of each" } else { "The first wrong operation of each" };
    _ = write!(out, "\n## {heading}\n");
    out += "| engine | type | theme | case | input | function | logit | answer | exact |\n";
    out += "|---|---|---|---|---|---|---|---|---|\n";
    for (name, report) in reports {
        for ((number, place), row) in &report.rows {
            let Some(Finding { id, function, x, got, exact }) = &row.first else { continue };
            let theme = &report.themes[*place];
            let input = input(id);
            let (x, got, exact) = (short(*x), answer(*got, *number), answer(*exact, *number));
            _ = writeln!(out, "| {name} | {number} | {theme} | {id} | {input} | {function} | {x} | {got} | {exact} |");
        }
    }
    out
}

fn cell(row: Option<&Row>) -> String {
    match row {
        None => "–".to_owned(),
        Some(Row { passed, asked, worst, .. }) if passed == asked => format!("{passed}/{asked}, {worst:.2}"),
        Some(Row { passed, asked, worst, .. }) if worst.is_infinite() => format!("**{passed}/{asked}**, ∞"),
        Some(Row { passed, asked, worst, .. }) => format!("**{passed}/{asked}**, {worst:.1}"),
    }
}

/// A short description of the question.
fn input(case: &Case) -> String {
    let mut text = logits(&case.x, &case.counts);
    if case.temperature != 1.0 {
        _ = write!(text, "; T = {}", short(case.temperature));
    }
    text
}

/// The same of an operation.
fn question(operation: &Operation) -> String {
    let mut text = logits(&operation.x, &operation.counts);
    match &operation.asked {
        Asked::Sample(stages) => {
            stages.iter().for_each(|(name, value)| _ = write!(text, "; {} {value}", name.replace('_', "-")));
        }
        Asked::Sink(sink) => _ = write!(text, "; sink {}", short(*sink)),
        Asked::Softcap(cap, hidden) => {
            let hidden = hidden.iter().filter(|hidden| **hidden != 0.0).count();
            _ = write!(text, "; cap {cap}, {hidden} masked");
        }
        Asked::CrossEntropyGradient(target) => _ = write!(text, "; target {target}"),
        Asked::Draw(_) | Asked::Merge(_) | Asked::LogSoftmaxGradient(_) => {}
    }
    text
}

/// All logits where few are different, else how many and from where to where.
fn logits(x: &[f64], counts: &[usize]) -> String {
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (&x, &n) in x.iter().zip(counts) {
        match runs.last_mut() {
            Some((last, count)) if last.to_bits() == x.to_bits() => *count += n,
            _ => runs.push((x, n)),
        }
    }
    if runs.len() <= 4 {
        let run = |&(x, n): &(f64, usize)| if n == 1 { short(x) } else { format!("{n} × {}", short(x)) };
        runs.iter().map(run).collect::<Vec<_>>().join(", ")
    } else {
        let finite = || x.iter().copied().filter(|x| x.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        format!("{} from {} to {}", counts.iter().sum::<usize>(), short(low), short(high))
    }
}

/// Enough digits to distinguish float32 numbers.
fn short(x: f64) -> String {
    let x = x as f32;
    if x == 0.0 || !x.is_finite() || (1e-4..1e7).contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

/// Enough digits to distinguish the answers.
fn answer(y: f64, number: Number) -> String {
    if number == Number::Float64 { format!("{y:.16e}") } else { format!("{y:.6e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(x: &[f64], counts: &[usize], temperature: f64) -> Case {
        let (id, theme) = ("000".to_owned(), "ties".to_owned());
        let (softmax, log_softmax) = (vec![0.5; x.len()], vec![-0.7; x.len()]);
        let (x, counts) = (x.to_vec(), counts.to_vec());
        Case { id, theme, number: Number::Float64, temperature, x, counts, softmax, log_softmax, logsumexp: 1.0 }
    }

    #[test]
    fn an_input_is_told_in_a_few_words() {
        assert_eq!(input(&case(&[0.0, -9.0], &[1, 200_000], 1.0)), "0, 200000 × -9");
        assert_eq!(input(&case(&[0.5, f64::NAN, 1e30], &[40, 1, 1], 1e6)), "40 × 0.5, NaN, 1e30; T = 1000000");
        let mask = f64::NEG_INFINITY;
        assert_eq!(input(&case(&[mask, mask, mask, 0.5], &[1; 4], 1.0)), "3 × -inf, 0.5");
        assert_eq!(input(&case(&[1.5, mask, -0.25, 3.0, mask], &[1; 5], 2.9e-39)), "5 from -0.25 to 3; T = 2.9e-39");
    }

    #[test]
    fn a_row_says_what_was_asked_and_answered() {
        let cases = [case(&[0.0, 1.0], &[1, 1], 1.0)];
        let wrong = crate::Answers { softmax: Some(vec![[0.5; 2], [0.25; 2]]), ..Default::default() };
        let page = markdown(&cases, &[("mine 1".to_owned(), crate::judge(&cases, [wrong]))]);
        let row =
            "| mine 1 | float64 | ties | 000 | 0, 1 | softmax | 1 | 2.5000000000000000e-1 | 5.0000000000000000e-1 |";
        assert!(page.ends_with(&format!("{row}\n")), "{page}");
        assert!(page.contains("| theme | mine 1 |\n|---|---|\n| ties | **0/1**, "), "{page}");
    }
}
