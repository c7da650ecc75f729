use super::area::Area;
use crate::{
    chart::Rgba,
    text::{Text, Turn},
};

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

/// The colour of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ink {
    /// The theme's for texts.
    Text,
    /// The theme's for remarks.
    Faint,
    /// A fixed colour, independent of the theme.
    Own(Rgba),
}

/// The anchor along the text's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Start,
    Middle,
    End,
}

/// The anchor across the text's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Across {
    Top,
    /// Half the ascent above the baseline.
    Centre,
    /// Half-way from top to bottom.
    Middle,
    Baseline,
    Bottom,
}

impl Words {
    /// Horizontal words of the theme's ink.
    pub(super) fn new(text: Text, at: (f64, f64), along: Along, across: Across) -> Self {
        Self { text, turn: Turn::NONE, ink: Ink::Text, at, anchor: (along, across), long: true }
    }

    /// Words whose length takes no space: matplotlib's layout ignores the length of titles and axis labels.
    pub(super) fn short(self) -> Self {
        Self { long: false, ..self }
    }

    pub(super) fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub(super) fn turned(self, turn: Turn) -> Self {
        Self { turn, ..self }
    }

    /// Where the baseline starts.
    pub(crate) fn start(&self) -> (f64, f64) {
        let extent = &self.text.drawn;
        self.corner(self.along(extent.width), self.down(extent.ascent, extent.descent))
    }

    /// The space reserved for them.
    pub(super) fn bounds(&self) -> Area {
        let extent = &self.text.measured;
        let (start, baseline) = (self.along(extent.width), self.down(extent.ascent, extent.descent));
        let middle = start + extent.width / 2.0;
        let (start, end) = if self.long { (start, start + extent.width) } else { (middle, middle) };
        let (top, bottom) = (baseline - extent.ascent, baseline + extent.descent);
        let corners = [(start, top), (end, top), (start, bottom), (end, bottom)].map(|(x, y)| self.corner(x, y));
        corners.iter().fold(Area::point(corners[0]), |area, corner| area.union(&Area::point(*corner)))
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
            Across::Middle => (ascent - descent) / 2.0,
            Across::Baseline => 0.0,
            Across::Bottom => -descent,
        }
    }

    fn corner(&self, along: f64, down: f64) -> (f64, f64) {
        let (sin, cos) = self.turn.sin_cos();
        (self.at.0 + along * cos + down * sin, self.at.1 - along * sin + down * cos)
    }
}
