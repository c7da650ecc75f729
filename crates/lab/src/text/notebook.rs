use super::{Kind, Line, Table, comparison_lines, next::left_out_line, prompt_heading, prompt_text};
use crate::{
    parts::{
        Formula, MODEL_INDEX, Outcome, Parameters, Part1Report, Part2Report, Part3Report, Part4Report, Part5Report,
        SumOrders,
    },
    print::{
        choices, float_repr, general, nats, numpy_vector, percent, thousands, torch_ids, torch_scalar, torch_size,
        torch_vector,
    },
    report::FigureFacts,
    token::{Prompt, TokenProbability},
};

fn notebook(text: impl Into<String>) -> Line {
    Line::new(Kind::Notebook, text)
}

fn beyond(text: impl Into<String>) -> Line {
    Line::new(Kind::Beyond, text)
}

/// Part 1.
pub fn part1_lines(report: &Part1Report) -> Vec<Line> {
    vec![
        notebook(numpy_vector(&report.manual)),
        notebook(float_repr(report.manual_sum)),
        notebook(torch_vector(&report.library.probabilities)),
        beyond(format!(
            "The formula in float64 and {} in float32 differ by at most {:.1e}.",
            report.library.name, report.max_difference
        )),
    ]
}

/// Part 2; the notebook prints nothing for it.
pub fn part2_lines(report: &Part2Report) -> Vec<Line> {
    let (first, last, points) = report.range;
    let rows = report.curves.iter().map(|curve| {
        vec![
            general(curve.temperature),
            format!("{:.4}", curve.max),
            format!("{:.1e}", curve.min),
            nats(curve.entropy),
            choices(curve.perplexity),
        ]
    });
    let header = ["T", "largest", "smallest", "entropy, nats", "as uncertain as"];
    vec![
        beyond(format!("Softmax of {points} numbers from {first} to {last}:")),
        Line::table(Kind::Beyond, Table::new(&header, rows)),
    ]
}

/// Part 3.
pub fn part3_lines(report: &Part3Report) -> Vec<Line> {
    let mut lines: Vec<Line> = report
        .parameters
        .iter()
        .map(|Parameters { notebook_name: model, parameters, .. }| match parameters {
            Some(n) => notebook(format!("{model} has {} parameters.", thousands(*n))),
            None => {
                notebook(format!("{model} has recorded logits; their file does not state its number of parameters."))
            }
        })
        .collect();
    lines.extend(prompt_lines(&report.prompt));
    let vocab_size = report.logits_shape[2];
    lines.extend([
        notebook(torch_size(&report.logits_shape)),
        notebook(torch_size(&[vocab_size])),
        notebook(format!("The sum of the raw logits is {:.3}", report.logits_sum)),
        notebook(format!("The sum of the softmax logits is {:.3}", report.probabilities_sum)),
        notebook(format!(
            "The maximum softmax logit is #{} with a value of {:.3}",
            report.argmax.id, report.argmax.probability
        )),
        notebook(format!("The max word is {}", report.argmax.word)),
    ]);
    lines.push(beyond(format!("The {} most probable tokens:", thousands(report.top.len() as u64))));
    let rows =
        report.top.iter().map(|token| vec![token.id.to_string(), percent(token.probability), token.word.to_string()]);
    lines.push(Line::table(Kind::Beyond, Table::new(&["token id", "probability", "token"], rows)));
    lines.extend(left_out_line(Kind::Beyond, report.left_out, vocab_size));
    lines.push(beyond(unnormalised_line(report)));
    lines
}

/// The result of `exp(z) / Σ exp(z)` without subtracting the maximum.
fn unnormalised_line(report: &Part3Report) -> String {
    let sum = report.unnormalised_sum;
    let what = "exp(z) / Σ exp(z), not normalised, in float32:";
    let sum_is = format!("Σ exp(z) = {}", general(f64::from(sum)));
    let zero = thousands(report.unnormalised_zero as u64);
    if report.unnormalised_nan > 0 {
        let nan = thousands(report.unnormalised_nan as u64);
        format!("{what} {nan} of {} values are NaN because {sum_is}.", thousands(report.logits.len() as u64))
    } else if sum < f32::MIN_POSITIVE {
        format!(
            "{what} no NaN, but {zero} values are zero and the others have few bits, because {sum_is} is subnormal."
        )
    } else if report.unnormalised_zero > 0 {
        format!("{what} no NaN, but {zero} values are zero; {sum_is}.")
    } else {
        format!("{what} no NaN; {sum_is}.")
    }
}

