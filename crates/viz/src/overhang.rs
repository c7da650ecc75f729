//! What a panel's texts need around its plotting area. Lengths in points.

use crate::{
    layout::{
        LABEL_PAD, LABEL_SIZE, OFFSET_PAD, Placed, PlacedAxis, REMARK_PAD, REMARK_SIZE, TICK, TICK_PAD, TITLE_PAD,
        TITLE_SIZE,
    },
    omitted::Omitted,
    panel::Panel,
    text::{Text, Weight},
};

/// How far a panel's texts reach beyond its plotting area. The widths of title and x label and the height of the y
/// label do not count: they are centred on the area.
pub(crate) struct Overhang {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// What ticks and their labels need beside and below the plotting area, with the row of what the x labels leave out.
pub(crate) struct Outside {
    pub(crate) left: f64,
    pub(crate) below: f64,
}

pub(crate) fn outside(place: &Placed) -> Outside {
    let labels = |axis: &PlacedAxis, side: fn(&Text) -> f64| {
        let said = axis.ticks.iter().filter(|t| !t.label.is_empty());
        said.map(|t| side(&Text::for_layout(&t.label, LABEL_SIZE, Weight::Regular))).fold(0.0, f64::max)
    };
    let with_pad = |size: f64| TICK + if size > 0.0 { TICK_PAD + size } else { 0.0 };
    let offset = if place.x.offset.is_empty() { 0.0 } else { OFFSET_PAD + text_of(LABEL_SIZE).height() };
    Outside { left: with_pad(labels(&place.y, |t| t.width)), below: with_pad(labels(&place.x, Text::height)) + offset }
}

/// What the y ticks leave out stands above the axes, and the title above that.
pub(crate) fn above(place: &Placed) -> f64 {
    if place.y.offset.is_empty() { 0.0 } else { OFFSET_PAD + text_of(LABEL_SIZE).height() }
}

/// A line of regular text of this size, for its height.
pub(crate) fn text_of(size: f64) -> Text {
    Text::for_layout("1", size, Weight::Regular)
}

impl Overhang {
    pub(crate) fn measure(panel: &Panel, place: &Placed) -> Self {
        let text = |source: &str| Text::for_layout(source, LABEL_SIZE, Weight::Regular);
        let bold = |source: &str, size| (!source.is_empty()).then(|| Text::for_layout(source, size, Weight::Bold));
        let (width, height) = (place.area.width(), place.area.height());
        let outside = outside(place);
        let (mut left, mut right, mut top, mut bottom) = (outside.left, 0.0f64, 0.0f64, outside.below);
        for tick in place.y.ticks.iter().filter(|t| !t.label.is_empty()) {
            let label = text(&tick.label);
            let up = height * place.y.axis.fraction(tick.value) + label.ascent / 2.0;
            top = top.max(up - height);
            bottom = bottom.max(label.height() - up);
        }
        if let Some(label) = bold(&panel.y.label, LABEL_SIZE) {
            left += LABEL_PAD + label.height();
        }
        for tick in place.x.ticks.iter().filter(|t| !t.label.is_empty()) {
            let label = text(&tick.label);
            let middle = width * place.x.axis.fraction(tick.value);
            left = left.max(label.width / 2.0 - middle);
            right = right.max(middle + label.width / 2.0 - width);
        }
        if let Some(label) = bold(&panel.x.label, LABEL_SIZE) {
            bottom += LABEL_PAD + label.height();
        }
        if Omitted::count(panel).some_of(panel) {
            bottom += REMARK_PAD + text_of(REMARK_SIZE).height();
        }
        top = top.max(above(place));
        if let Some(title) = bold(&panel.title, TITLE_SIZE) {
            top = top.max(above(place) + TITLE_PAD + title.ascent);
        }
        Self { left, right, top, bottom }
    }
}
