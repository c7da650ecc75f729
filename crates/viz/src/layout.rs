//! Where everything goes: matplotlib's `tight_layout`. Lengths in points from the figure's upper left corner.

use crate::{
    axis::Axis,
    error::Error,
    figure::Figure,
    overhang::Overhang,
    panel::Panel,
    text::{Text, Weight},
    ticks::{self, Tick},
};

pub(crate) const LABEL_SIZE: f64 = 10.0;
pub(crate) const TITLE_SIZE: f64 = 12.0;
pub(crate) const FOOTNOTE_SIZE: f64 = 6.0;

/// matplotlib's distances: tick length, tick to its label, tick labels to the axis label, axes to title.
pub(crate) const TICK: f64 = 3.5;
pub(crate) const MINOR_TICK: f64 = 2.0;
pub(crate) const TICK_PAD: f64 = 3.5;
pub(crate) const LABEL_PAD: f64 = 4.0;
pub(crate) const TITLE_PAD: f64 = 6.0;
pub(crate) const OFFSET_PAD: f64 = 3.0;

/// The remark on points left out, below everything else of its panel.
pub(crate) const REMARK_SIZE: f64 = 7.0;
pub(crate) const REMARK_PAD: f64 = 2.0;

/// The least distance between two tick labels.
const LABEL_GAP: f64 = 2.0;

/// Free space around the figure and between panels.
const PAD: f64 = 1.08 * LABEL_SIZE;

/// The plotting area of a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A panel with its place, its limits and its ticks.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) area: Area,
    pub(crate) x: PlacedAxis,
    pub(crate) y: PlacedAxis,
    /// How wide the title and the x label, and how long the y label, may be without reaching a neighbour's.
    pub(crate) room: (f64, f64),
}

#[derive(Clone, Debug)]
pub(crate) struct PlacedAxis {
    pub(crate) axis: Axis,
    pub(crate) ticks: Vec<Tick>,
    /// What the tick labels leave out; see [`ticks::offset_text`].
    pub(crate) offset: String,
}

impl PlacedAxis {
    /// matplotlib gives a label of the x axis three times its height of room. Where labels are wider than that they
    /// would run into each other: then there are fewer of them.
    fn x(axis: Axis, length: f64) -> Self {
        Self::new(axis, length, 3.0, |label| label.width)
    }

    /// matplotlib gives a label of the y axis twice its height of room.
    fn y(axis: Axis, length: f64) -> Self {
        Self::new(axis, length, 2.0, Text::height)
    }

    fn new(axis: Axis, length: f64, heights: f64, extent: fn(&Text) -> f64) -> Self {
        let room = (length / (LABEL_SIZE * heights)).floor().clamp(1.0, 9.0) as usize;
        let of = |room| Self { axis, ticks: ticks::ticks(&axis, room), offset: ticks::offset_text(&axis, room) };
        let fits = |placed: &Self| placed.crowded(length, extent).is_empty();
        let mut placed = (1..=room).rev().map(of).find(fits).unwrap_or_else(|| of(1));
        // Two labels that do not fit beside each other: the ticks stay, the second one says nothing.
        for index in placed.crowded(length, extent) {
            placed.ticks[index].label.clear();
        }
        placed
    }

