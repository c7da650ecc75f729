use super::{
    area::Area,
    distances::{AXIS_WIDTH, LABEL_GAP, LABEL_SIZE, MINOR_TICK, MINOR_WIDTH, OFFSET_PAD, TICK, TICK_PAD},
    words::{Across, Along, Words},
};
use crate::{
    chart::{self, Axis, Tick},
    text::{Text, Weight},
};

/// The stroke of a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// On the spine.
    pub(crate) at: (f64, f64),
    /// From there to its end.
    pub(crate) reach: (f64, f64),
    pub(crate) width: f64,
}

/// The ticks of an axis with their labels, and what the labels leave out.
pub(super) struct Ticks {
    pub(super) marks: Vec<Mark>,
    pub(super) labels: Vec<Words>,
    pub(super) offset: Option<Words>,
}

/// The side of a plotting area that an axis stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    Left,
}

impl Side {
    fn length(self, area: &Area) -> f64 {
        match self {
            Side::Below => area.width(),
            Side::Left => area.height(),
        }
    }

    /// How much of the axis a label takes up.
    fn extent(self, label: &Text) -> f64 {
        match self {
            Side::Below => label.measured.width,
            Side::Left => label.measured.height(),
        }
    }

    /// matplotlib gives a label of the x axis three times its height of room and one of the y axis twice.
    fn heights(self) -> f64 {
        match self {
            Side::Below => 3.0,
            Side::Left => 2.0,
        }
    }

    /// The place on the spine at a share of its length.
    fn at(self, area: &Area, fraction: f64) -> (f64, f64) {
        match self {
            Side::Below => (area.left + fraction * area.width(), area.bottom),
            Side::Left => (area.left, area.bottom - fraction * area.height()),
        }
    }

    /// A way outwards.
    fn out(self, length: f64) -> (f64, f64) {
        match self {
            Side::Below => (0.0, length),
            Side::Left => (-length, 0.0),
        }
    }

    fn anchor(self) -> (Along, Across) {
        match self {
            Side::Below => (Along::Middle, Across::Top),
            Side::Left => (Along::End, Across::Centre),
        }
    }
}

impl Ticks {
    pub(super) fn new(axis: &Axis, side: Side, area: &Area) -> Self {
        let room = room(axis, side, area);
        let mut labelled = with_labels(axis, room);
        // Two labels that do not fit beside each other: the ticks stay, the second one says nothing.
        let crowded = crowded(&labelled, axis, side, area);
        crowded.into_iter().for_each(|index| labelled[index].1 = None);

        let (mut marks, mut labels) = (Vec::new(), Vec::new());
        for (tick, text) in labelled {
            let at = side.at(area, axis.fraction(tick.value));
            let (length, width) = if tick.major { (TICK, AXIS_WIDTH) } else { (MINOR_TICK, MINOR_WIDTH) };
            marks.push(Mark { at, reach: side.out(length), width });
            if let Some(text) = text {
                let (dx, dy) = side.out(TICK + TICK_PAD);
                let (along, across) = side.anchor();
                labels.push(Words::new(text, (at.0 + dx, at.1 + dy), along, across));
            }
        }
        let mut ticks = Self { marks, labels, offset: None };
        let offset = Text::new(&chart::offset_text(axis, room), LABEL_SIZE, Weight::Regular);
        if !offset.glyphs.is_empty() {
            ticks.offset = Some(match side {
                Side::Below => {
                    let below = ticks.bounds(area).bottom + OFFSET_PAD;
                    Words::new(offset, (area.right, below), Along::End, Across::Top)
                }
                Side::Left => Words::new(offset, (area.left, area.top - OFFSET_PAD), Along::Start, Across::Bottom),
            });
        }
        ticks
    }

    /// The plotting area with its ticks and what they say.
    pub(super) fn bounds(&self, area: &Area) -> Area {
        bounds(area, &self.marks, self.labels.iter().chain(&self.offset))
    }
}

/// The plotting area with all that stands around it.
pub(super) fn bounds<'a>(area: &Area, marks: &[Mark], words: impl IntoIterator<Item = &'a Words>) -> Area {
    let point = |(left, top): (f64, f64)| Area { left, top, right: left, bottom: top };
    let marks = marks.iter().map(|mark| point((mark.at.0 + mark.reach.0, mark.at.1 + mark.reach.1)));
    marks.chain(words.into_iter().map(Words::bounds)).fold(*area, |area, other| area.union(&other))
}

/// For how many labels the axis has room. Where labels are wider than matplotlib reckons, they would run into each
/// other: then there are fewer of them.
fn room(axis: &Axis, side: Side, area: &Area) -> usize {
    let room = (side.length(area) / (LABEL_SIZE * side.heights())).floor().clamp(1.0, 9.0) as usize;
    let fits = |room: &usize| crowded(&with_labels(axis, *room), axis, side, area).is_empty();
    (1..=room).rev().find(fits).unwrap_or(1)
}

/// The ticks and what each says, if anything.
fn with_labels(axis: &Axis, room: usize) -> Vec<(Tick, Option<Text>)> {
    let text = |tick: &Tick| (!tick.label.is_empty()).then(|| Text::new(&tick.label, LABEL_SIZE, Weight::Regular));
    chart::ticks(axis, room).into_iter().map(|tick| (tick.clone(), text(&tick))).collect()
}

/// The ticks whose labels come too near to those before them.
fn crowded(ticks: &[(Tick, Option<Text>)], axis: &Axis, side: Side, area: &Area) -> Vec<usize> {
    let place = |(index, (tick, text)): (usize, &(Tick, Option<Text>))| {
        let half = side.extent(text.as_ref()?) / 2.0;
        Some((side.length(area) * axis.fraction(tick.value), half, index))
    };
    let mut labels: Vec<(f64, f64, usize)> = ticks.iter().enumerate().filter_map(place).collect();
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut end = f64::NEG_INFINITY;
    let mut crowded = Vec::new();
    for (middle, half, index) in labels {
        if middle - half < end + LABEL_GAP {
            crowded.push(index);
        } else {
            end = middle + half;
        }
    }
    crowded
}
