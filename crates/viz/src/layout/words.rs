use super::area::Area;
use crate::text::{Text, Turn};

/// A text in its place.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) text: Text,
    pub(crate) turn: Turn,
    pub(crate) ink: Ink,
    at: (f64, f64),
    anchor: (Along, Across),
    long: bool,
}

/// The theme's colour for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Text,
    Faint,
}

/// What of the text stands at its place, in the direction in which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Start,
    Middle,
    End,
}

/// What of the text stands at its place, across the direction in which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Across {
    Top,
    /// Half the ascent above the baseline.
    Centre,
    Baseline,
    Bottom,
}

impl Words {
    /// Horizontal words of the theme's ink.
    pub(super) fn new(text: Text, at: (f64, f64), along: Along, across: Across) -> Self {
        Self { text, turn: Turn::None, ink: Ink::Text, at, anchor: (along, across), long: true }
    }

    /// Words whose length needs no room: matplotlib lays out as if titles and axis labels had none.
    pub(super) fn short(self) -> Self {
        Self { long: false, ..self }
    }

    pub(super) fn faint(self) -> Self {
        Self { ink: Ink::Faint, ..self }
    }

    pub(super) fn turned(self, turn: Turn) -> Self {
        Self { turn, ..self }
    }

    /// Where the baseline starts.
    pub(crate) fn start(&self) -> (f64, f64) {
        let extent = &self.text.drawn;
        self.corner(self.along(extent.width), self.down(extent.ascent, extent.descent))
    }

    /// What the layout keeps free for them.
    pub(super) fn bounds(&self) -> Area {
        let extent = &self.text.measured;
        let (start, baseline) = (self.along(extent.width), self.down(extent.ascent, extent.descent));
        let middle = start + extent.width / 2.0;
        let (start, end) = if self.long { (start, start + extent.width) } else { (middle, middle) };
        let (from, to) = (self.corner(start, baseline - extent.ascent), self.corner(end, baseline + extent.descent));
        Area { left: from.0.min(to.0), top: from.1.min(to.1), right: from.0.max(to.0), bottom: from.1.max(to.1) }
    }

    /// From the place to the start of the text, along it.
    fn along(&self, width: f64) -> f64 {
        match self.anchor.0 {
            Along::Start => 0.0,
            Along::Middle => -width / 2.0,
            Along::End => -width,
        }
    }

    /// From the place to the baseline, downwards as the text sees it.
    fn down(&self, ascent: f64, descent: f64) -> f64 {
        match self.anchor.1 {
            Across::Top => ascent,
            Across::Centre => ascent / 2.0,
            Across::Baseline => 0.0,
            Across::Bottom => -descent,
        }
    }

    fn corner(&self, along: f64, down: f64) -> (f64, f64) {
        let (x, y) = self.at;
        match self.turn {
            Turn::None => (x + along, y + down),
            Turn::Left => (x + down, y - along),
        }
    }
}
