/// A colour in sRGB, or one of the theme's, with an opacity.
///
/// ```
/// use viz::Color;
/// let pink = Color::rgb(0.9, 0.7, 0.7).with_alpha(0.3);
/// assert_eq!(pink.alpha(), 0.3);
/// assert_eq!(Color::hex(0x1f77b4), Color::cycle(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color {
    pub(super) hue: Hue,
    alpha: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hue {
    Rgb([f32; 3]),
    /// The theme's, known only when the figure is drawn.
    Ink,
    Blue,
}

/// matplotlib's colour cycle `tab10`, <https://matplotlib.org/stable/gallery/color/named_colors.html>.
const CYCLE: [u32; 10] =
    [0x1f77b4, 0xff7f0e, 0x2ca02c, 0xd62728, 0x9467bd, 0x8c564b, 0xe377c2, 0x7f7f7f, 0xbcbd22, 0x17becf];

impl Color {
    /// The theme's ink: black in the light theme (matplotlib's `k`), the text's colour in the dark one.
    pub const INK: Self = Self { hue: Hue::Ink, alpha: 1.0 };
    /// The theme's blue: pure blue in the light theme (matplotlib's `b`), a lighter one in the dark theme, where pure
    /// blue can hardly be seen.
    pub const BLUE: Self = Self { hue: Hue::Blue, alpha: 1.0 };
    /// matplotlib's `m`, half-dark magenta.
    pub const MAGENTA: Self = Self::rgb(0.75, 0.0, 0.75);

    /// An opaque colour from red, green and blue in `0..=1`; values outside are clamped when drawn.
    #[must_use]
    pub const fn rgb(red: f32, green: f32, blue: f32) -> Self {
        Self { hue: Hue::Rgb([red, green, blue]), alpha: 1.0 }
    }

    /// An opaque colour from `0xRRGGBB`.
    #[must_use]
    pub const fn hex(rgb: u32) -> Self {
        let Rgba { rgb: [red, green, blue], .. } = Rgba::hex(rgb);
        Self::rgb(red, green, blue)
    }

    /// The colour that the `index`-th series gets by default: matplotlib's ten, over and over.
    #[must_use]
    pub const fn cycle(index: usize) -> Self {
        Self::hex(CYCLE[index % CYCLE.len()])
    }

    /// The same colour with an opacity from 0 (invisible) to 1.
    #[must_use]
    pub const fn with_alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// The opacity.
    #[must_use]
    pub const fn alpha(self) -> f32 {
        self.alpha
    }
}

/// A colour ready to draw: components and opacity in `0..=1`, not premultiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rgba {
    pub(crate) rgb: [f32; 3],
    pub(crate) alpha: f32,
}

impl Rgba {
    pub(crate) const BLACK: Self = Self::hex(0x000000);
    pub(crate) const WHITE: Self = Self::hex(0xffffff);

    /// An opaque colour from `0xRRGGBB`.
    pub(super) const fn hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { rgb: [r as f32 / 255.0, g as f32 / 255.0, b as f32 / 255.0], alpha: 1.0 }
    }

    /// Black or white, whichever has more contrast on this colour, by its relative luminance
    /// (<https://www.w3.org/TR/WCAG21/#dfn-relative-luminance>).
    pub(crate) fn contrast(self) -> Self {
        let linear = |c: f32| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
        let [r, g, b] = self.rgb.map(linear);
        let luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        // Where (L + 0.05) / 0.05 and 1.05 / (L + 0.05) are equal.
        if luminance > 0.179 { Self::BLACK } else { Self::WHITE }
    }

    pub(crate) fn bytes(self) -> [u8; 3] {
        self.rgb.map(|c| (c * 255.0).round() as u8)
    }

    pub(crate) fn with_alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }
}
