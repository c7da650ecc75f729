use viz::{Color, Figure, Marker, Panel, Series, Shape};

use super::vocabulary_end;
use crate::parts::ModelVectors;

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
