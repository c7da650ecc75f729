//! The bundled fonts: outlines, advances, kerning.

use std::sync::LazyLock;

use tiny_skia::{PathBuilder, Transform};
use ttf_parser::{GlyphId, OutlineBuilder};

/// The fonts that matplotlib draws with, in its order of need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Font {
    Regular,
    Bold,
    /// Letters in mathematics.
    Oblique,
    /// Large operators in mathematics.
    Display,
}

/// Regular or bold, outside of mathematics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

static FONTS: LazyLock<[ttf_parser::Face<'static>; 4]> = LazyLock::new(|| {
    [
        include_bytes!("../../fonts/DejaVuSans.ttf").as_slice(),
        include_bytes!("../../fonts/DejaVuSans-Bold.ttf"),
        include_bytes!("../../fonts/DejaVuSans-Oblique.ttf"),
        include_bytes!("../../fonts/DejaVuSansDisplay.ttf"),
    ]
    .map(|bytes| ttf_parser::Face::parse(bytes, 0).expect("the bundled fonts are whole"))
});

impl Font {
    fn face(self) -> &'static ttf_parser::Face<'static> {
        &FONTS[self as usize]
    }

    /// The glyph of a character; the empty box where the font has none.
    pub(crate) fn glyph(self, character: char) -> GlyphId {
        self.face().glyph_index(character).unwrap_or_default()
    }

    pub(crate) fn has(self, character: char) -> bool {
        self.face().glyph_index(character).is_some()
    }

    /// Font units per em square.
    pub(crate) fn units(self) -> f64 {
        f64::from(self.face().units_per_em())
    }

    /// How far the pen moves, in font units.
    pub(crate) fn advance(self, glyph: GlyphId) -> f64 {
        f64::from(self.face().glyph_hor_advance(glyph).unwrap_or(0))
    }

    /// The pair's kerning in font units: negative moves the glyphs together.
    pub(crate) fn kerning(self, left: GlyphId, right: GlyphId) -> f64 {
        let Some(kern) = self.face().tables().kern else { return 0.0 };
        let horizontal = kern.subtables.into_iter().filter(|s| s.horizontal && !s.variable && !s.has_cross_stream);
        horizontal.filter_map(|s| s.glyphs_kerning(left, right)).next().map_or(0.0, f64::from)
    }

    /// The highest and the lowest point of the ink above the baseline, in font units.
    pub(crate) fn ink(self, glyph: GlyphId) -> Option<(f64, f64)> {
        self.face().glyph_bounding_box(glyph).map(|b| (f64::from(b.y_max), f64::from(b.y_min)))
    }

    /// The least ascent and descent of a line, in font units.
    pub(crate) fn line(self) -> (f64, f64) {
        let face = self.face();
        let ascent = face.typographic_ascender().unwrap_or_else(|| face.ascender());
        let descent = face.typographic_descender().unwrap_or_else(|| face.descender());
        (f64::from(ascent), -f64::from(descent))
    }

    /// Adds the outline to a path: font units with y upwards, taken through `transform`.
    pub(crate) fn outline(self, glyph: GlyphId, transform: Transform, path: &mut PathBuilder) {
        self.face().outline_glyph(glyph, &mut Pen { transform, path });
    }
}

struct Pen<'a> {
    transform: Transform,
    path: &'a mut PathBuilder,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        let t = self.transform;
        (t.sx * x + t.kx * y + t.tx, t.ky * x + t.sy * y + t.ty)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
