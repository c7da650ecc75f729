use viz::{Figure, Marker, Panel, Series, Shape};

use super::temperature_label;
use crate::parts::Part2Report;

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
