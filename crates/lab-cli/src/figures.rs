//! The notebook's nine figures: plain numbers in, [`viz::Figure`] out.
//!
//! Nothing is computed here but where things stand. Labels come from the constants that are plotted.

use viz::{Color, Dash, Figure, Marker, Panel, Series, Shape};

/// The name of a figure's file without its extension, such as `ch4_proj16_part5a` for `stem("5a")`.
#[must_use]
pub fn stem(part: &str) -> String {
    format!("ch4_proj16_part{part}")
}

/// The notebook's fills: pink, green, blue.
const PINK: Color = Color::rgb(0.9, 0.7, 0.7);
const GREEN: Color = Color::rgb(0.7, 0.9, 0.7);
const BLUE: Color = Color::rgb(0.7, 0.7, 0.9);

/// Part 1: softmax by hand and by a library, over the numbers `z`. The title is the sum of the manual probabilities.
#[must_use]
pub fn part1(z: &[f64], manual: &[f64], library: &[f32], library_label: &str) -> Figure {
    let square = Marker::new(Shape::Square).size(10.0).face(PINK).edge(Color::INK);
    let cross = Marker::new(Shape::Cross).size(8.0);
    let sum: f64 = manual.iter().sum();
    let panel = Panel::new()
        .title(format!("$\\sum\\sigma (z)$ = {}", general(sum)))
        .x_label("Original number (z)")
        .y_label("Softmax probability $\\sigma (z)$")
        .series(Series::line(z, manual).color(Color::INK).marker(square).label("Manual"))
        .series(Series::line(z, library).color(Color::BLUE).dash(Dash::Dotted).marker(cross).label(library_label))
        .legend();
    Figure::new(10.0, 5.0).panel(panel)
}

/// Part 2: softmax of the same numbers at several temperatures; each curve is a temperature and its probabilities.
#[must_use]
pub fn part2(x: &[f32], curves: &[(f64, Vec<f32>)], log_y: bool) -> Figure {
    const SHAPES: [Shape; 4] = [Shape::Square, Shape::Circle, Shape::Hexagon, Shape::Triangle];
    let panel = Panel::new().x_label("Original number").y_label("Softmax probability").legend();
    let panel = curves.iter().enumerate().fold(panel, |panel, (index, (temperature, probabilities))| {
        let marker = Marker::new(SHAPES[index % SHAPES.len()]);
        panel.series(Series::line(x, probabilities).width(2.0).marker(marker).label(temperature_label(*temperature)))
    });
    Figure::new(10.0, 5.0).panel(if log_y { panel.y_log() } else { panel })
}

/// Part 3: a model's logits, their probabilities, and one against the other.
#[must_use]
pub fn part3(logits: &[f32], probabilities: &[f32]) -> Figure {
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

/// Part 4: the `k` largest probabilities at several temperatures, on a log axis.
#[must_use]
pub fn part4(curves: &[(f64, Vec<f32>)], k: usize) -> Figure {
    const LOOKS: [(Shape, Color); 3] = [(Shape::Square, PINK), (Shape::Circle, GREEN), (Shape::Triangle, BLUE)];
    let panel =
        Panel::new().x_label(format!("Top-{k} indices")).y_label("Softmax probabilities (log)").y_log().legend();
    let panel = curves.iter().enumerate().fold(panel, |panel, (index, (temperature, probabilities))| {
        let (shape, color) = LOOKS[index % LOOKS.len()];
        let marker = Marker::new(shape).size(10.0).face(color).edge(Color::INK);
        let ranks: Vec<f64> = (0..probabilities.len()).map(|rank| rank as f64).collect();
        let curve = Series::line(&ranks, probabilities).color(color).marker(marker);
        panel.series(curve.label(temperature_label(*temperature)))
    });
    Figure::new(10.0, 5.0).panel(panel)
}

/// The five figures of part 5, one for each way to look at two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part5 {
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

impl Part5 {
    /// All five, in the notebook's order.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The part's name in files, such as `5a`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "5a",
            Self::B => "5b",
            Self::C => "5c",
            Self::D => "5d",
            Self::E => "5e",
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

/// Part 5: the values of two models, and one model against the other.
#[must_use]
pub fn part5(part: Part5, small: &[f32], large: &[f32], small_name: &str, large_name: &str) -> Figure {
    let point = Marker::new(Shape::Point);
    let both = Panel::new()
        .title(part.title('C', "Comparison of both models"))
        .x_label(small_name)
        .y_label(large_name)
        .series(Series::scatter(small, large, point).color(Color::MAGENTA).alpha(0.2));
    Figure::new(12.0, 3.5)
        .panel(one_model(part, 'A', small_name, small))
        .panel(one_model(part, 'B', large_name, large))
        .panel(both)
}

/// Part 5 with one model only: the first of the three panels.
#[must_use]
pub fn part5_alone(part: Part5, values: &[f32], name: &str) -> Figure {
    Figure::new(4.0, 3.5).panel(one_model(part, 'A', name, values))
}

fn one_model(part: Part5, letter: char, name: &str, values: &[f32]) -> Panel {
    Panel::new()
        .title(part.title(letter, name))
        .x_label("Token index")
        .y_label(part.y_label())
        .x_limits(-10.0, vocabulary_end(values))
        .series(Series::indexed(values, Marker::new(Shape::Point)).color(Color::INK).alpha(0.2))
}

/// The notebook's upper limit of a token axis: nine beyond the vocabulary's size.
fn vocabulary_end(values: &[f32]) -> f64 {
    values.len() as f64 + 9.0
}

fn temperature_label(temperature: f64) -> String {
    format!("T = {}", general(temperature))
}

/// C's `%g`: six significant digits, without trailing zeros.
fn general(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    format!("{rounded}")
}
