/// A rectangle with its sides along the axes, y downwards.
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

    pub(crate) fn centre(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// A point as an area, to be widened by others.
    pub(super) fn point((x, y): (f64, f64)) -> Self {
        Self { left: x, top: y, right: x, bottom: y }
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(super) fn holds(&self, (x, y): (f64, f64)) -> bool {
        self.left < x && x < self.right && self.top < y && y < self.bottom
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Whether the segment has a point in the rectangle: Liang and Barsky's clipping.
    pub(super) fn crossed_by(&self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_crosses_where_it_has_a_point_in_the_rectangle() {
        let area = Area { left: 1.0, top: 2.0, right: 5.0, bottom: 4.0 };
        let crosses = [
            // Through, along either axis and aslant; across a corner; ending inside; all inside; on the rim.
            ((0.0, 3.0), (6.0, 3.0)),
            ((3.0, 9.0), (3.0, 0.0)),
            ((0.0, 1.0), (6.0, 5.0)),
            ((0.5, 3.0), (2.0, 1.5)),
            ((0.0, 0.0), (2.0, 3.0)),
            ((2.0, 3.0), (4.0, 3.5)),
            ((0.0, 2.0), (6.0, 2.0)),
        ];
        let misses = [
            // Beside it on each side, along and across; past a corner; short of it.
            ((0.0, 3.0), (0.0, 4.0)),
            ((6.0, 0.0), (6.0, 9.0)),
            ((0.0, 1.0), (6.0, 1.0)),
            ((6.0, 5.0), (0.0, 5.0)),
            ((0.0, 2.5), (2.0, 0.5)),
            ((4.0, 5.5), (6.0, 3.5)),
            ((0.0, 3.0), (0.9, 3.0)),
            ((3.0, 0.0), (3.0, 1.9)),
        ];
        for ((from, to), expected) in crosses.map(|s| (s, true)).into_iter().chain(misses.map(|s| (s, false))) {
            assert_eq!(area.crossed_by(from, to), expected, "{from:?} to {to:?}");
            assert_eq!(area.crossed_by(to, from), expected, "{to:?} to {from:?}");
        }
    }
}
