use super::{
    area::Area,
    distances::{FOOTNOTE_SIZE, PAD},
    panel::Placed,
    words::{Across, Along, Ink, Words},
};
use crate::{
    chart::{Axis, Figure, Panel},
    error::Error,
    text::{Text, Weight},
};

/// The positions of everything in a figure.
pub(crate) struct FigureLayout {
    pub(crate) panels: Vec<Placed>,
    pub(crate) footnote: Option<Words>,
}

pub(crate) fn lay_out(figure: &Figure) -> Result<FigureLayout, Error> {
    Ok(FigureLayout { panels: panels(figure)?, footnote: footnote(figure) })
}

/// In the padding below everything else.
fn footnote(figure: &Figure) -> Option<Words> {
    let (right, bottom) = figure.points();
    let text = Text::fitted(&figure.footnote, FOOTNOTE_SIZE, Weight::Regular, right - 2.0 * PAD);
    let words = Words::new(text, (right - PAD, bottom - PAD / 3.0), Along::End, Across::Baseline);
    (!figure.footnote.is_empty()).then_some(words.ink(Ink::Faint))
}

fn panels(figure: &Figure) -> Result<Vec<Placed>, Error> {
    let (rows, columns) = figure.grid_size();
    let axes: Vec<(Axis, Axis)> = figure.panels.iter().map(Panel::axes).collect();
    let in_areas = |areas: &[Area]| -> Vec<Placed> {
        let panels = figure.panels.iter().zip(&axes).zip(areas);
        panels.map(|((panel, axes), area)| Placed::new(panel, *axes, *area, free(figure, areas, area))).collect()
    };
    let grid = |margins: Margins| -> Result<Vec<Area>, Error> {
        let cells = margins.cells(figure, rows, columns)?;
        Ok((0..figure.panels.len()).map(|index| cells[index]).collect())
    };

    // Ticks depend on the available space, and the space on the ticks' labels. matplotlib measures once, starting from
    // its default margins; this repeats only if new labels would not fit.
    let mut placed = in_areas(&grid(Margins::start(figure, rows, columns))?);
    let mut margins = Margins::measure(&placed, columns);
    for _ in 0..4 {
        placed = in_areas(&grid(margins)?);
        let needed = Margins::measure(&placed, columns);
        if margins.hold(&needed) {
            return Ok(placed);
        }
        margins = margins.union(&needed);
    }
    placed = in_areas(&grid(margins)?);
    Ok(placed)
}

/// From where to where the title and the x label may reach: up to half the way to the neighbours, or to the figure's
/// edge.
fn free(figure: &Figure, areas: &[Area], area: &Area) -> (f64, f64) {
    let before = areas.iter().map(|a| a.right).filter(|right| *right < area.left);
    let after = areas.iter().map(|a| a.left).filter(|left| *left > area.right);
    let start = before.map(|right| (right + area.left) / 2.0).fold(0.0, f64::max);
    let end = after.map(|left| (left + area.right) / 2.0).fold(figure.points().0, f64::min);
    (start, end)
}

/// How far a panel's texts reach beyond its share of the grid.
struct Overhang {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Overhang {
    fn of(placed: &Placed) -> Self {
        let (cell, bounds) = (placed.cell, placed.bounds);
        Self {
            left: (cell.left - bounds.left).max(0.0),
            right: (bounds.right - cell.right).max(0.0),
            top: (cell.top - bounds.top).max(0.0),
            bottom: (bounds.bottom - cell.bottom).max(0.0),
        }
    }
}

/// The space around and between the plotting areas.
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

