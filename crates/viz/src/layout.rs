//! Where everything goes: matplotlib's `tight_layout`. Lengths in points from the figure's upper left corner.
//!
//! Positions are final: no code outside this folder adds a distance.

mod area;
mod distances;
mod grid;
mod heat;
mod legend;
mod panel;
mod side;
mod ticks;
mod words;

pub(crate) use area::Area;
pub(crate) use distances::{AXIS_WIDTH, FRAME_WIDTH, LABEL_SIZE, ROUNDNESS, TICK};
pub(crate) use grid::{FigureLayout, lay_out};
pub(crate) use legend::{Legend, Sample};
pub(crate) use panel::Placed;
pub(crate) use ticks::Major;
pub(crate) use words::{Ink, Words};

#[cfg(test)]
mod tests;
