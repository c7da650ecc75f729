use viz::{Color, Figure, Marker, Panel, Series, Shape};

use super::{BLUE, GREEN, PINK, temperature_label, token::label};
use crate::parts::Part4Report;

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