    /// The largest space that titles and labels need on each side, with padding.
    fn measure(placed: &[Placed], columns: usize) -> Self {
        let rows = placed.len().div_ceil(columns);
        let mut at_columns = vec![0.0f64; columns + 1];
        let mut at_rows = vec![0.0f64; rows + 1];
        let overhangs: Vec<Overhang> = placed.iter().map(Overhang::of).collect();
        // Between two panels the right overhang of one and the left one of the other add up, row by row.
        for row in 0..rows {
            for (boundary, widest) in at_columns.iter_mut().enumerate() {
                let of = |column: Option<usize>, side: fn(&Overhang) -> f64| {
                    let of = |c| overhangs.get(row * columns + c);
                    column.filter(|c| *c < columns).and_then(of).map_or(0.0, side)
                };
                *widest = widest.max(of(boundary.checked_sub(1), |o| o.right) + of(Some(boundary), |o| o.left));
            }
        }
        for column in 0..columns {
            for (boundary, widest) in at_rows.iter_mut().enumerate() {
                let of = |row: Option<usize>, side: fn(&Overhang) -> f64| {
                    row.and_then(|r| overhangs.get(r * columns + column)).map_or(0.0, side)
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
        let mean = figure.widths.iter().sum::<f64>() / columns as f64;
        let widths: Vec<f64> = match figure.widths.as_slice() {
            [] => vec![cell_width; columns],
            widths => widths.iter().map(|share| cell_width * share / mean).collect(),
        };
        if widths.iter().any(|width| *width < 1.0) || cell_height < 1.0 {
            return Err(Error::NoRoom { width: figure.width, height: figure.height });
        }
        let cell = |index: usize| {
            let column = index % columns;
            let before: f64 = widths[..column].iter().map(|width| width + self.between_columns).sum();
            let left = self.left + before;
            let top = self.top + (index / columns) as f64 * (cell_height + self.between_rows);
            Area { left, top, right: left + widths[column], bottom: top + cell_height }
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
        let placed = panels(&Figure::new(10.0, 5.0).panel(panel)).unwrap();
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
        let placed = panels(&figure).unwrap();
        near(&placed[0], 252.0, [69.562, 42.122, 282.935, 225.84]);
        near(&placed[1], 252.0, [354.695, 42.122, 568.067, 225.84]);
        near(&placed[2], 252.0, [639.828, 42.122, 853.2, 225.84]);
    }

    /// `subplots(1, 3)` and `subplots(2, 2)` of matplotlib before any `tight_layout`: `Axes(0.125,0.11;0.227941x0.77)`,
    /// `Axes(0.125,0.53;0.352273x0.35)` and so on, in shares of the figure.
    #[test]
    fn the_first_areas_are_matplotlibs_defaults() {
        let figure = Figure::new(1.0, 1.0);
        let shares = |rows: usize, columns: usize, index: usize| {
            let Area { left, top, right, bottom } =
                Margins::start(&figure, rows, columns).cells(&figure, rows, columns).unwrap()[index];
            [left, 72.0 - bottom, right - left, bottom - top].map(|v| v / 72.0)
        };
        let near = |have: [f64; 4], want: [f64; 4]| {
            assert!(have.iter().zip(want).all(|(have, want)| (have - want).abs() < 1e-6), "{have:?}, not {want:?}");
        };
        near(shares(1, 3, 0), [0.125, 0.11, 0.227_941, 0.77]);
        near(shares(1, 3, 1), [0.398_529, 0.11, 0.227_941, 0.77]);
        near(shares(2, 2, 0), [0.125, 0.53, 0.352_273, 0.35]);
        near(shares(2, 2, 3), [0.547_727, 0.11, 0.352_273, 0.35]);
    }

    #[test]
    fn margins_hold_what_needs_at_most_a_point_or_two_more() {
        let have = Margins::start(&Figure::new(4.0, 3.0), 1, 1);
        let wider: [fn(&mut Margins) -> &mut f64; 6] = [
            |m| &mut m.left,
            |m| &mut m.right,
            |m| &mut m.top,
            |m| &mut m.bottom,
            |m| &mut m.between_columns,
            |m| &mut m.between_rows,
        ];
        for field in wider {
            for (more, holds) in [(-50.0, true), (0.0, true), (1.5, true), (2.5, false)] {
                let mut needed = have;
                *field(&mut needed) += more;
                assert_eq!(have.hold(&needed), holds, "{more}: {needed:?}");
            }
        }
    }

    #[test]
    fn no_room_is_an_error() {
        let panel = Panel::new().title("T").y_label("y").series(Series::line(&[0.0, 1.0], &[0.0, 1.0]));
        let tiny = Figure::new(0.5, 0.5).panel(panel);
        assert!(matches!(panels(&tiny), Err(Error::NoRoom { width, .. }) if width == 0.5));
    }
}
