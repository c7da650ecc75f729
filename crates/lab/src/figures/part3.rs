use viz::{Color, Figure, Marker, Panel, Series, Shape};

use super::{BLUE, GREEN, PINK, vocabulary_end};
use crate::parts::Part3Report;

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
