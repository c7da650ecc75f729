use std::collections::BTreeMap;

use crate::{Answer, Answers, Case, Number, Operation, operation};

/// An engine's first wrong answer for a theme and a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The case.
    pub id: String,
    /// softmax, log_softmax or logsumexp, or the operation.
    pub function: &'static str,
    /// The logit; of logsumexp, the largest.
    pub x: f64,
    /// The engine's answer.
    pub got: f64,
    /// The exact answer.
    pub exact: f64,
}

/// An engine's results in a theme, of one type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Answers within the bound.
    pub passed: usize,
    /// Answers.
    pub asked: usize,
    /// The largest error by the error that is allowed; infinite for a NaN where none belongs, and the other way round.
    pub worst: f64,
    /// The first answer beyond the bound.
    pub first: Option<Finding>,
}

/// An engine's results, by type and theme.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Rows in the order of the examination.
    pub rows: BTreeMap<(Number, usize), Row>,
    pub(crate) themes: Vec<String>,
}

impl Report {
    /// The row of a theme, if the engine was asked.
    pub fn row(&self, number: Number, theme: &str) -> Option<&Row> {
        let place = self.themes.iter().position(|name| name == theme)?;
        self.rows.get(&(number, place))
    }

    /// Whether all is within the bounds.
    pub fn passed(&self) -> bool {
        self.rows.values().all(|row| row.passed == row.asked)
    }
}

/// The error of each answer, in units of the allowed one, with the name of its case and function: what
/// `judge.py --json` prints.
pub fn errors(
    cases: &[Case],
    operations: &[Operation],
    answers: &[Answers],
    operating: &[Option<Answer>],
) -> Vec<(String, &'static str, f64)> {
    let each = cases.iter().zip(answers).flat_map(|(case, answers)| judge_case(case, answers));
    let operating = operations
        .iter()
        .zip(operating)
        .filter_map(|(operation, answer)| answer.as_ref().map(|answer| operation::judge_operation(operation, answer)));
    each.chain(operating).map(|(error, finding)| (finding.id, finding.function, error)).collect()
}

/// Judges answers to each of the cases.
pub fn judge(cases: &[Case], answers: impl IntoIterator<Item = Answers>) -> Report {
    report(cases.iter().zip(answers).map(|(case, answers)| (case.number, &*case.theme, judge_case(case, &answers))))
}

/// Counts errors, each with what was found there, by type and theme.
pub(crate) fn report<'a>(judged: impl Iterator<Item = (Number, &'a str, Vec<(f64, Finding)>)>) -> Report {
    let mut report = Report::default();
    for (number, theme, judged) in judged {
        let place = report.themes.iter().position(|name| name == theme).unwrap_or_else(|| {
            report.themes.push(theme.to_owned());
            report.themes.len() - 1
        });
        if judged.is_empty() {
            continue;
        }
        let row = report.rows.entry((number, place)).or_default();
        for (error, finding) in judged {
            row.asked += 1;
            row.passed += usize::from(error <= 1.0);
            row.worst = row.worst.max(error);
            if error > 1.0 && row.first.is_none() {
                row.first = Some(finding);
            }
        }
    }
    report
}

/// The largest error of each function that is offered, in units of what is allowed.
pub(crate) fn judge_case(case: &Case, answers: &Answers) -> Vec<(f64, Finding)> {
    let max = case.x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (t, epsilon, step) = (case.temperature, case.number.epsilon(), case.number.step());
    // An exponent is rounded like a number of its size; one of quotients like the quotients.
    let exponent = |x: f64| {
        let quotients = if t == 1.0 { 0.0 } else { (x.abs() + max.abs()) / t };
        ((x - max) / t).abs() + quotients
    };
    let finding = |function, x, got, exact| Finding { id: case.id.clone(), function, x, got, exact };
    let worst = |function: &'static str, answers: &[[f64; 2]], exact: &[f64], allowed: &dyn Fn(f64, f64) -> f64| {
        let each = answers.iter().zip(exact).zip(&case.x).flat_map(|((got, &exact), &x)| {
            got.map(|got| (error(got, exact, allowed(x, exact), case.number), finding(function, x, got, exact)))
        });
        each.reduce(|a, b| if b.0 > a.0 { b } else { a })
    };
    let mut judged = Vec::new();
    if let Some(p) = &answers.softmax {
        let allowed = |x: f64, p: f64| if p == 0.0 { step } else { epsilon * (4.0 + exponent(x)) * p + step };
        judged.extend(worst("softmax", p, &case.softmax, &allowed));
    }
    if let Some(log_p) = &answers.log_softmax {
        let allowed = |x: f64, log_p: f64| epsilon * (4.0 + exponent(x) + log_p.abs()) + step;
        judged.extend(worst("log_softmax", log_p, &case.log_softmax, &allowed));
    }
    if let Some(got) = answers.logsumexp {
        let exact = case.logsumexp;
        let allowed = epsilon * (4.0 + exact.abs() + (max / t).abs()) + step;
        judged.push((error(got, exact, allowed, case.number), finding("logsumexp", max, got, exact)));
    }
    judged
}

/// An error in units of the allowed one.
pub(crate) fn error(got: f64, exact: f64, allowed: f64, number: Number) -> f64 {
    let beyond = exact.abs() > number.max() && got.is_infinite() && got.signum() == exact.signum();
    if got == exact || (got.is_nan() && exact.is_nan()) || beyond {
        0.0
    } else if got.is_finite() && exact.is_finite() {
        (got - exact).abs() / allowed
    } else {
        f64::INFINITY
    }
}