/// Part 4.
pub fn part4_lines(report: &Part4Report) -> Vec<Line> {
    let mut lines = vec![notebook(prompt_heading(&report.prompt)), notebook("")];
    lines.extend(report.top.iter().map(|token| notebook(top_line(token))));
    let rows = report.temperatures.iter().map(|at| {
        let share: f32 = at.top.iter().map(|token| token.probability).sum();
        vec![
            general(at.temperature),
            at.top.first().map(|token| token.word.to_string()).unwrap_or_default(),
            at.top.first().map(|token| percent(token.probability)).unwrap_or_default(),
            percent(share),
            nats(at.entropy),
            choices(at.perplexity),
        ]
    });
    let top = format!("top {}", report.k);
    let header = ["T", "most probable", "alone", &top, "entropy, nats", "as uncertain as"];
    lines.push(Line::table(Kind::Beyond, Table::new(&header, rows)));
    lines
}

/// Part 5.
pub fn part5_lines(report: &Part5Report) -> Vec<Line> {
    let vocab_size = report.models.first().map_or(0, |model| model.vectors.logits.len()) as u64;
    let mut lines = Vec::new();
    // A smaller vocabulary has nothing there, which is not the NaN that this part is about.
    if vocab_size > MODEL_INDEX.0 as u64 {
        lines.push(notebook(format!("({}, {})", torch_scalar(report.shown_logit), torch_scalar(report.shown_manual))));
    }
    lines.push(beyond(format!("Prompt: {}", prompt_text(&report.prompt))));
    for model in &report.models {
        lines.push(beyond(""));
        lines.push(beyond(format!(
            "{}: what became of its {} probabilities (its largest logit is {:.3})",
            model.title,
            thousands(vocab_size),
            model.max_logit
        )));
        lines.push(Line::table(Kind::Beyond, outcome_table(&model.outcomes)));
        lines.push(beyond(sums_line(&model.sums)));
    }
    if let Some(comparison) = &report.comparison {
        lines.push(beyond(""));
        lines.extend(comparison_lines(comparison));
    }
    lines
}

/// The formula's sum by a loop, beside PyTorch's.
fn sums_line(sums: &[SumOrders]) -> String {
    let each = sums.iter().map(|sum| {
        let (pytorch, plain_loop) = (general(sum.pytorch), general(sum.plain_loop));
        format!("{plain_loop} instead of {pytorch} in {}", sum.number_type.name())
    });
    format!("Added by a plain loop, Σ exp(z - max(z)) is {}.", each.collect::<Vec<_>>().join(", "))
}

/// A prompt's tokens: number, ids and texts.
pub fn prompt_lines(prompt: &Prompt) -> Vec<Line> {
    if prompt.ids.is_empty() {
        return vec![notebook("The tokens of the prompt are not in the file: --ids names them.")];
    }
    let mut lines = vec![
        notebook(torch_ids(&prompt.ids)),
        notebook(format!("The text comprises {} tokens.", prompt.ids.len())),
        notebook(""),
    ];
    lines.extend(prompt.ids.iter().zip(&prompt.words).map(|(id, word)| notebook(format!("{id:5} is {word}"))));
    lines
}

/// A line of the notebook's list of most probable tokens.
pub(super) fn top_line(token: &TokenProbability) -> String {
    format!("{:5} ({}) is {}", token.id, percent(token.probability), token.word)
}

/// The state of one model's probabilities: one row for each formula and number type.
pub(super) fn outcome_table(outcomes: &[Outcome]) -> Table {
    let rows = outcomes.iter().map(|outcome| {
        vec![
            formula(outcome.formula).to_owned(),
            outcome.number_type.name().to_owned(),
            thousands(outcome.nan as u64),
            thousands(outcome.zero as u64),
            thousands(outcome.subnormal as u64),
            if outcome.sum.is_nan() { "NaN".to_owned() } else { format!("{:.6}", outcome.sum) },
        ]
    });
    Table::new(&["formula", "type", "NaN", "zero", "subnormal", "sum"], rows)
}

fn formula(formula: Formula) -> &'static str {
    match formula {
        Formula::Manual => "exp(z) / Σ exp(z)",
        Formula::MaxNormalised => "the same of z - max(z)",
        Formula::Library => "softmax-core",
    }
}

/// The figures and the models that they were drawn from.
pub(super) fn figure_table(figures: &[FigureFacts]) -> Table {
    let rows = figures.iter().map(|figure| {
        let models = if figure.models.is_empty() { "no model".to_owned() } else { figure.models.join(", ") };
        vec![figure.files.join(", "), format!("{} x {}", figure.pixels.0, figure.pixels.1), models]
    });
    Table::new(&["figure", "pixels", "drawn from"], rows)
}
