use super::{
    area::Area,
    distances::{LABEL_PAD, LABEL_SIZE, REMARK_PAD, REMARK_SIZE, TITLE_PAD, TITLE_SIZE},
    legend::Legend,
    ticks::{self, Mark, Side, Ticks},
    words::{Across, Along, Words},
};
use crate::{
    chart::{Axis, Omitted, Panel},
    text::{Text, Turn, Weight},
};

/// A panel with everything in its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The plotting area.
    pub(crate) area: Area,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) marks: Vec<Mark>,
    pub(crate) words: Vec<Words>,
    pub(crate) legend: Option<Legend>,
}

/// How wide the title and the x label, and how long the y label, may be without reaching a neighbour's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Placed {
    pub(super) fn new(panel: &Panel, (x, y): (Axis, Axis), area: Area, room: Room) -> Self {
        let (middle, centre) = area.centre();
        let bold = |source: &str, size, length| Text::fitted(source, size, Weight::Bold, length);
        let (x_ticks, y_ticks) = (Ticks::new(&x, Side::Below, &area), Ticks::new(&y, Side::Left, &area));
        let (x_bounds, y_bounds) = (x_ticks.bounds(&area), y_ticks.bounds(&area));

        // What the y labels leave out stands above the axes, and the title above that.
        let above = y_ticks.offset.as_ref().map_or(area.top, |offset| offset.bounds().top) - TITLE_PAD;
        let title = bold(&panel.title, TITLE_SIZE, room.width);
        let title = Words::new(title, (middle, above), Along::Middle, Across::Baseline).short();
        let below = (middle, x_bounds.bottom + LABEL_PAD);
        let x_label = bold(&panel.x.label, LABEL_SIZE, room.width);
        let x_label = Words::new(x_label, below, Along::Middle, Across::Top).short();
        let beside = (y_bounds.left - LABEL_PAD, centre);
        let y_label = bold(&panel.y.label, LABEL_SIZE, room.height);
        let y_label = Words::new(y_label, beside, Along::Middle, Across::Bottom).turned(Turn::Left).short();
        let last = if panel.x.label.is_empty() { x_bounds.bottom } else { x_label.bounds().bottom };
        let remark = remark(panel, &area, room, last);

        let mut words = [x_ticks.labels, y_ticks.labels].concat();
        words.push(title);
        words.push(x_label);
        words.extend(x_ticks.offset);
        words.push(y_label);
        words.extend(y_ticks.offset);
        words.extend(remark);
        words.retain(|words| !words.text.glyphs.is_empty());
        let legend = panel.legend.then(|| Legend::new(panel, &area, (&x, &y))).flatten();
        Self { area, x, y, marks: [x_ticks.marks, y_ticks.marks].concat(), words, legend }
    }

    /// Everything but the legend, which lies within.
    pub(super) fn bounds(&self) -> Area {
        ticks::bounds(&self.area, &self.marks, &self.words)
    }
}

/// Says what could not be drawn: in the middle where that is everything, else small below `last`.
fn remark(panel: &Panel, area: &Area, room: Room, last: f64) -> Option<Words> {
    let omitted = Omitted::count(panel);
    let remark = (omitted.total() > 0).then(|| omitted.remark(panel))?;
    let words = if omitted.some_of(panel) {
        let text = Text::fitted(&remark, REMARK_SIZE, Weight::Regular, room.width);
        Words::new(text, (area.right, last + REMARK_PAD), Along::End, Across::Top)
    } else {
        let text = Text::fitted(&remark, LABEL_SIZE, Weight::Regular, area.width());
        Words::new(text, area.centre(), Along::Middle, Across::Baseline)
    };
    Some(words.faint().short())
}
