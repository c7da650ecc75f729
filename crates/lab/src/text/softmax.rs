use super::{Kind, Line};
use crate::{
    parts::SoftmaxReport,
    print::{choices, float_repr, general, nats, numpy_vector, thousands},
};

/// Softmax of plain numbers.
pub fn softmax_lines(report: &SoftmaxReport) -> Vec<Line> {
    let SoftmaxReport { z, .. } = report;
    let mut lines = vec![numpy_vector(&report.probabilities), float_repr(report.sum)];
    if let (Some(entropy), Some(perplexity)) = (report.entropy, report.perplexity) {
        lines.push(format!(
            "Largest: {} at index {}. Entropy {} nats at T = {}: as uncertain as {}.",
            float_repr(z[report.argmax]),
            report.argmax,
            nats(entropy),
            general(report.temperature),
            choices(perplexity)
        ));
    } else if let Some(index) = z.iter().position(|z| z.is_nan() || *z == f64::INFINITY) {
        let what = float_repr(z[index]);
        lines.push(format!("The number at index {index} is {what}: softmax of numbers with {what} among them is NaN."));
    } else {
        lines
            .push("All numbers are -inf: there is nothing to share the probability among, which gives NaN.".to_owned());
    }
    if report.unnormalised_nan > 0 && report.entropy.is_some() {
        lines.push(format!(
            "exp(z) / Σ exp(z), not normalised, in float32: {} of {} values are NaN.",
            thousands(report.unnormalised_nan as u64),
            thousands(z.len() as u64)
        ));
    }
    lines.into_iter().map(|text| Line::new(Kind::Notebook, text)).collect()
}
