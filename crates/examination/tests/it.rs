//! The examination itself: ours passes it, and broken softmaxes fail where they should.

use std::{fs, path::Path, process::Command};

use examination::{
    Answer, Answers, Case, Function, Number, Operation, Report, broken, broken_operating, errors, judge,
    judge_operations, ours, ours_operating, read, read_operations, recorded, write,
};
use softmax_core::SimdPath;
use test_support::Random;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/examination");

fn cases() -> Vec<Case> {
    read(Path::new(FOLDER)).unwrap()
}

fn operate(engine: impl Fn(&Operation) -> Option<Answer>) -> Report {
    let operations = read_operations(Path::new(FOLDER)).unwrap();
    let answers: Vec<_> = operations.iter().map(engine).collect();
    judge_operations(&operations, answers)
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

#[test]
fn softmax_core_passes_samplers_sinks_and_merged_pieces() {
    let report = operate(|operation| ours_operating(operation).unwrap());
    for theme in [
        "top-k",
        "top-p",
        "min-p",
        "locally typical",
        "orders",
        "ties at the border",
        "masked logits",
        "flat, 50,257 tokens",
        "draws",
    ] {
        assert!(report.row(Number::Float32, theme).is_some(), "{theme}");
    }
    for number in [Number::Float32, Number::Float64] {
        assert!(report.row(number, "sink").is_some() && report.row(number, "split and merge").is_some());
    }
    for (place, row) in &report.rows {
        assert_eq!(row.passed, row.asked, "{place:?}: {row:?}");
    }
}

#[test]
fn a_sampler_that_drops_the_crossing_token_fails_where_top_p_cuts() {
    let report = operate(|operation| broken_operating::drops_the_crossing_token(operation).unwrap());
    let fails = ["top-p", "orders", "masked logits"];
    assert_fails(&report, Number::Float32, &fails, &["top-k", "min-p", "locally typical"]);
    let row = report.row(Number::Float32, "top-p").unwrap();
    // Those that keep one token, or all, have none to drop.
    assert!(row.passed >= 3 && row.asked - row.passed >= 7, "{row:?}");
}

#[test]
fn a_broken_merge_fails_where_pieces_have_different_weights_or_none() {
    let unweighted = operate(broken_operating::adds_pieces_as_they_are);
    let row = unweighted.row(Number::Float64, "split and merge").unwrap();
    assert!(row.asked - row.passed >= 6, "{row:?}");
    let infinite = operate(broken_operating::subtracts_an_infinite_maximum);
    let row = infinite.row(Number::Float64, "split and merge").unwrap();
    // The two rows whose pieces are all empty.
    assert_eq!(row.asked - row.passed, 2, "{row:?}");
}

#[test]
fn a_sink_that_is_not_shifted_fails() {
    let report = operate(broken_operating::forgets_to_shift_the_sink);
    let row = report.row(Number::Float64, "sink").unwrap();
    assert!(row.asked - row.passed >= 20, "{row:?}");
}

/// Answers to a part of the examination, changed at random: the engine's own, other finite numbers, special values.
fn mutated(random: &mut Random, right: f64) -> f64 {
    match random.below(8) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => 0.0,
        4 => -right,
        5 => right * (1.0 + 1e-3 * random.normal()),
        // Around what is allowed: half of these pass.
        _ => right * (1.0 + 1e-6 * random.normal()) + 1e-9 * random.normal(),
    }
}

/// `judge.py` and this crate give each of 10,000 right and wrong answers the same error. `PYTHON` names the Python.
#[test]
#[ignore = "needs a Python with numpy: PYTHON=PATH cargo xtask test -p examination -- --ignored"]
fn both_judges_agree_on_ten_thousand_mutated_answers() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let folder = Path::new(FOLDER);
    let (cases, operations) = (read(folder).unwrap(), read_operations(folder).unwrap());
    let out = std::env::temp_dir().join(format!("examination-judges-{}", std::process::id()));
    fs::create_dir_all(&out).unwrap();
    let random = std::cell::RefCell::new(Random(32));
    let change = |right: f64| mutated(&mut random.borrow_mut(), right);
    let changes = || random.borrow_mut().below(3) > 0;
    let mut command = Command::new(&python);
    command.arg(folder.join("judge.py")).arg("--json");
    let mut expected = Vec::new();
    for round in 0..8 {
        let file = out.join(format!("{round}.safetensors"));
        let answer = |_, function, x: &[f64]| {
            let mut y = match function {
                Function::Softmax => softmax_core::softmax(x).ok()?,
                Function::LogSoftmax => softmax_core::log_softmax(x).ok()?,
                Function::Logsumexp => vec![softmax_core::logsumexp(x).ok()?],
            };
            if changes() {
                let at = random.borrow_mut().below(y.len());
                y[at] = change(y[at]);
            }
            Some(y)
        };
        let operating: Vec<Option<Answer>> = operations
            .iter()
            .map(|operation| {
                let right = &operation.right[random.borrow_mut().below(operation.right.len())];
                let mut answer = match &right.kept {
                    Some(kept) => {
                        vec![kept.iter().map(|kept| kept[1]).collect(), right.exact.clone(), right.exact.clone()]
                    }
                    None => vec![right.exact.clone(); 2],
                };
                if changes() {
                    let row = random.borrow_mut().below(answer.len());
                    let at = random.borrow_mut().below(answer[row].len());
                    answer[row][at] = change(answer[row][at]);
                }
                if operation.function() == "sample" && !changes() {
                    answer.truncate(1);
                }
                Some(answer)
            })
            .collect();
        write(&format!("round {round}"), &cases, (&operations, &operating), &file, answer).unwrap();
        let found = recorded(&file, &cases, &operations).unwrap();
        expected.extend(errors(&cases, &operations, &found.answers, &found.operating));
        command.arg(file);
    }
    let output = command.output().unwrap();
    fs::remove_dir_all(out).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let judged = lines.lines().flat_map(|line| {
        let round: serde_json::Value = serde_json::from_str(line).unwrap();
        round["answers"].as_array().unwrap().clone()
    });
    let judged: Vec<(String, String, f64)> = judged
        .map(|answer| {
            let text = |i: usize| answer[i].as_str().unwrap().to_owned();
            (text(0), text(1), text(2).parse().unwrap())
        })
        .collect();
    assert_eq!(judged.len(), expected.len());
    assert!(expected.len() >= 10_000, "{} answers", expected.len());
    let wrong = expected.iter().filter(|(.., error)| *error > 1.0).count();
    assert!(wrong > 2_000 && expected.len() - wrong > 2_000, "{wrong} of {} are wrong", expected.len());
    for (rust, python) in expected.iter().zip(&judged) {
        assert_eq!((&rust.0, rust.1), (&python.0, &*python.1));
        let same = rust.2 == python.2 || (rust.2 - python.2).abs() <= 1e-9 * rust.2;
        assert!(same && (rust.2 > 1.0) == (python.2 > 1.0), "{rust:?} and {python:?}");
    }
}
