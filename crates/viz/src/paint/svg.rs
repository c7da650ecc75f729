use std::{collections::BTreeSet, fmt::Write as _};

use base64::{Engine, prelude::BASE64_STANDARD};
use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, PathSegment, Rect, Stroke, Transform};

use super::{layer::Layer, marker::MarkerPath, png, surface::Surface};
use crate::{
    chart::Rgba,
    error::Error,
    text::{Font, Text, Turn},
};

/// An SVG document in points.
///
/// Glyphs are outlines, each written once and placed with `<use>`, so text looks the same in every viewer and stays a
/// vector. `aria-label` has the text.
pub(crate) struct Svg {
    size: (u32, u32),
    /// Points per pixel.
    scale: f64,
    glyphs: BTreeSet<(Font, u16)>,
    markers: usize,
    definitions: String,
    body: String,
    clips: usize,
}

impl Svg {
    /// `scale` is the length of a point in pixels.
    pub(crate) fn new(size: (u32, u32), scale: f64) -> Self {
        Self {
            size,
            scale: 1.0 / scale,
            glyphs: BTreeSet::new(),
            markers: 0,
            definitions: String::new(),
            body: String::new(),
            clips: 0,
        }
    }

    fn points(&self, pixels: f32) -> String {
        number(f64::from(pixels) * self.scale)
    }

    fn stroke_style(&self, stroke: &Stroke, color: Rgba) -> String {
        let join = match stroke.line_join {
            LineJoin::Round => " stroke-linejoin=\"round\"",
            _ => "",
        };
        let cap = match stroke.line_cap {
            LineCap::Square => " stroke-linecap=\"square\"",
            LineCap::Round => " stroke-linecap=\"round\"",
            LineCap::Butt => "",
        };
        let width = self.points(stroke.width);
        format!("fill=\"none\" {} stroke-width=\"{width}\"{join}{cap}", paint("stroke", color))
    }
}

impl Surface for Svg {
    fn fill(&mut self, path: &Path, color: Rgba) {
        let data = path_data(path, self.scale);
        put(&mut self.body, format_args!("<path d=\"{data}\" {}/>\n", paint("fill", color)));
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke, color: Rgba) {
        let data = path_data(path, self.scale);
        let style = self.stroke_style(stroke, color);
        put(&mut self.body, format_args!("<path d=\"{data}\" {style}/>\n"));
    }

    fn text(&mut self, text: &Text, (x, y): (f32, f32), turn: Turn, color: Rgba) {
        let turn = if turn == Turn::NONE { String::new() } else { format!(" rotate({})", number(-turn.0)) };
        let (x, y) = (self.points(x), self.points(y));
        put(
            &mut self.body,
            format_args!(
                "<g role=\"img\" aria-label=\"{}\" {} transform=\"translate({x} {y}){turn}\">\n",
                escape(&text.source),
                paint("fill", color)
            ),
        );
        for glyph in &text.glyphs {
            self.glyphs.insert((glyph.font, glyph.id.0));
            let unit = glyph.size / glyph.font.units();
            let (x, y) = (number(glyph.x), number(-glyph.y));
            let id = glyph_id(glyph.font, glyph.id.0);
            put(
                &mut self.body,
                format_args!(
                    "<use xlink:href=\"#{id}\" transform=\"translate({x} {y}) scale({unit:.7} -{unit:.7})\"/>\n"
                ),
            );
        }
        self.body.push_str("</g>\n");
    }

    fn markers(&mut self, marker: &MarkerPath, places: &[(f32, f32)]) {
        let id = self.markers;
        self.markers += 1;
        let data = path_data(&marker.path, self.scale);
        let face = marker.face.map_or_else(|| "fill=\"none\"".to_owned(), |color| paint("fill", color));
        let edge = marker.edge.as_ref().map_or_else(String::new, |(stroke, color)| self.stroke_style(stroke, *color));
        let edge = edge.trim_start_matches("fill=\"none\"");
        put(&mut self.definitions, format_args!("<path id=\"m{id}\" d=\"{data}\" {face}{edge}/>\n"));
        for (x, y) in places {
            let (x, y) = (self.points(*x), self.points(*y));
            put(&mut self.body, format_args!("<use xlink:href=\"#m{id}\" x=\"{x}\" y=\"{y}\"/>\n"));
        }
    }

