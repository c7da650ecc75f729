//! Parts 1 to 5 against what the notebook printed, and against formulas written out here in f64.

use gpt2_runner::{Gpt2Tokenizer, RecordedLogits, RecordedPrompt};
use softmax_core::Temperature;

use super::*;
use crate::{
    Prompt,
    print::{numpy_vector, torch_scalar},
};

/// GPT-2 small's recorded logits for "Data visualization empowers users to": see data/recorded/README.md.
fn recorded() -> RecordedPrompt {
    let bytes = include_bytes!("../../../../data/recorded/gpt2-small.safetensors");
    RecordedLogits::from_bytes(bytes).unwrap().models.remove(0).prompts.remove(0)
}

fn temperatures<const N: usize>(values: [f64; N]) -> Vec<Temperature> {
    values.map(|t| Temperature::new(t).unwrap()).to_vec()
}

/// `exp(z/T) / Σ exp(z/T)` with the largest z subtracted, in f64.
fn softmax64(z: &[f32], t: f64) -> Vec<f64> {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exp: Vec<f64> = z.iter().map(|&z| ((f64::from(z) - f64::from(max)) / t).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.iter().map(|e| e / sum).collect()
}

fn entropy64(p: &[f64]) -> f64 {
    p.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum()
}

#[test]
fn part_1_prints_the_notebooks_seven_probabilities() {
    // What `torch.softmax` printed in the notebook, with four decimals.
    let printed = [0.0026, 0.0029, 0.0072, 0.0195, 0.1440, 0.3913, 0.4325];
    let library = Library::of_build(&NOTEBOOK_Z.map(|z| z as f32)).unwrap();
    for (p, printed) in library.probabilities.iter().zip(printed) {
        assert!((p - printed).abs() <= 0.5001e-4, "{p} {printed}");
    }
    let report = part1(&NOTEBOOK_Z, library).unwrap();
    // The notebook's first two lines of output, from NumPy.
    let manual = "[0.00263681 0.00291413 0.0071676  0.01948356 0.1439651  0.39133772\n 0.43249507]";
    assert_eq!(numpy_vector(&report.manual), manual);
    assert_eq!(report.manual_sum, 1.0);
    // Half a unit in the last place of a float32 below 0.5, and one rounding of each of exp, sum and quotient.
    assert!(report.max_difference > 0.0 && report.max_difference < 1.2e-7, "{}", report.max_difference);
    let short = Library { name: "short".into(), probabilities: vec![1.0] };
    assert!(part1(&NOTEBOOK_Z, short).is_err());
}

#[test]
fn part_2_is_softmax_of_55_numbers_at_each_temperature() {
    let report = part2(&temperatures(NOTEBOOK_TEMPERATURES), false).unwrap();
    assert_eq!((report.range, report.x.len(), report.curves.len()), ((-5.0, 5.0, 55), 55, 4));
    for (i, x) in report.x.iter().enumerate() {
        // numpy.linspace(-5, 5, 55), by its formula.
        assert!((f64::from(*x) - (-5.0 + 10.0 * i as f64 / 54.0)).abs() < 5e-7, "{x}");
    }
    for curve in &report.curves {
        let exact = softmax64(&report.x, curve.temperature);
        for (p, exact) in curve.probabilities.iter().zip(&exact) {
            // x / T in float32 is off by up to 2e-6, and exp with it.
            assert!((f64::from(*p) - exact).abs() <= 1e-5 * exact + 1e-45, "T = {}: {p} {exact}", curve.temperature);
        }
        assert_eq!((curve.min, curve.max), (curve.probabilities[0], curve.probabilities[54]));
        let entropy = entropy64(&exact);
        assert!((curve.entropy - entropy).abs() < 1e-5, "{} {entropy}", curve.entropy);
        assert!((curve.perplexity - entropy.exp()).abs() < 1e-5 * entropy.exp());
    }
    let largest: Vec<f32> = report.curves.iter().map(|curve| curve.max).collect();
    assert!(largest.is_sorted_by(|a, b| a > b), "a higher temperature flattens: {largest:?}");
}

#[test]
fn parts_3_and_4_are_what_the_notebook_printed_of_recorded_logits() {
    let recorded = recorded();
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    let prompt = Prompt::new(recorded.text.as_deref().unwrap(), &tokenizer).unwrap();
    // The notebook's lines for this prompt: lab-cli's tests/data/notebook-runs.txt, `# recorded 0`.
    assert_eq!(prompt.ids, [6601, 32704, 795, 30132, 2985, 284]);
    let report = part3(&[], &prompt, 6, &recorded.logits, NOTEBOOK_K, &tokenizer).unwrap();
    assert_eq!(report.logits_shape, [1, 6, 50_257]);
    // "The sum of the raw logits is -7761402.000": float32 in PyTorch's order.
    assert_eq!(report.logits_sum, -7_761_402.0);
    assert_eq!(format!("{:.3}", report.probabilities_sum), "1.000");
    assert_eq!((report.argmax.id, format!("{:.3}", report.argmax.probability)), (38_350, "0.158".to_owned()));
    let lines = [
        (38_350, "15.8", " visualize"),
        (2251, " 7.3", " create"),
        (766, " 4.7", " see"),
        (787, " 2.8", " make"),
        (3538, " 2.7", " easily"),
        (2952, " 2.6", " quickly"),
        (7301, " 2.4", " explore"),
        (1064, " 1.9", " find"),
        (1833, " 1.5", " understand"),
        (1382, " 1.3", " build"),
    ];
    for (token, (id, percent, text)) in report.top.iter().zip(lines) {
        let shown = format!("{:4.1}", 100.0 * token.probability);
        assert_eq!((token.id, shown.as_str(), token.word.text().as_ref()), (id, percent, text));
    }
    // No logit is above -103.97, where exp underflows in float32: 0 / 0.
    assert_eq!((report.unnormalised_nan, report.unnormalised_sum), (50_257, 0.0));

    let report = part4(&prompt, &recorded.logits, 3, &temperatures(NOTEBOOK_TOP_TEMPERATURES), &tokenizer).unwrap();
    assert_eq!(report.top.iter().map(|token| token.id).collect::<Vec<_>>(), [38_350, 2251, 766]);
    for at in &report.temperatures {
        let exact = softmax64(&recorded.logits, at.temperature);
        for (token, top) in at.top.iter().zip(&report.top) {
            assert_eq!(token.id, top.id, "temperature keeps the order");
            assert!((f64::from(token.probability) / exact[token.id as usize] - 1.0).abs() < 1e-5);
        }
        assert!((at.entropy - entropy64(&exact)).abs() < 1e-4, "{}", at.entropy);
        assert!((at.perplexity.ln() - at.entropy).abs() < 1e-9);
    }
    assert!(part4(&prompt, &recorded.logits, 50_258, &[], &tokenizer).is_err());
}

#[test]
fn part_5_shows_the_notebooks_two_values_and_counts_what_breaks() {
    let recorded = recorded();
    let tokenizer = Gpt2Tokenizer::published().unwrap();
    let prompt = Prompt::new(recorded.text.as_deref().unwrap(), &tokenizer).unwrap();
    let model = |title: &str| ModelReport::new(ModelVectors::new(title, recorded.logits.clone()).unwrap()).unwrap();
    let report = part5(&prompt, vec![model("A"), model("B")], NOTEBOOK_K, &tokenizer).unwrap();
    // The notebook's last value for this prompt: (tensor(-152.6298), tensor(nan)).
    assert_eq!(torch_scalar(report.shown_logit), "tensor(-152.6298)");
    assert!(report.shown_manual.is_nan());
    let counts = |formula, number_type| {
        let outcomes = &report.models[0].outcomes;
        let outcome = outcomes.iter().find(|o| o.formula == formula && o.number_type == number_type).unwrap();
        (outcome.nan, outcome.zero)
    };
    // exp underflows to 0 below ln of half the smallest subnormal number: -17.33 in float16, -103.97 in float32,
    // -745.13 in float64.
    assert_eq!(counts(Formula::Manual, NumberType::Float16), (50_257, 0));
    assert_eq!(counts(Formula::Manual, NumberType::Float32), (50_257, 0));
    assert_eq!(counts(Formula::Manual, NumberType::Float64), (0, 0));
    assert_eq!(counts(Formula::MaxNormalised, NumberType::Float32).0, 0);
    assert_eq!(counts(Formula::Library, NumberType::Float16).0, 0);
    for outcome in report.models[0].outcomes.iter().filter(|outcome| outcome.nan == 0) {
        let tolerance = if outcome.number_type == NumberType::Float64 { 1e-12 } else { 0.3 };
        assert!((outcome.sum - 1.0).abs() < tolerance, "{outcome:?}");
    }
    // A model compared with itself.
    let comparison = report.comparison.unwrap();
    assert!((comparison.pearson - 1.0).abs() < 1e-12 && (comparison.spearman - 1.0).abs() < 1e-12);
    assert_eq!((comparison.kl_first_second, comparison.js, comparison.top_overlap), (0.0, 0.0, NOTEBOOK_K));
    assert!(part5(&prompt, Vec::new(), NOTEBOOK_K, &tokenizer).is_err());
}

#[test]
fn the_axis_of_exponents_has_whole_tens_from_60_to_300() {
    assert_eq!(exponent_axis(&[]), (-60.0, 60.0));
    assert_eq!(exponent_axis(&[(-61.0, 3.0)]), (-70.0, 60.0));
    assert_eq!(exponent_axis(&[(-61.0, 3.0), (-10.0, 81.5)]), (-70.0, 90.0));
    assert_eq!(exponent_axis(&[(-1e5, 1e5)]), (-300.0, 300.0));
}
