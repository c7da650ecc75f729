use super::color::{Color, Hue, Rgba};

/// The colours of paper and ink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theme {
    /// Black on white.
    #[default]
    Light,
    /// The notebook's dark mode: `#DDE2F4` on `#282a2c`.
    Dark,
}

impl Theme {
    /// A colour with the theme's own put in.
    pub(crate) fn resolve(self, color: Color) -> Rgba {
        let rgb = match color.hue {
            Hue::Rgb(rgb) => rgb,
            Hue::Ink => self.ink().rgb,
            Hue::Blue => self.blue().rgb,
        };
        Rgba { rgb: rgb.map(|c| c.clamp(0.0, 1.0)), alpha: color.alpha().clamp(0.0, 1.0) }
    }

    /// Axes, ticks and text, and [`Color::INK`](crate::Color::INK).
    pub(crate) fn ink(self) -> Rgba {
        match self {
            Theme::Light => opaque([0x00, 0x00, 0x00]),
            Theme::Dark => opaque([0xdd, 0xe2, 0xf4]),
        }
    }

    /// [`Color::BLUE`](crate::Color::BLUE).
    pub(crate) fn blue(self) -> Rgba {
        match self {
            Theme::Light => opaque([0x00, 0x00, 0xff]),
            Theme::Dark => opaque([0x5c, 0x7c, 0xff]),
        }
    }

    /// Figure, panels and, at four fifths of opacity, the legend.
    pub(crate) fn paper(self) -> Rgba {
        match self {
            Theme::Light => opaque([0xff, 0xff, 0xff]),
            Theme::Dark => opaque([0x28, 0x2a, 0x2c]),
        }
    }

    /// The legend's frame: matplotlib's grey 0.8 on white, as far from the paper on the dark side.
    pub(crate) fn frame(self) -> Rgba {
        match self {
            Theme::Light => opaque([0xcc, 0xcc, 0xcc]),
            Theme::Dark => opaque([0x5b, 0x5d, 0x63]),
        }
    }

    /// Footnotes and the remarks on what could not be drawn.
    pub(crate) fn faint(self) -> Rgba {
        match self {
            Theme::Light => opaque([0x76, 0x76, 0x76]),
            Theme::Dark => opaque([0x9a, 0x9e, 0xab]),
        }
    }
}

fn opaque(rgb: [u8; 3]) -> Rgba {
    Rgba { rgb: rgb.map(|c| f32::from(c) / 255.0), alpha: 1.0 }
}