    fn layer(&mut self, layer: &Layer) -> Result<(), Error> {
        let png = png::layer(layer)?;
        let rect = layer.rect;
        let [x, y] = [rect.x, rect.y].map(|v| self.points(v as f32));
        let [width, height] = [rect.width, rect.height].map(|v| self.points(v as f32));
        put(
            &mut self.body,
            format_args!(
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 preserveAspectRatio=\"none\" xlink:href=\"data:image/png;base64,"
            ),
        );
        BASE64_STANDARD.encode_string(&png, &mut self.body);
        self.body.push_str("\"/>\n");
        Ok(())
    }

    fn clip(&mut self, rect: Option<Rect>) {
        let Some(rect) = rect else { return self.body.push_str("</g>\n") };
        let id = self.clips;
        self.clips += 1;
        let [x, y, width, height] = [rect.x(), rect.y(), rect.width(), rect.height()].map(|v| self.points(v));
        put(
            &mut self.definitions,
            format_args!(
                "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n"
            ),
        );
        put(&mut self.body, format_args!("<g clip-path=\"url(#c{id})\">\n"));
    }

    /// Screen readers and file managers show the title, and the description if there is one.
    fn finish(self: Box<Self>, title: &str, description: &str) -> Result<Vec<u8>, Error> {
        let [width, height] = [self.size.0, self.size.1].map(|pixels| number(f64::from(pixels) * self.scale));
        let mut out = String::with_capacity(self.body.len() + self.definitions.len() + (1 << 16));
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" ");
        put(&mut out, format_args!("width=\"{width}pt\" height=\"{height}pt\" viewBox=\"0 0 {width} {height}\" "));
        out.push_str("role=\"graphics-document document\" aria-labelledby=\"title description\">\n");
        put(&mut out, format_args!("<title id=\"title\">{}</title>\n", escape(title)));
        put(&mut out, format_args!("<desc id=\"description\">{}</desc>\n", escape(description)));
        out.push_str("<defs>\n");
        for (font, glyph) in &self.glyphs {
            let mut path = PathBuilder::new();
            font.outline(ttf_parser::GlyphId(*glyph), Transform::identity(), &mut path);
            let data = path.finish().map_or_else(String::new, |path| path_data(&path, 1.0));
            put(&mut out, format_args!("<path id=\"{}\" d=\"{data}\"/>\n", glyph_id(*font, *glyph)));
        }
        out.push_str(&self.definitions);
        out.push_str("</defs>\n");
        out.push_str(&self.body);
        out.push_str("</svg>\n");
        Ok(out.into_bytes())
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
}

fn glyph_id(font: Font, glyph: u16) -> String {
    let font = match font {
        Font::Regular => 'r',
        Font::Bold => 'b',
        Font::Oblique => 'o',
        Font::Display => 'd',
    };
    format!("{font}{glyph}")
}

fn paint(attribute: &str, color: Rgba) -> String {
    let [r, g, b] = color.bytes();
    let opacity = if color.alpha < 1.0 {
        format!(" {attribute}-opacity=\"{}\"", number(color.alpha.into()))
    } else {
        String::new()
    };
    format!("{attribute}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
}

/// Three decimals are a 72,000th of an inch.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn path_data(path: &Path, scale: f64) -> String {
    let mut data = String::new();
    let at = |p: tiny_skia::Point| format!("{} {}", number(f64::from(p.x) * scale), number(f64::from(p.y) * scale));
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(p) => put(&mut data, format_args!("M{}", at(p))),
            PathSegment::LineTo(p) => put(&mut data, format_args!("L{}", at(p))),
            PathSegment::QuadTo(a, p) => put(&mut data, format_args!("Q{} {}", at(a), at(p))),
            PathSegment::CubicTo(a, b, p) => put(&mut data, format_args!("C{} {} {}", at(a), at(b), at(p))),
            PathSegment::Close => data.push('Z'),
        }
    }
    data
}

/// Text that XML can hold: markup characters escaped, control characters shown as the replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
