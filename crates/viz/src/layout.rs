//! Where everything goes: matplotlib's `tight_layout`. Lengths in points from the figure's upper left corner.

use crate::{
    axis::Axis,
    error::Error,
    figure::Figure,
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
}

#[derive(Clone, Debug)]
pub(crate) struct PlacedAxis {
    pub(crate) axis: Axis,
    pub(crate) ticks: Vec<Tick>,
    /// What the tick labels leave out; see [`ticks::offset_text`].
    pub(crate) offset: String,
}

impl PlacedAxis {
    /// matplotlib gives a label of the x axis three times its height of room, one of the y axis twice.
    fn new(axis: Axis, length: f64, heights: f64) -> Self {
        let room = (length / (LABEL_SIZE * heights)).floor().max(1.0) as usize;
        Self { axis, ticks: ticks::ticks(&axis, room), offset: ticks::offset_text(&axis, room) }
    }
}

/// Places all panels of a figure.
pub(crate) fn place(figure: &Figure) -> Result<Vec<Placed>, Error> {
    let (rows, columns) = figure.grid_size();
    let axes: Vec<(Axis, Axis)> = figure.panels.iter().map(Panel::axes).collect();
    let in_areas = |areas: &[Area]| -> Vec<Placed> {
        let place = |((x, y), area): (&(Axis, Axis), &Area)| Placed {
            area: *area,
            x: PlacedAxis::new(*x, area.width(), 3.0),
            y: PlacedAxis::new(*y, area.height(), 2.0),
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

/// How far a panel's texts reach beyond its plotting area. The widths of title and x label and the height of the y
/// label do not count: they are centred on the area.
struct Overhang {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// What ticks and their labels need beside and below the plotting area.
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
    Outside { left: with_pad(labels(&place.y, |t| t.width)), below: with_pad(labels(&place.x, Text::height)) }
}

impl Overhang {
    fn measure(panel: &Panel, place: &Placed) -> Self {
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
        if let Some(title) = bold(&panel.title, TITLE_SIZE) {
            top = top.max(TITLE_PAD + title.ascent);
        }
        Self { left, right, top, bottom }
    }
}
