//! matplotlib's legend: a framed list of the labelled series where it covers the least data. Lengths in points.

use plotters_backend::BackendCoord;
use tiny_skia::{Path, PathBuilder};

use crate::{
    backend::UNITS,
    draw::{Look, Pen, Root, looks},
    elements::{Frame, Handle},
    error::Error,
    layout::{Area, LABEL_SIZE, Placed},
    panel::Panel,
    surface::{Surface, Turn},
    text::{Text, Weight},
};

/// matplotlib's distances, in font sizes: frame to text, axes to frame, between rows, length of the sample line,
/// sample to text, roundness of the frame.
const BORDER_PAD: f64 = 0.4 * LABEL_SIZE;
const AXES_PAD: f64 = 0.5 * LABEL_SIZE;
const ROW_GAP: f64 = 0.5 * LABEL_SIZE;
const SAMPLE: f64 = 2.0 * LABEL_SIZE;
const SAMPLE_GAP: f64 = 0.8 * LABEL_SIZE;
const ROUNDNESS: f64 = 0.2 * LABEL_SIZE;
const FRAME_WIDTH: f64 = 1.0;
const FRAME_ALPHA: f32 = 0.8;

pub(crate) struct Legend<'a> {
    rows: Vec<(Text, Option<Look<'a>>)>,
    frame: Area,
}

/// The height of a row of text above and below its baseline.
struct Row {
    ascent: f64,
    descent: f64,
}

impl Row {
    /// matplotlib gives every row at least the ascent of an `l`.
    fn of(text: &Text) -> Self {
        let tall = Text::for_layout("l", LABEL_SIZE, Weight::Regular);
        Self { ascent: text.ascent.max(tall.ascent), descent: text.descent }
    }

    fn height(&self) -> f64 {
        self.ascent + self.descent
    }
}

impl<'a> Legend<'a> {
    pub(crate) fn new(panel: &'a Panel, place: &Placed) -> Self {
        let area = place.area;
        let width = area.width() - 2.0 * (AXES_PAD + BORDER_PAD) - SAMPLE - SAMPLE_GAP;
        let text = |label: &str| Text::fitted(label, LABEL_SIZE, Weight::Regular, width);
        let labelled = panel.series.iter().zip(looks(panel)).filter_map(|(s, look)| Some((s.label.as_ref()?, look)));
        let mut rows: Vec<_> = labelled.map(|(label, look)| (text(label), Some(look))).collect();
        // What does not fit into the panel is counted in the last row.
        let row_height = Row::of(&text("l")).height() + ROW_GAP;
        let fitting = ((area.height() - 2.0 * (AXES_PAD + BORDER_PAD) + ROW_GAP) / row_height).max(1.0) as usize;
        if rows.len() > fitting {
            let more = rows.len() - (fitting - 1);
            rows.truncate(fitting - 1);
            rows.push((text(&format!("… {more} more")), None));
        }
        let widest = rows.iter().map(|(text, _)| text.width).fold(0.0, f64::max);
        let heights: f64 = rows.iter().map(|(text, _)| Row::of(text).height()).sum();
        let gaps = ROW_GAP * rows.len().saturating_sub(1) as f64;
        let size = (2.0 * BORDER_PAD + SAMPLE + SAMPLE_GAP + widest, 2.0 * BORDER_PAD + heights + gaps);
        Self { rows, frame: best(panel, place, size) }
    }

    pub(crate) fn draw<S: Surface>(&self, pen: &Pen, root: &Root<'_, S>) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let theme = pen.theme;
        if let Some(path) = rounded(self.frame, pen.scale) {
            let face = theme.paper().with_alpha(FRAME_ALPHA);
            let edge = theme.frame().with_alpha(FRAME_ALPHA);
            root.draw(&Frame { path, face, edge, width: (FRAME_WIDTH * pen.scale) as f32 })?;
        }
        let left = self.frame.left + BORDER_PAD;
        let mut top = self.frame.top + BORDER_PAD;
        for (text, look) in &self.rows {
            let row = Row::of(text);
            let baseline = top + row.ascent;
            let units = |points: f64| (points * pen.scale * f64::from(UNITS)).round() as i32;
            let middle = units(baseline - 0.35 * LABEL_SIZE);
            let ends: [BackendCoord; 2] = [(units(left), middle), (units(left + SAMPLE), middle)];
            if let Some(look) = look {
                root.draw(&Handle { ends, line: look.line(pen), marker: look.marker(pen) })?;
            }
            pen.text(root, text, (left + SAMPLE + SAMPLE_GAP, baseline), Turn::None, theme.ink())?;
            top = baseline + row.descent + ROW_GAP;
        }
        Ok(())
    }
}

/// matplotlib's places, in its order: corners, then sides, then the middle.
fn best(panel: &Panel, place: &Placed, (width, height): (f64, f64)) -> Area {
    let area = place.area;
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
                let x = area.left + place.x.axis.fraction(point.0) * area.width();
                let y = area.bottom - place.y.axis.fraction(point.1) * area.height();
                panel.drawable(*point).then_some((x, y))
            };
            series.points.iter().map(at).collect()
        })
        .collect();
    let frames = corners.map(|(left, top)| Area { left, top, right: left + width, bottom: top + height });
    let badness = |frame: &Area| -> usize { curves.iter().map(|curve| covered(frame, curve)).sum() };
    // The first of the best.
    frames.into_iter().min_by_key(badness).unwrap_or(area)
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

impl Area {
    fn holds(&self, (x, y): (f64, f64)) -> bool {
        self.left < x && x < self.right && self.top < y && y < self.bottom
    }

    /// Whether the segment has a point in the rectangle: Liang and Barsky's clipping.
    fn crossed_by(&self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> bool {
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        let sides = [(-dx, x0 - self.left), (dx, self.right - x0), (-dy, y0 - self.top), (dy, self.bottom - y0)];
        for (step, distance) in sides {
            if step == 0.0 {
                if distance < 0.0 {
                    return false;
                }
            } else if step < 0.0 {
                enter = enter.max(distance / step);
            } else {
                leave = leave.min(distance / step);
            }
        }
        enter <= leave
    }
}

/// A rectangle with rounded corners, in pixels.
fn rounded(frame: Area, scale: f64) -> Option<Path> {
    let [left, top, right, bottom] = [frame.left, frame.top, frame.right, frame.bottom].map(|v| (v * scale) as f32);
    let r = (ROUNDNESS * scale) as f32;
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.quad_to(right, top, right, top + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.quad_to(left, bottom, left, bottom - r);
    path.line_to(left, top + r);
    path.quad_to(left, top, left + r, top);
    path.close();
    path.finish()
}
