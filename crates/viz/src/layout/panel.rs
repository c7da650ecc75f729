use super::{
    area::Area,
    distances::{LABEL_PAD, LABEL_SIZE, REMARK_PAD, REMARK_SIZE, TITLE_PAD, TITLE_SIZE},
    heat,
    legend::Legend,
    side::Side,
    ticks::{self, Mark, Ticks},
    words::{Across, Along, Ink, Words},
};
use crate::{
    chart::{Axis, Omitted, Panel},
    text::{Text, Turn, Weight},
};

/// A panel with everything in its place.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// Its share of the grid: the plotting area, with that of a bar of colours.
    pub(super) cell: Area,
    /// The plotting area.
    pub(crate) area: Area,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// The bars of each of the panel's [`crate::Bars`].
    pub(crate) bars: Vec<Vec<Area>>,
    pub(crate) color_bar: Option<Area>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) words: Vec<Words>,
    pub(crate) legend: Option<Legend>,
}

impl Placed {
    /// `free` is from where to where the title and the x label may reach.
    pub(super) fn new(panel: &Panel, (x, y): (Axis, Axis), cell: Area, free: (f64, f64)) -> Self {
        let (area, color_bar) = panel.heat.as_ref().map_or((cell, None), |heat| heat::split(heat, &cell));
        let (middle, centre) = area.centre();
        // Two points of distance on each side; the y label may go up to the title's row.
        let (width, height) = (2.0 * (middle - free.0).min(free.1 - middle) - 4.0, area.height() + 4.0);
        let bold = |source: &str, size, length| Text::fitted(source, size, Weight::Bold, length);
        let x_ticks = Ticks::new(&panel.x, &x, Side::Below, &area);
        let y_ticks = Ticks::new(&panel.y, &y, Side::Left, &area);
        let (x_bounds, y_bounds) = (x_ticks.bounds(&area), y_ticks.bounds(&area));

        // What the y labels leave out stands above the axes, and the title above that.
        let above = y_ticks.offset.as_ref().map_or(area.top, |offset| offset.bounds().top) - TITLE_PAD;
        let title = bold(&panel.title, TITLE_SIZE, width);
        let title = Words::new(title, (middle, above), Along::Middle, Across::Baseline).short();
        let below = (middle, x_bounds.bottom + LABEL_PAD);
        let x_label = bold(&panel.x.label, LABEL_SIZE, width);
        let x_label = Words::new(x_label, below, Along::Middle, Across::Top).short();
        let beside = (y_bounds.left - LABEL_PAD, centre);
        let y_label = bold(&panel.y.label, LABEL_SIZE, height);
        let y_label = Words::new(y_label, beside, Along::Middle, Across::Bottom).turned(Turn::UP).short();
        let last = if panel.x.label.is_empty() { x_bounds.bottom } else { x_label.bounds().bottom };
        let remark = remark(panel, &area, width, last);

        let mut marks = [x_ticks.marks, y_ticks.marks].concat();
        let mut words = [x_ticks.labels, y_ticks.labels].concat();
        words.push(title);
        words.push(x_label);
        words.extend(x_ticks.offset);
        words.push(y_label);
        words.extend(y_ticks.offset);
        words.extend(remark);
        words.retain(|words| !words.text.glyphs.is_empty());
        if let Some(heat) = &panel.heat {
            words.extend(heat::texts(heat, &area));
            if let Some(bar) = &color_bar {
                let (ticks, label) = heat::bar(heat, bar);
                marks.extend(ticks.marks);
                words.extend(ticks.labels.into_iter().chain(ticks.offset).chain(label));
            }
        }
        let bars = bars(panel, (&x, &y), &area);
        let legend = panel.legend.then(|| Legend::new(panel, &area, (&x, &y), &bars)).flatten();
        Self { cell, area, x, y, bars, color_bar, marks, words, legend }
    }

    /// Everything but the legend, which lies within.
    pub(super) fn bounds(&self) -> Area {
        let area = self.color_bar.map_or(self.area, |bar| self.area.union(&bar));
        ticks::bounds(&area, &self.marks, &self.words)
    }
}

/// The panel's bars that have a place. On a log axis what begins at 0 begins at the lower limit.
fn bars(panel: &Panel, (x, y): (&Axis, &Axis), area: &Area) -> Vec<Vec<Area>> {
    let along = |axis: &Axis, value: f64| axis.fraction(if axis.scale.accepts(value) { value } else { axis.low });
    let place = |x_value: f64, y_value: f64| {
        let (right, up) = (along(x, x_value), along(y, y_value));
        Area::point((area.left + right * area.width(), area.bottom - up * area.height()))
    };
    let areas = |bars: &crate::Bars| {
        let seen = bars.each().filter(|bar| panel.shows(bar));
        seen.map(|bar| place(bar.x.0, bar.y.0).union(&place(bar.x.1, bar.y.1))).collect()
    };
    panel.bars.iter().map(areas).collect()
}

/// Says what could not be drawn: in the middle where that is everything, else small below `last`.
fn remark(panel: &Panel, area: &Area, width: f64, last: f64) -> Option<Words> {
    let omitted = Omitted::count(panel);
    let remark = (omitted.total() > 0).then(|| omitted.remark(panel))?;
    let words = if omitted.some_of(panel) {
        let text = Text::fitted(&remark, REMARK_SIZE, Weight::Regular, width);
        Words::new(text, (area.right, last + REMARK_PAD), Along::End, Across::Top)
    } else {
        let text = Text::fitted(&remark, LABEL_SIZE, Weight::Regular, area.width());
        Words::new(text, area.centre(), Along::Middle, Across::Baseline)
    };
    Some(words.ink(Ink::Faint).short())
}
