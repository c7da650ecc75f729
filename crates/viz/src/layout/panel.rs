use super::{
    area::Area,
    distances::{LABEL_PAD, LABEL_SIZE, REMARK_PAD, REMARK_SIZE, TITLE_PAD, TITLE_SIZE},
    heat,
    legend::Legend,
    side::Side,
    ticks::{Major, Mark, Ticks},
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
    /// Including everything around the area; the legend is inside.
    pub(super) bounds: Area,
    /// The major ticks of x and y.
    pub(crate) ticks: [Vec<Major>; 2],
    pub(crate) color_bar: Option<Area>,
    /// Other ticks.
    pub(crate) marks: Vec<Mark>,
    /// All other texts.
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

        // The y labels' common offset or factor is above the axes, and the title above that.
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

        let titles = [title, x_label, y_label].into_iter().chain(remark).filter(|words| !words.text.glyphs.is_empty());
        let mut words: Vec<Words> = titles.collect();
        let mut bounds =
            words.iter().map(Words::bounds).fold(x_bounds.union(&y_bounds), |area, other| area.union(&other));
        words.extend([x_ticks.words, y_ticks.words].concat());
        words.extend(x_ticks.offset.into_iter().chain(y_ticks.offset));
        let mut marks = [x_ticks.minor_marks, y_ticks.minor_marks].concat();
        if let Some(heat) = &panel.heat {
            words.extend(heat::texts(heat, &area));
            if let Some(bar) = &color_bar {
                let (ticks, label) = heat::bar(heat, bar);
                bounds = label
                    .iter()
                    .map(Words::bounds)
                    .fold(bounds.union(&ticks.bounds(bar)), |area, other| area.union(&other));
                let (labels, majors): (Vec<_>, Vec<_>) = ticks.majors.into_iter().map(|m| (m.label, m.mark)).unzip();
                marks.extend(majors.into_iter().chain(ticks.minor_marks));
                words.extend(labels.into_iter().flatten().chain(ticks.words).chain(ticks.offset).chain(label));
            }
        }
        words.extend(texts(panel, (&x, &y), &area));
        let bars = bars(panel, (&x, &y), &area);
        let legend = panel.legend.then(|| Legend::new(panel, &area, (&x, &y), &bars)).flatten();
        let ticks = [x_ticks.majors, y_ticks.majors];
        Self { cell, area, x, y, bounds, ticks, color_bar, marks, words, legend }
    }
}

/// The panel's own texts that start within the area. One that would cross its right side ends where it would start.
fn texts(panel: &Panel, (x, y): (&Axis, &Axis), area: &Area) -> Vec<Words> {
    let place = |((px, py), text): &((f64, f64), String)| {
        let (right, up) = (x.fraction(*px), y.fraction(*py));
        if ![right, up].iter().all(|share| (0.0..=1.0).contains(share)) {
            return None;
        }
        let at = (area.left + right * area.width(), area.bottom - up * area.height());
        let text = Text::fitted(text, LABEL_SIZE, Weight::Regular, (area.right - at.0).max(at.0 - area.left));
        let along = if at.0 + text.drawn.width > area.right { Along::End } else { Along::Start };
        Some(Words::new(text, at, along, Across::Baseline))
    };
    panel.texts.iter().filter_map(place).collect()
}

/// Where the panel's bars are.
fn bars(panel: &Panel, (x, y): (&Axis, &Axis), area: &Area) -> Vec<Area> {
    let place = |x_value: f64, y_value: f64| {
        let (right, up) = (x.fraction(x_value), y.fraction(y_value));
        Area::point((area.left + right * area.width(), area.bottom - up * area.height()))
    };
    let shown = panel.bars.iter().flat_map(|bars| panel.shown(bars, (x, y)));
    shown.map(|bar| place(bar.x.0, bar.y.0).union(&place(bar.x.1, bar.y.1))).collect()
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
