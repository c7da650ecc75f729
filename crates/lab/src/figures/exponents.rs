use viz::{Bars, Color, Figure, Panel};

use super::{BLUE, PINK};
use crate::parts::{ModelVectors, NumberType, exponent_axis};

/// Not in the notebook: each type's range, and the range of exp of each model's logits.
#[must_use]
pub fn exponents(models: &[&ModelVectors]) -> Figure {
    let ranges: Vec<(f64, f64)> = models.iter().map(|model| model.exp_range()).collect();
    // The models below the types: the y axis counts upwards.
    let type_row = |n: usize| (models.len() + NumberType::ALL.len() - 1 - n) as f64;
    let model_row = |n: usize| (models.len() - 1 - n) as f64;
    let (first, last) = exponent_axis(&ranges);
    let power = |exponent: f64| 10_f64.powf(exponent.clamp(first - 5.0, last + 5.0));
    // A single number is still seen.
    let least = (last - first) / 300.0;
    let bars = |rows: Vec<f64>, ends: Vec<(f64, f64)>| {
        let (low, high): (Vec<f64>, Vec<f64>) =
            ends.into_iter().map(|(low, high)| (power(low), power(high.max(low + least)))).unzip();
        Bars::horizontal(&high).bases(&low).places(&rows).thickness(0.55)
    };
    let types = || NumberType::ALL.into_iter().map(NumberType::powers_of_ten);
    let rows: Vec<f64> = (0..NumberType::ALL.len()).map(type_row).collect();
    let normal = bars(rows.clone(), types().map(|[_, normal, largest]| (normal, largest)).collect());
    let subnormal = bars(rows, types().map(|[subnormal, normal, _]| (subnormal, normal)).collect());
    let exp = bars((0..models.len()).map(model_row).collect(), ranges);
    let mut words: Vec<String> = models.iter().rev().map(|model| format!("exp(z), {}", model.title)).collect();
    words.extend(NumberType::ALL.into_iter().rev().map(|number_type| number_type.name().to_owned()));
    let count = words.len() as f64;
    let panel = Panel::new()
        .title("What each type can hold, and where exp(z) lies")
        .x_label("Value")
        .x_log()
        .x_limits(power(first), power(last))
        .y_limits(-0.6, count - 0.4)
        .y_words(words)
        .bars(normal.color(BLUE).edge(Color::INK).label("normal numbers"))
        .bars(subnormal.color(BLUE.with_alpha(0.35)).edge(Color::INK).label("subnormal numbers"))
        .bars(exp.color(PINK).edge(Color::INK).label("exp(z)"));
    Figure::new(12.0, 0.45 * count + 1.3).panel(panel.legend())
}
