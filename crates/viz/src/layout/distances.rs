//! matplotlib's sizes and distances.

pub(crate) const LABEL_SIZE: f64 = 10.0;
pub(crate) const TITLE_SIZE: f64 = 12.0;
pub(crate) const FOOTNOTE_SIZE: f64 = 6.0;
/// The remark on points left out.
pub(crate) const REMARK_SIZE: f64 = 7.0;

/// Width of spines and ticks, and of minor ticks.
pub(crate) const AXIS_WIDTH: f64 = 0.8;
pub(crate) const MINOR_WIDTH: f64 = 0.6;

/// Tick length, tick to its label, tick labels to the axis label, axes to title, labels to what they leave out.
pub(crate) const TICK: f64 = 3.5;
pub(crate) const MINOR_TICK: f64 = 2.0;
pub(crate) const TICK_PAD: f64 = 3.5;
pub(crate) const LABEL_PAD: f64 = 4.0;
pub(crate) const TITLE_PAD: f64 = 6.0;
pub(crate) const OFFSET_PAD: f64 = 3.0;
pub(crate) const REMARK_PAD: f64 = 2.0;

/// The least distance between two tick labels.
pub(crate) const LABEL_GAP: f64 = 2.0;

/// Where a word of an axis is cut.
pub(crate) const LONGEST_WORD: f64 = 12.0 * LABEL_SIZE;

/// The least size of a text in a cell, and the free space on each side of it.
pub(crate) const LEAST_CELL_SIZE: f64 = 5.0;
pub(crate) const CELL_PAD: f64 = 1.0;

/// How many times a bar of colours is as high as wide.
pub(crate) const BAR_ASPECT: f64 = 20.0;

/// Free space around the figure and between panels.
pub(crate) const PAD: f64 = 1.08 * LABEL_SIZE;

/// The legend's, in font sizes: frame to text, axes to frame, between rows, length of the sample line, sample to text,
/// roundness of the frame.
pub(crate) const BORDER_PAD: f64 = 0.4 * LABEL_SIZE;
pub(crate) const AXES_PAD: f64 = 0.5 * LABEL_SIZE;
pub(crate) const ROW_GAP: f64 = 0.5 * LABEL_SIZE;
pub(crate) const SAMPLE: f64 = 2.0 * LABEL_SIZE;
pub(crate) const SAMPLE_GAP: f64 = 0.8 * LABEL_SIZE;
/// How far the middle of a sample lies above the baseline of its text.
pub(crate) const SAMPLE_RISE: f64 = 0.35 * LABEL_SIZE;
/// The height of a sample of bars.
pub(crate) const SAMPLE_HEIGHT: f64 = 0.7 * LABEL_SIZE;
pub(crate) const ROUNDNESS: f64 = 0.2 * LABEL_SIZE;
pub(crate) const FRAME_WIDTH: f64 = 1.0;