    /// The ticks whose labels come too near to those before them.
    fn crowded(&self, length: f64, extent: fn(&Text) -> f64) -> Vec<usize> {
        let mut labels: Vec<(f64, f64, usize)> = Vec::new();
        for (index, tick) in self.ticks.iter().enumerate().filter(|(_, tick)| !tick.label.is_empty()) {
            let half = extent(&Text::for_layout(&tick.label, LABEL_SIZE, Weight::Regular)) / 2.0;
            labels.push((length * self.axis.fraction(tick.value), half, index));
        }
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
}

/// Places all panels of a figure.
pub(crate) fn place(figure: &Figure) -> Result<Vec<Placed>, Error> {
    let (rows, columns) = figure.grid_size();
    let axes: Vec<(Axis, Axis)> = figure.panels.iter().map(Panel::axes).collect();
    let in_areas = |areas: &[Area]| -> Vec<Placed> {
        let place = |((x, y), area): (&(Axis, Axis), &Area)| Placed {
            area: *area,
            x: PlacedAxis::x(*x, area.width()),
            y: PlacedAxis::y(*y, area.height()),
            room: room(figure, areas, area),
        };
        axes.iter().zip(areas).map(place).collect()
    };
    let grid = |margins: Margins| -> Result<Vec<Area>, Error> {
        let cells = margins.cells(figure, rows, columns)?;
        Ok((0..figure.panels.len()).map(|index| cells[index]).collect())
    };

    // Ticks depend on the room and the room on the ticks' labels. matplotlib measures once, starting from its default
    // margins; another round follows only where new labels would not fit.
    let mut placed = in_areas(&grid(Margins::start(figure, rows, columns))?);
    let mut margins = Margins::measure(figure, &placed, columns);
    for _ in 0..4 {
        placed = in_areas(&grid(margins)?);
        let needed = Margins::measure(figure, &placed, columns);
        if margins.hold(&needed) {
            return Ok(placed);
        }
        margins = margins.union(&needed);
    }
    placed = in_areas(&grid(margins)?);
    Ok(placed)
}

/// The width around the area's middle up to half the way to its neighbours, or to the figure's edge, for the title and
/// the x label; for the y label the height up to the title's row.
fn room(figure: &Figure, areas: &[Area], area: &Area) -> (f64, f64) {
    let before = areas.iter().map(|a| a.right).filter(|right| *right < area.left);
    let after = areas.iter().map(|a| a.left).filter(|left| *left > area.right);
    let start = before.map(|right| (right + area.left) / 2.0).fold(0.0, f64::max);
    let end = after.map(|left| (left + area.right) / 2.0).fold(figure.points().0, f64::min);
    // Two points of distance on each side.
    (area.width() + 2.0 * (area.left - start).min(end - area.right) - 4.0, area.height() + 4.0)
}

/// What lies around and between the plotting areas.
#[derive(Clone, Copy, Debug)]
struct Margins {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    between_columns: f64,
    between_rows: f64,
}

impl Margins {
    /// matplotlib's default subplot parameters.
    fn start(figure: &Figure, rows: usize, columns: usize) -> Self {
        let (width, height) = figure.points();
        let gap = |length: f64, count: usize| 0.2 * length / (count as f64 + 0.2 * (count as f64 - 1.0));
        Self {
            left: 0.125 * width,
            right: 0.1 * width,
            top: 0.12 * height,
            bottom: 0.11 * height,
            between_columns: gap(0.775 * width, columns),
            between_rows: gap(0.77 * height, rows),
        }
    }

    /// What titles and labels need at most on each side, with padding.
    fn measure(figure: &Figure, placed: &[Placed], columns: usize) -> Self {
        let rows = placed.len().div_ceil(columns);
        let mut at_columns = vec![0.0f64; columns + 1];
        let mut at_rows = vec![0.0f64; rows + 1];
        let mut sums: Vec<(usize, Overhang)> = Vec::new();
        for (index, (panel, place)) in figure.panels.iter().zip(placed).enumerate() {
            sums.push((index, Overhang::measure(panel, place)));
        }
        // Between two panels the right overhang of one and the left one of the other add up, row by row.
        for row in 0..rows {
            for (boundary, widest) in at_columns.iter_mut().enumerate() {
                let of = |column: Option<usize>, side: fn(&Overhang) -> f64| {
                    column
                        .filter(|c| *c < columns)
                        .and_then(|c| sums.get(row * columns + c))
                        .map_or(0.0, |o| side(&o.1))
                };
                *widest = widest.max(of(boundary.checked_sub(1), |o| o.right) + of(Some(boundary), |o| o.left));
            }
        }
        for column in 0..columns {
            for (boundary, widest) in at_rows.iter_mut().enumerate() {
                let of = |row: Option<usize>, side: fn(&Overhang) -> f64| {
                    row.and_then(|r| sums.get(r * columns + column)).map_or(0.0, |o| side(&o.1))
                };
                *widest = widest.max(of(boundary.checked_sub(1), |o| o.bottom) + of(Some(boundary), |o| o.top));
            }
        }
        let inner = |of: &[f64]| of[1..of.len() - 1].iter().fold(0.0, |a: f64, b| a.max(*b));
        Self {
            left: at_columns[0] + PAD,
            right: at_columns[columns] + PAD,
            top: at_rows[0] + PAD,
            bottom: at_rows[rows] + PAD,
            between_columns: inner(&at_columns) + PAD,
            between_rows: inner(&at_rows) + PAD,
        }
    }

