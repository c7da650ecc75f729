//! matplotlib's legend: a framed list of what has a label where it covers the least data.

use super::{
    area::Area,
    distances::{AXES_PAD, BORDER_PAD, LABEL_SIZE, ROW_GAP, SAMPLE, SAMPLE_GAP, SAMPLE_HEIGHT, SAMPLE_RISE},
    words::{Across, Along, Words},
};
use crate::{
    chart::{Axis, Panel},
    text::{Text, Weight},
};

#[derive(Clone, Debug)]
pub(crate) struct Legend {
    pub(crate) frame: Area,
    pub(crate) words: Vec<Words>,
    pub(crate) samples: Vec<Sample>,
}

/// Where a piece of what is labelled is shown; with its number in the panel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sample {
    /// A horizontal line, and a marker in its middle.
    Series { index: usize, left: f64, right: f64, y: f64 },
    /// A bar.
    Bars { index: usize, area: Area },
}

/// A row's series.
#[derive(Clone, Copy)]
enum Of {
    Series(usize),
    Bars(usize),
    /// The rows that do not fit.
    More,
}

/// The height of a row of text above and below its baseline.
struct Row {
    ascent: f64,
    descent: f64,
}

impl Row {
    /// matplotlib gives every row at least the ascent of an `l`.
    fn of(text: &Text) -> Self {
        let tall = Text::new("l", LABEL_SIZE, Weight::Regular).measured;
        Self { ascent: text.drawn.ascent.max(tall.ascent), descent: text.drawn.descent }
    }

    fn height(&self) -> f64 {
        self.ascent + self.descent
    }
}

impl Legend {
    /// `None` where nothing has a label.
    pub(super) fn new(panel: &Panel, area: &Area, axes: (&Axis, &Axis), bars: &[Area]) -> Option<Self> {
        let rows = rows(panel, area);
        let widest = rows.iter().map(|(text, _)| text.drawn.width).fold(0.0, f64::max);
        let heights: f64 = rows.iter().map(|(text, _)| Row::of(text).height()).sum();
        let gaps = ROW_GAP * rows.len().checked_sub(1)? as f64;
        let size = (2.0 * BORDER_PAD + SAMPLE + SAMPLE_GAP + widest, 2.0 * BORDER_PAD + heights + gaps);
        let frame = best(panel, area, axes, bars, size);

        let (mut words, mut samples) = (Vec::new(), Vec::new());
        let left = frame.left + BORDER_PAD;
        let right = left + SAMPLE;
        let mut top = frame.top + BORDER_PAD;
        for (text, of) in rows {
            let row = Row::of(&text);
            let baseline = top + row.ascent;
            match of {
                Of::Series(index) => samples.push(Sample::Series { index, left, right, y: baseline - SAMPLE_RISE }),
                Of::Bars(index) => {
                    let area = Area { left, top: baseline - SAMPLE_HEIGHT, right, bottom: baseline };
                    samples.push(Sample::Bars { index, area });
                }
                Of::More => {}
            }
            words.push(Words::new(text, (right + SAMPLE_GAP, baseline), Along::Start, Across::Baseline));
            top = baseline + row.descent + ROW_GAP;
        }
        Some(Self { frame, words, samples })
    }
}

/// The labels and their series. The last row counts those that do not fit into the panel.
fn rows(panel: &Panel, area: &Area) -> Vec<(Text, Of)> {
    let width = area.width() - 2.0 * (AXES_PAD + BORDER_PAD) - SAMPLE - SAMPLE_GAP;
    let text = |label: &str| Text::fitted(label, LABEL_SIZE, Weight::Regular, width);
    let series = panel.series.iter().enumerate().map(|(index, s)| (&s.label, Of::Series(index)));
    let bars = panel.bars.iter().enumerate().map(|(index, b)| (&b.label, Of::Bars(index)));
    let mut rows: Vec<_> = series.chain(bars).filter_map(|(label, of)| Some((text(label.as_ref()?), of))).collect();
    let row_height = Row::of(&text("l")).height() + ROW_GAP;
    let fitting = ((area.height() - 2.0 * (AXES_PAD + BORDER_PAD) + ROW_GAP) / row_height).max(1.0) as usize;
    if rows.len() > fitting {
        let more = rows.len() - (fitting - 1);
        rows.truncate(fitting - 1);
        rows.push((text(&format!("… {more} more")), Of::More));
    }
    rows
}

/// matplotlib's places, in its order: corners, then sides, then the middle.
fn best(panel: &Panel, area: &Area, (x, y): (&Axis, &Axis), bars: &[Area], (width, height): (f64, f64)) -> Area {
    let (left, centre, right) =
        (area.left + AXES_PAD, (area.left + area.right - width) / 2.0, area.right - AXES_PAD - width);
    let (top, middle, bottom) =
        (area.top + AXES_PAD, (area.top + area.bottom - height) / 2.0, area.bottom - AXES_PAD - height);
    let corners = [
        (right, top),
        (left, top),
        (left, bottom),
        (right, bottom),
        (right, middle),
        (left, middle),
        (centre, bottom),
        (centre, top),
        (centre, middle),
    ];
    let curves: Vec<Vec<Option<(f64, f64)>>> = panel
        .series
        .iter()
        .map(|series| {
            let at = |point: &(f64, f64)| {
                let x = area.left + x.fraction(point.0) * area.width();
                let y = area.bottom - y.fraction(point.1) * area.height();
                panel.drawable(*point).then_some((x, y))
            };
            panel.curve(series, (x, y)).iter().map(at).collect()
        })
        .collect();
    let frames = corners.map(|(left, top)| Area { left, top, right: left + width, bottom: top + height });
    let badness = |frame: &Area| -> usize {
        let bars = bars.iter().filter(|bar| frame.overlaps(bar)).count();
        bars + curves.iter().map(|curve| covered(frame, curve)).sum::<usize>()
    };
    // The first of the best.
    frames.into_iter().min_by_key(badness).unwrap_or(*area)
}

/// How many points the frame covers, and one more where the line crosses it.
fn covered(frame: &Area, curve: &[Option<(f64, f64)>]) -> usize {
    let points = curve.iter().flatten().filter(|p| frame.holds(**p)).count();
    let crosses = curve.windows(2).any(|pair| match pair {
        [Some(from), Some(to)] => frame.crossed_by(*from, *to),
        _ => false,
    });
    points + usize::from(crosses)
}
