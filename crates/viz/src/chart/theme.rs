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
        self.pick(0x000000, 0xdde2f4)
    }

    /// [`Color::BLUE`](crate::Color::BLUE).
    pub(crate) fn blue(self) -> Rgba {
        self.pick(0x0000ff, 0x5c7cff)
    }

    /// Figure, panels and, at four fifths of opacity, the legend.
    pub(crate) fn paper(self) -> Rgba {
        self.pick(0xffffff, 0x282a2c)
    }

    /// The legend's frame: matplotlib's grey 0.8 on white, as far from the paper on the dark side.
    pub(crate) fn frame(self) -> Rgba {
        self.pick(0xcccccc, 0x5b5d63)
    }

    /// Footnotes and the remarks on what could not be drawn.
    pub(crate) fn faint(self) -> Rgba {
        self.pick(0x767676, 0x9a9eab)
    }

    fn pick(self, light: u32, dark: u32) -> Rgba {
        Rgba::hex(match self {
            Theme::Light => light,
            Theme::Dark => dark,
        })
    }
}
