//! The examination itself: ours passes it, and broken softmaxes fail where they should.

use std::path::Path;

use examination::{Answers, Case, Number, Report, broken, judge, ours, read};
use softmax_core::SimdPath;

fn cases() -> Vec<Case> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/examination")).unwrap()
}

fn sit(engine: impl Fn(&Case) -> Answers) -> Report {
    let cases = cases();
    let answers: Vec<Answers> = cases.iter().map(engine).collect();
    judge(&cases, answers)
}

#[test]
fn softmax_core_passes_on_every_path() {
    for path in SimdPath::available().map(Some).chain([None]) {
        let report = sit(|case| ours(case, path).unwrap());
        assert!(report.rows.len() >= 10, "{path:?} was asked {} rows", report.rows.len());
        for (place, row) in &report.rows {
            assert_eq!(row.passed, row.asked, "{path:?}, {place:?}: {row:?}");
        }
    }
}

#[track_caller]
fn assert_fails(report: &Report, number: Number, fails: &[&str], passes: &[&str]) {
    for (themes, passed) in [(fails, false), (passes, true)] {
        for theme in themes {
            let row = report.row(number, theme).unwrap();
            assert_eq!(row.passed == row.asked, passed, "{theme}: {row:?}");
        }
    }
}

#[test]
fn the_naive_formula_fails_where_exp_leaves_the_type() {
    let report = sit(broken::naive);
    let fails = ["near -110", "beyond exp, up", "beyond exp, down", "GPT-2's logits", "masks"];
    assert_fails(&report, Number::Float32, &fails, &["ordinary"]);
}

#[test]
fn sums_in_half_precision_fail_on_long_rows() {
    let report = sit(broken::accumulated_in_f16);
    let fails = ["one huge among many", "ties", "long tails"];
    assert_fails(&report, Number::Float16, &fails, &["beyond exp, up", "infinities and NaN"]);
}

#[test]
fn the_maximum_of_another_row_fails_everywhere() {
    let report = sit(broken::maximum_of_another_row);
    assert_fails(&report, Number::Float32, &["ordinary", "subnormal results", "ties"], &[]);
}
