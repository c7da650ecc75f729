//! A heat map's cells, what they say, and the bar of its colours.

use super::{
    area::Area,
    distances::{BAR_ASPECT, CELL_PAD, LABEL_PAD, LABEL_SIZE, LEAST_CELL_SIZE},
    side::Side,
    ticks::Ticks,
    words::{Across, Along, Ink, Words},
};
use crate::{
    chart::HeatMap,
    text::{Text, Turn, Weight},
};

/// The cells' area in a panel's, and that of the bar of colours.
pub(super) fn split(heat: &HeatMap, panel: &Area) -> (Area, Option<Area>) {
    let mut area = *panel;
    let (share, space) = heat.bar_shares;
    if heat.bar.is_some() {
        area.right -= (share + space) * panel.width();
    }
    if heat.square {
        let side = (area.width() / heat.columns as f64).min(area.height() / heat.rows as f64);
        let (x, y) = area.centre();
        let (width, height) = (side * heat.columns as f64, side * heat.rows as f64);
        let (left, top) = (x - width / 2.0, y - height / 2.0);
        area = Area { left, top, right: left + width, bottom: top + height };
    }
    let bar = heat.bar.as_ref().map(|_| {
        let left = area.right + space * panel.width();
        let width = (area.height() / BAR_ASPECT).min(share * panel.width());
        Area { left, right: left + width, ..area }
    });
    (area, bar)
}

/// The ticks of the bar of colours and its label.
pub(super) fn bar(heat: &HeatMap, area: &Area) -> (Ticks, Option<Words>) {
    let ticks = Ticks::numbers(&heat.scale(), Side::Right, area);
    let label = Text::fitted(heat.bar.as_deref().unwrap_or_default(), LABEL_SIZE, Weight::Bold, area.height());
    let beside = ticks.bounds(area).right + LABEL_PAD;
    let label = Words::new(label, (beside, area.centre().1), Along::Middle, Across::Top).turned(Turn::UP).short();
    (ticks, Some(label).filter(|label| !label.text.glyphs.is_empty()))
}

/// The texts of the cells, all of one size; none where the cells are too low for them.
pub(super) fn texts(heat: &HeatMap, area: &Area) -> Vec<Words> {
    let (width, height) = (area.width() / heat.columns as f64, area.height() / heat.rows as f64);
    let free = width - 2.0 * CELL_PAD;
    let largest: Vec<Text> = heat.texts.iter().map(|text| Text::literal(text, LABEL_SIZE)).collect();
    let widest = largest.iter().map(|text| text.drawn.width).fold(0.0, f64::max);
    let tallest = largest.iter().map(|text| text.drawn.height()).fold(0.0, f64::max);
    let size = LABEL_SIZE * (free / widest).min(height / tallest).min(1.0);
    if tallest * LEAST_CELL_SIZE / LABEL_SIZE > height || free < LEAST_CELL_SIZE {
        return Vec::new();
    }
    let place = |(index, text): (usize, &String)| {
        let (row, column) = (index / heat.columns, index % heat.columns);
        let at = (area.left + (column as f64 + 0.5) * width, area.top + (row as f64 + 0.5) * height);
        let text = Text::cut(text, size.max(LEAST_CELL_SIZE), free);
        let words = Words::new(text, at, Along::Middle, Across::Middle);
        // Cells without a colour show the background.
        words.ink(heat.color(row, column).map_or(Ink::Text, |color| Ink::Own(color.contrast())))
    };
    heat.texts.iter().enumerate().map(place).filter(|words| !words.text.glyphs.is_empty()).collect()
}
