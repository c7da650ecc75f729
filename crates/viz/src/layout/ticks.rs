use super::{
    area::Area,
    distances::{AXIS_WIDTH, LABEL_GAP, LABEL_SIZE, LONGEST_WORD, MINOR_TICK, MINOR_WIDTH, OFFSET_PAD, TICK, TICK_PAD},
    side::Side,
    words::{Across, Along, Words},
};
use crate::{
    chart::{self, Axis, AxisSpec, OwnTick, Tick},
    text::{Text, Turn, Weight},
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

/// A tick and its label as a number; plotters draws those of a panel's axes.
#[derive(Clone, Debug)]
pub(crate) struct Major {
    pub(crate) value: f64,
    pub(crate) label: Option<Words>,
    pub(super) mark: Mark,
}

/// The ticks of an axis with their labels, and what the labels leave out.
#[derive(Default)]
pub(super) struct Ticks {
    /// The major ticks.
    pub(super) majors: Vec<Major>,
    pub(super) minor_marks: Vec<Mark>,
    /// Other labels: at minor ticks and at ticks of given labels.
    pub(super) words: Vec<Words>,
    pub(super) offset: Option<Words>,
}

impl Ticks {
    /// The ticks of one of a panel's axes.
    pub(super) fn new(spec: &AxisSpec, axis: &Axis, side: Side, area: &Area) -> Self {
        match &spec.ticks {
            Some(ticks) => Self::own(ticks, axis, side, area),
            None => Self::numbers(axis, side, area),
        }
    }

    pub(super) fn numbers(axis: &Axis, side: Side, area: &Area) -> Self {
        let max_labels = max_labels(axis, side, area);
        let mut labelled = with_labels(axis, max_labels);
        // If two labels do not fit side by side, the ticks stay and the second label is left out.
        let crowded = crowded(&labelled, axis, side, area);
        crowded.into_iter().for_each(|index| labelled[index].1 = None);

        let mut ticks = Self::default();
        for (tick, text) in labelled {
            let at = side.at(area, axis.fraction(tick.value));
            let words = text.map(|text| said(text, at, side, side.anchor()));
            if tick.major {
                ticks.majors.push(Major { value: tick.value, label: words, mark: major(at, side) });
            } else {
                ticks.minor_marks.push(Mark { at, reach: side.out(MINOR_TICK), width: MINOR_WIDTH });
                ticks.words.extend(words);
            }
        }
        let offset = Text::new(&chart::offset_text(axis, max_labels), LABEL_SIZE, Weight::Regular);
        if !offset.glyphs.is_empty() {
            let above = area.top - OFFSET_PAD;
            ticks.offset = Some(match side {
                Side::Below => {
                    let below = ticks.bounds(area).bottom + OFFSET_PAD;
                    Words::new(offset, (area.right, below), Along::End, Across::Top)
                }
                Side::Left | Side::Right => Words::new(offset, (area.left, above), Along::Start, Across::Bottom),
            });
        }
        ticks
    }

    /// Ticks of given positions and labels, in ascending order, as far as the axis goes.
    fn own(own: &[OwnTick], axis: &Axis, side: Side, area: &Area) -> Self {
        let text = |tick: &OwnTick| match tick.literal {
            true => Text::cut(&tick.label, LABEL_SIZE, LONGEST_WORD),
            false => Text::fitted(&tick.label, LABEL_SIZE, Weight::Regular, LONGEST_WORD),
        };
        let length = side.length(area);
        let placed = own.iter().map(|tick| (length * axis.fraction(tick.value), tick));
        let seen = placed.filter(|(at, _)| (0.0..=length).contains(at));
        let mut texts: Vec<(f64, f64, Text)> = seen.map(|(at, tick)| (at, tick.value, text(tick))).collect();
        let pitch = texts.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs()).fold(length, f64::min);
        let widest = texts.iter().map(|(.., text)| side.extent(text)).fold(0.0, f64::max);
        let tallest = texts.iter().map(|(.., text)| text.measured.height()).fold(0.0, f64::max);
        // Along the axis, slanted lines of text take up their height by the sine of the angle.
        let needed = |degrees: f64| (tallest / degrees.to_radians().sin()).min(widest + LABEL_GAP);
        let turn = match side {
            Side::Left | Side::Right => 0.0,
            Side::Below => [0.0, 45.0].into_iter().find(|turn| needed(*turn) <= pitch).unwrap_or(90.0),
        };
        // From the first one on, those that are as far from the last one kept as a label needs.
        let (least, mut last) = (needed(turn) - 1e-9, f64::NEG_INFINITY);
        texts.retain(|(at, ..)| {
            let kept = (at - last).abs() >= least;
            last = if kept { *at } else { last };
            kept
        });

        let anchor = match turn {
            0.0 => side.anchor(),
            // matplotlib's `rotation=90`, and else `ha="right", rotation_mode="anchor"`.
            90.0 => (Along::End, Across::Middle),
            _ => (Along::End, Across::Top),
        };
        let mut ticks = Self::default();
        for (_, value, text) in texts {
            let at = side.at(area, axis.fraction(value));
            ticks.majors.push(Major { value, label: None, mark: major(at, side) });
            ticks.words.push(said(text, at, side, anchor).turned(Turn(turn)));
        }
        ticks
    }

    /// The plotting area with its ticks and what they say.
    pub(super) fn bounds(&self, area: &Area) -> Area {
        let marks = self.majors.iter().map(|major| &major.mark).chain(&self.minor_marks);
        let ends = marks.map(|mark| Area::point((mark.at.0 + mark.reach.0, mark.at.1 + mark.reach.1)));
        let labels = self.majors.iter().filter_map(|major| major.label.as_ref());
        let words = labels.chain(&self.words).chain(&self.offset).map(Words::bounds);
        ends.chain(words).fold(*area, |area, other| area.union(&other))
    }
}

fn major(at: (f64, f64), side: Side) -> Mark {
    Mark { at, reach: side.out(TICK), width: AXIS_WIDTH }
}

/// A tick's label, beyond its end.
fn said(text: Text, at: (f64, f64), side: Side, (along, across): (Along, Across)) -> Words {
    let (dx, dy) = side.out(TICK + TICK_PAD);
    Words::new(text, (at.0 + dx, at.1 + dy), along, across)
}

/// The number of labels that fit on the axis. If labels are wider than matplotlib assumes, there are fewer of them, so
/// that they do not overlap.
fn max_labels(axis: &Axis, side: Side, area: &Area) -> usize {
    let max_labels = (side.length(area) / (LABEL_SIZE * side.heights())).floor().clamp(1.0, 9.0) as usize;
    let fits = |max_labels: &usize| crowded(&with_labels(axis, *max_labels), axis, side, area).is_empty();
    (1..=max_labels).rev().find(fits).unwrap_or(1)
}

/// The ticks and their labels, if any.
fn with_labels(axis: &Axis, max_labels: usize) -> Vec<(Tick, Option<Text>)> {
    let text = |tick: &Tick| (!tick.label.is_empty()).then(|| Text::new(&tick.label, LABEL_SIZE, Weight::Regular));
    chart::ticks(axis, max_labels).into_iter().map(|tick| (tick.clone(), text(&tick))).collect()
}

/// The ticks whose labels are too close to the previous one.
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