    fn fields(&self) -> [f64; 6] {
        [self.left, self.right, self.top, self.bottom, self.between_columns, self.between_rows]
    }

    /// Whether these margins do where others are needed: a point more or less stays within the padding.
    fn hold(&self, needed: &Self) -> bool {
        self.fields().iter().zip(needed.fields()).all(|(have, need)| need <= have + 2.0)
    }

    fn union(&self, other: &Self) -> Self {
        Self {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
            between_columns: self.between_columns.max(other.between_columns),
            between_rows: self.between_rows.max(other.between_rows),
        }
    }

    fn cells(&self, figure: &Figure, rows: usize, columns: usize) -> Result<Vec<Area>, Error> {
        let (width, height) = figure.points();
        let share = |length: f64, gap: f64, count: usize| (length - gap * (count as f64 - 1.0)) / count as f64;
        let cell_width = share(width - self.left - self.right, self.between_columns, columns);
        let cell_height = share(height - self.top - self.bottom, self.between_rows, rows);
        if cell_width < 1.0 || cell_height < 1.0 {
            return Err(Error::NoRoom { width: figure.width, height: figure.height });
        }
        let cell = |index: usize| {
            let left = self.left + (index % columns) as f64 * (cell_width + self.between_columns);
            let top = self.top + (index / columns) as f64 * (cell_height + self.between_rows);
            Area { left, top, right: left + cell_width, bottom: top + cell_height }
        };
        Ok((0..rows * columns).map(cell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Marker, Series, Shape};

    /// Plotting areas of matplotlib 3.11.2 after `tight_layout`, in points from the lower left corner:
    /// `ax.get_position()` times the figure's size.
    #[test]
    fn areas_are_matplotlibs() {
        let near = |placed: &Placed, height: f64, [left, bottom, right, top]: [f64; 4]| {
            let area = placed.area;
            let distances =
                [area.left - left, area.right - right, height - area.bottom - bottom, height - area.top - top];
            // A tenth of a point is less than half a pixel at 300 dpi.
            assert!(distances.iter().all(|d| d.abs() < 0.1), "{area:?}");
        };
        // Part 1 of the notebook.
        let panel = Panel::new()
            .title("$\\sum\\sigma (z)$ = 1")
            .x_label("Original number (z)")
            .y_label("Softmax probability $\\sigma (z)$")
            .series(Series::line(&[1.0, 6.1], &[0.002_636_81, 0.432_495_07]));
        let placed = place(&Figure::new(10.0, 5.0).panel(panel)).unwrap();
        near(&placed[0], 360.0, [47.962, 42.122, 709.2, 330.96]);

        // Part 5a.
        let (small, large) = ([-131.218_92, -111.954_21], [-8.205_446, 10.021_528]);
        let point = Marker::new(Shape::Point);
        let one = |title: &str, values: &[f64; 2]| {
            let panel = Panel::new().title(title).x_label("Token index").y_label("Output logits");
            panel.x_limits(-10.0, 50266.0).series(Series::indexed(values, point))
        };
        let both = Panel::new()
            .title("C) Comparison of both models")
            .x_label("GPT-2 SMALL")
            .y_label("GPT-2 LARGE")
            .series(Series::scatter(&small, &large, point));
        let figure = Figure::new(12.0, 3.5)
            .panel(one("A) GPT-2 SMALL", &small))
            .panel(one("B) GPT-2 LARGE", &large))
            .panel(both);
        let placed = place(&figure).unwrap();
        near(&placed[0], 252.0, [69.562, 42.122, 282.935, 225.84]);
        near(&placed[1], 252.0, [354.695, 42.122, 568.067, 225.84]);
        near(&placed[2], 252.0, [639.828, 42.122, 853.2, 225.84]);
    }

    #[test]
    fn no_room_is_an_error() {
        let panel = Panel::new().title("T").y_label("y").series(Series::line(&[0.0, 1.0], &[0.0, 1.0]));
        let tiny = Figure::new(0.5, 0.5).panel(panel);
        assert!(matches!(place(&tiny), Err(Error::NoRoom { width, .. }) if width == 0.5));
    }
}
