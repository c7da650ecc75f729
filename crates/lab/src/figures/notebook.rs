//! The notebook's nine figures, and two with the same numbers.

use viz::{Bars, Color, Dash, Figure, Marker, Panel, Series, Shape};

use super::{BLUE, GREEN, PINK, temperature_label, token::label, vocabulary_end};
use crate::{
    parts::{ModelVectors, NumberType, Part1Report, Part2Report, Part3Report, Part4Report, exponent_axis},
    print::general,
};

/// Part 1: softmax by hand and by a library. The title is the sum of the manual probabilities.
#[must_use]
pub fn part1(report: &Part1Report) -> Figure {
    let Part1Report { z, manual, manual_sum, library, .. } = report;
    let square = Marker::new(Shape::Square).size(10.0).face(PINK).edge(Color::INK);
    let cross = Marker::new(Shape::Cross).size(8.0);
    let by_library = Series::line(z, &library.probabilities).color(Color::BLUE).dash(Dash::Dotted).marker(cross);
    let panel = Panel::new()
        .title(format!("$\\sum\\sigma (z)$ = {}", general(*manual_sum)))
        .x_label("Original number (z)")
        .y_label("Softmax probability $\\sigma (z)$")
        .series(Series::line(z, manual).color(Color::INK).marker(square).label("Manual"))
        .series(by_library.label(library.name.clone()))
        .legend();
    Figure::new(10.0, 5.0).panel(panel)
}

/// Part 2: softmax of the same numbers at several temperatures.
#[must_use]
pub fn part2(report: &Part2Report) -> Figure {
    const SHAPES: [Shape; 4] = [Shape::Square, Shape::Circle, Shape::Hexagon, Shape::Triangle];
    let panel = Panel::new().x_label("Original number").y_label("Softmax probability").legend();
    let panel = report.curves.iter().enumerate().fold(panel, |panel, (index, curve)| {
        let marker = Marker::new(SHAPES[index % SHAPES.len()]);
        let line = Series::line(&report.x, &curve.probabilities).width(2.0).marker(marker);
        panel.series(line.label(temperature_label(curve.temperature)))
    });
    Figure::new(10.0, 5.0).panel(if report.log_y { panel.y_log() } else { panel })
}

/// Part 3: a model's logits, their probabilities, and one against the other.
#[must_use]
pub fn part3(report: &Part3Report) -> Figure {
    let Part3Report { logits, probabilities, .. } = report;
    let marker = |shape, edge: Color, face: Color, alpha| {
        Marker::new(shape).face(face.with_alpha(alpha)).edge(edge.with_alpha(alpha))
    };
    let line = Color::cycle(0);
    let all = Panel::new()
        .title("A) All final token logits")
        .x_label("Token index")
        .y_label("Output logits")
        .x_limits(-10.0, vocabulary_end(logits))
        .series(Series::indexed(logits, marker(Shape::Square, Color::INK, PINK, 0.3)));
    let softmax = Panel::new()
        .title("B) Softmax probabilities")
        .x_label("Token index")
        .y_label("Probabilities")
        .x_limits(-10.0, vocabulary_end(probabilities))
        .series(Series::indexed(probabilities, marker(Shape::Circle, line, GREEN, 0.3)));
    let both = Panel::new()
        .title("C) Logits by probabilities")
        .x_label("\"Raw\" logits")
        .y_label("Softmax logits")
        .series(Series::scatter(logits, probabilities, marker(Shape::Triangle, line, BLUE, 0.7)));
    Figure::new(12.0, 3.0).panel(all).panel(softmax).panel(both)
}

/// Part 4: the k largest probabilities at several temperatures, on a log axis.
#[must_use]
pub fn part4(report: &Part4Report) -> Figure {
    Figure::new(10.0, 5.0).panel(curves(report).x_label(format!("Top-{} indices", report.k)))
}

/// Beyond the notebook: the same with the tokens themselves on the axis.
#[must_use]
pub fn part4_words(report: &Part4Report) -> Figure {
    let words = report.top.iter().map(|token| label(&token.word));
    Figure::new(10.0, 5.0).panel(curves(report).x_label(format!("Top-{} tokens", report.k)).x_words(words))
}

fn curves(report: &Part4Report) -> Panel {
    const LOOKS: [(Shape, Color); 3] = [(Shape::Square, PINK), (Shape::Circle, GREEN), (Shape::Triangle, BLUE)];
    let panel = Panel::new().y_label("Softmax probabilities (log)").y_log().legend();
    report.temperatures.iter().enumerate().fold(panel, |panel, (index, at)| {
        let (shape, color) = LOOKS[index % LOOKS.len()];
        let marker = Marker::new(shape).size(10.0).face(color).edge(Color::INK);
        let ranks: Vec<f64> = (0..at.top.len()).map(|rank| rank as f64).collect();
        let probabilities: Vec<f32> = at.top.iter().map(|token| token.probability).collect();
        let curve = Series::line(&ranks, &probabilities).color(color).marker(marker);
        panel.series(curve.label(temperature_label(at.temperature)))
    })
}

/// Part 5's five ways to look at a model's logits, each a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The logits as they are.
    A,
    /// Softmax without normalization.
    B,
    /// The logits less their maximum.
    C,
    /// Softmax of the logits less their maximum.
    D,
    /// The library's softmax.
    E,
}

impl View {
    /// All five, in the notebook's order.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The figure's part in the notebook, as its file is named: `5a`.
    #[must_use]
    pub fn part(self) -> &'static str {
        match self {
            Self::A => "5a",
            Self::B => "5b",
            Self::C => "5c",
            Self::D => "5d",
            Self::E => "5e",
        }
    }

    fn values(self, model: &ModelVectors) -> &[f32] {
        match self {
            Self::A => &model.logits,
            Self::B => &model.manual,
            Self::C => &model.normalised,
            Self::D => &model.manual_normalised,
            Self::E => &model.library,
        }
    }

    fn y_label(self) -> &'static str {
        match self {
            Self::A => "Output logits",
            Self::C => "Raw logits (max-norm)",
            Self::B | Self::D | Self::E => "Softmax probabilities",
        }
    }

    /// The notebook does not letter the panels of its last figure.
    fn title(self, letter: char, title: &str) -> String {
        if self == Self::E { title.to_owned() } else { format!("{letter}) {title}") }
    }
}

/// Part 5: the values of two models, and one model against the other; with one model, the first of these panels.
#[must_use]
pub fn part5(view: View, models: &[&ModelVectors]) -> Figure {
    let [small, large, ..] = models else {
        let alone = models.iter().map(|model| one_model(view, 'A', model));
        return alone.fold(Figure::new(4.0, 3.5), Figure::panel);
    };
    let point = Marker::new(Shape::Point);
    let both = Series::scatter(view.values(small), view.values(large), point).color(Color::MAGENTA).alpha(0.2);
    let both = Panel::new()
        .title(view.title('C', "Comparison of both models"))
        .x_label(small.title.as_str())
        .y_label(large.title.as_str())
        .series(both);
    Figure::new(12.0, 3.5).panel(one_model(view, 'A', small)).panel(one_model(view, 'B', large)).panel(both)
}

fn one_model(view: View, letter: char, model: &ModelVectors) -> Panel {
    let values = view.values(model);
    Panel::new()
        .title(view.title(letter, &model.title))
        .x_label("Token index")
        .y_label(view.y_label())
        .x_limits(-10.0, vocabulary_end(values))
        .series(Series::indexed(values, Marker::new(Shape::Point)).color(Color::INK).alpha(0.2))
}

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
