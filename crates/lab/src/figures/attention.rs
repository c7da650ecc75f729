use viz::{Figure, HeatMap, Panel};

use super::token::label;
use crate::{
    parts::{HeadView, Scores},
    token::Word,
};

/// The most tokens whose cells have their numbers written in them.
const NUMBERED: usize = 12;

/// One head: its scores, without and with the factor 1/√d, and the softmax of either.
#[must_use]
pub fn attention(title: &str, words: &[Word], head: &HeadView) -> Figure {
    let HeadView { layer, head: number, scale, scores, scaled, softmax, softmax_unscaled } = head;
    let head_name = format!("{title}, layer {layer}, head {number}");
    let panel = |title: String, values: &Scores<f32>, probabilities: bool| {
        let flat: Vec<f32> = values.iter().flatten().copied().collect();
        let map = HeatMap::new(words.len(), words.len(), &flat).square().color_bar_shares(0.046, 0.03);
        let mut map =
            if probabilities { map.limits(0.0, 1.0).color_bar("Probability") } else { map.color_bar("Score") };
        if words.len() <= NUMBERED {
            map = map.texts(flat.iter().map(|x| match x {
                x if !x.is_finite() => String::new(),
                x if probabilities => format!("{x:.2}"),
                x => format!("{x:.1}").replace('-', "−"),
            }));
        }
        Panel::new()
            .title(title)
            .x_label("Key")
            .y_label("Query")
            .x_words(words.iter().map(label))
            .y_words(words.iter().map(label))
            .heat_map(map)
    };
    // Words upright take a sixth of an inch each.
    let side = (0.165 * words.len() as f64).clamp(3.6, 10.0);
    Figure::new(2.0 * side + 3.4, 2.0 * side + 2.6)
        .grid(2, 2)
        .panel(panel(format!("A) {head_name}: scores"), scores, false))
        .panel(panel(format!("B) Scores times {scale:.4} (1/√d)"), scaled, false))
        .panel(panel("C) Softmax of A".to_owned(), softmax_unscaled, true))
        .panel(panel("D) Softmax of B: the model's".to_owned(), softmax, true))
}
