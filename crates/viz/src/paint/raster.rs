use tiny_skia::{FillRule, Mask, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use super::{
    layer::{Layer, PixelRect},
    marker::MarkerPath,
    png,
    surface::Surface,
};
use crate::{
    chart::Rgba,
    error::Error,
    text::{Text, Turn},
};

/// Pixels, drawn by tiny-skia.
pub(crate) struct Raster {
    pixmap: Pixmap,
    /// Pixels per point.
    scale: f64,
    clip: Option<Clip>,
}

struct Clip {
    rect: Rect,
    /// Made when something first reaches over the rectangle.
    mask: Option<Mask>,
}

impl Raster {
    /// `None` if its memory cannot be allocated.
    pub(crate) fn new((width, height): (u32, u32), scale: f64) -> Option<Self> {
        Some(Self { pixmap: Pixmap::new(width, height)?, scale, clip: None })
    }

    fn paint(&mut self, path: &Path, transform: Transform, color: Rgba) {
        let paint = Paint { anti_alias: true, ..Paint::from(color) };
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let mask = self.clip.as_mut().and_then(|clip| clip.mask_for(path, transform, width, height));
        self.pixmap.fill_path(path, &paint, FillRule::Winding, transform, mask);
    }
}

impl From<Rgba> for Paint<'static> {
    fn from(color: Rgba) -> Self {
        let [r, g, b] = color.rgb;
        let mut paint = Paint::default();
        if let Some(color) = tiny_skia::Color::from_rgba(r, g, b, color.alpha) {
            paint.set_color(color);
        }
        paint
    }
}

impl Clip {
    /// The mask, unless the path lies within the rectangle.
    fn mask_for(&mut self, path: &Path, transform: Transform, width: u32, height: u32) -> Option<&Mask> {
        let bounds = path.bounds().transform(transform);
        let outside = |b: Rect| {
            let r = self.rect;
            b.left() < r.left() || b.right() > r.right() || b.top() < r.top() || b.bottom() > r.bottom()
        };
        if !bounds.is_none_or(outside) {
            return None;
        }
        if self.mask.is_none() {
            let mut mask = Mask::new(width, height)?;
            mask.fill_path(&PathBuilder::from_rect(self.rect), FillRule::Winding, false, Transform::identity());
            self.mask = Some(mask);
        }
        self.mask.as_ref()
    }
}

impl Surface for Raster {
    fn fill(&mut self, path: &Path, color: Rgba) {
        self.paint(path, Transform::identity(), color);
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke, color: Rgba) {
        if let Some(path) = path.stroke(stroke, 1.0) {
            self.paint(&path, Transform::identity(), color);
        }
    }

    fn text(&mut self, text: &Text, (x, y): (f32, f32), turn: Turn, color: Rgba) {
        let (sin, cos) = turn.sin_cos();
        let (sin, cos) = (sin as f32, cos as f32);
        let turn = Transform::from_row(cos, -sin, sin, cos, x, y);
        let mut path = PathBuilder::new();
        for glyph in &text.glyphs {
            let unit = (glyph.size / glyph.font.units() * self.scale) as f32;
            let (dx, dy) = ((glyph.x * self.scale) as f32, (glyph.y * self.scale) as f32);
            glyph.font.outline(
                glyph.id,
                turn.pre_concat(Transform::from_row(unit, 0.0, 0.0, -unit, dx, -dy)),
                &mut path,
            );
        }
        if let Some(path) = path.finish() {
            self.fill(&path, color);
        }
    }

    fn markers(&mut self, marker: &MarkerPath, places: &[(f32, f32)]) {
        let edge = marker.edge_path();
        for (x, y) in places {
            let place = Transform::from_translate(*x, *y);
            if let Some(color) = marker.face {
                self.paint(&marker.path, place, color);
            }
            if let Some((path, color)) = &edge {
                self.paint(path, place, *color);
            }
        }
    }

    fn layer(&mut self, layer: &Layer) -> Result<(), Error> {
        let PixelRect { x, y, width, height } = layer.rect;
        // Which columns and rows of the layer lie within the picture.
        let inside = |start: i32, length: usize, all: u32| {
            let within = |at: i64| at.clamp(0, length as i64) as usize;
            within(-i64::from(start))..within(i64::from(all) - i64::from(start))
        };
        let (columns, rows) = (inside(x, width, self.pixmap.width()), inside(y, height, self.pixmap.height()));
        let stride = self.pixmap.width() as usize * 4;
        let below = self.pixmap.data_mut().chunks_exact_mut(stride).skip(y.max(0) as usize);
        for (row, pixels) in rows.zip(below) {
            let pixels = pixels.chunks_exact_mut(4).skip(x.max(0) as usize);
            for (column, pixel) in columns.clone().zip(pixels) {
                let (rgb, alpha) = layer.pixel(row * width + column);
                if alpha > 0.0 {
                    for (channel, value) in pixel.iter_mut().zip(rgb) {
                        *channel = (value * 255.0 + f32::from(*channel) * (1.0 - alpha)).round() as u8;
                    }
                }
            }
        }
        Ok(())
    }

    fn clip(&mut self, rect: Option<Rect>) {
        self.clip = rect.map(|rect| Clip { rect, mask: None });
    }

    fn finish(self: Box<Self>, _: &str, _: &str) -> Result<Vec<u8>, Error> {
        png::picture(&self.pixmap, (self.scale * 72.0).round() as u32)
    }
}
