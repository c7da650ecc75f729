use viz::{Color, Dash, Figure, Marker, Panel, Series, Shape};

use super::PINK;
use crate::{parts::Part1Report, print::general};

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
