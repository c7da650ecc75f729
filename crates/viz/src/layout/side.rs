use super::{
    area::Area,
    words::{Across, Along},
};
use crate::text::Text;

/// The side of a plotting area that has the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    Left,
    Right,
}

impl Side {
    pub(super) fn length(self, area: &Area) -> f64 {
        match self {
            Self::Below => area.width(),
            Self::Left | Self::Right => area.height(),
        }
    }

    /// A label's extent along the axis.
    pub(super) fn extent(self, label: &Text) -> f64 {
        match self {
            Self::Below => label.measured.width,
            Self::Left | Self::Right => label.measured.height(),
        }
    }

    /// matplotlib reserves three times a label's height on the x axis and twice on the y axis.
    pub(super) fn heights(self) -> f64 {
        match self {
            Self::Below => 3.0,
            Self::Left | Self::Right => 2.0,
        }
    }

    /// The place on the spine at a share of its length.
    pub(super) fn at(self, area: &Area, fraction: f64) -> (f64, f64) {
        let height = area.bottom - fraction * area.height();
        match self {
            Self::Below => (area.left + fraction * area.width(), area.bottom),
            Self::Left => (area.left, height),
            Self::Right => (area.right, height),
        }
    }

    /// A way outwards.
    pub(super) fn out(self, length: f64) -> (f64, f64) {
        match self {
            Self::Below => (0.0, length),
            Self::Left => (-length, 0.0),
            Self::Right => (length, 0.0),
        }
    }

    /// The part of a label at the end of its tick.
    pub(super) fn anchor(self) -> (Along, Across) {
        match self {
            Self::Below => (Along::Middle, Across::Top),
            Self::Left => (Along::End, Across::Centre),
            Self::Right => (Along::Start, Across::Centre),
        }
    }
}
