//! Pictures as pixels: reading, comparing, showing the difference.
use std::io::Cursor;

/// More pixels than a figure has at 1,200 pixels per inch, the most that the lab draws.
const LARGEST: u64 = 1 << 29;

/// A decoded PNG: eight bits a channel, RGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    width: u32,
    height: u32,
    /// `[height, width, 3]`, row by row.
    rgb: Vec<u8>,
}

/// How far two pictures of one size are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    /// The share of pixels that differ at all, 0 to 1.
    pub(super) changed: f64,
    /// The share of pixels that differ by more than a shift within the nearest pixels explains, 0 to 1.
    pub(super) strange: f64,
    /// By how many levels they do so at most: the largest distance of any channel from the range of the 3 × 3 pixels
    /// around the same pixel in the other picture, 0 to 255.
    pub(super) max_channel: u8,
}

impl Difference {
    /// Glyphs, colours, labels and positions are the same on every machine; but logits differ in their last bits
    /// between processors, and move a marker or the bend of a line by a fraction of a pixel. Its antialiased rim then
    /// changes by up to 64 levels, nearly always to something between the pixels around it; a point that overlaps a
    /// thousand others may not, nor the edge of a label, whose rows of pixels are four lines each: where one more line
    /// is covered, six pixels change by 64. Seen with libtorch on SSE4.1 against AVX-512: 0.034 % changed, 0.002 %
    /// strange, by up to 15, and a label by 63. Another colour, even by four levels, makes 0.05 % of a figure's pixels
    /// strange, and a label that moved changes more than 0.1 %.
    pub(super) const TOLERANCE: Self = Self { changed: 0.001, strange: 0.000_1, max_channel: 64 };

    pub(super) fn is_within(&self, tolerance: &Self) -> bool {
        self.changed <= tolerance.changed
            && self.strange <= tolerance.strange
            && self.max_channel <= tolerance.max_channel
    }
}

impl Picture {
    /// Decodes a picture of the lab, or a layer of one, from a PNG, on white. An error says why it is invalid.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().map_err(|e| e.to_string())?;
        let (width, height) = (reader.info().width, reader.info().height);
        let pixels = u64::from(width) * u64::from(height);
        if pixels > LARGEST {
            return Err(format!("{width} × {height} pixels, more than any figure has"));
        }
        let channels = match reader.output_color_type() {
            (png::ColorType::Rgb, png::BitDepth::Eight) => 3,
            (png::ColorType::Rgba, png::BitDepth::Eight) => 4,
            kind => return Err(format!("{kind:?}; the lab's pictures are RGB of 8 bits")),
        };
        let mut levels = vec![0; channels * pixels as usize];
        reader.next_frame(&mut levels).map_err(|e| e.to_string())?;
        let on_white = |pixel: &[u8]| {
            let alpha = u32::from(pixel[3]);
            [0, 1, 2].map(|channel| ((u32::from(pixel[channel]) * alpha + 255 * (255 - alpha)) / 255) as u8)
        };
        let rgb = if channels == 3 { levels } else { levels.chunks_exact(4).flat_map(on_white).collect() };
        Ok(Self { width, height, rgb })
    }

    /// `None` if the two have different sizes.
    pub(super) fn difference(&self, other: &Self) -> Option<Difference> {
        if (self.width, self.height) != (other.width, other.height) {
            return None;
        }
        let (mut changed, mut strange, mut max_channel) = (0_u64, 0_u64, 0);
        for (y, x) in (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x))) {
            if self.pixel(y, x) != other.pixel(y, x) {
                let beyond = self.beyond(other, y, x).max(other.beyond(self, y, x));
                changed += 1;
                strange += u64::from(beyond > 0);
                max_channel = max_channel.max(beyond);
            }
        }
        let count = f64::from(self.width) * f64::from(self.height);
        Some(Difference { changed: changed as f64 / count, strange: strange as f64 / count, max_channel })
    }

    fn pixel(&self, y: u32, x: u32) -> [u8; 3] {
        let start = 3 * (y as usize * self.width as usize + x as usize);
        [self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]]
    }

    /// How far a pixel is outside the range of the 3 × 3 pixels around the same position in `other`: the maximum over
    /// the channels.
    fn beyond(&self, other: &Self, y: u32, x: u32) -> u8 {
        let around = |at: u32, size: u32| at.saturating_sub(1)..size.min(at + 2);
        let (mut low, mut high) = ([255; 3], [0; 3]);
        for y in around(y, self.height) {
            for x in around(x, self.width) {
                for (channel, level) in other.pixel(y, x).into_iter().enumerate() {
                    low[channel] = level.min(low[channel]);
                    high[channel] = level.max(high[channel]);
                }
            }
        }
        let outside =
            |channel: usize, level: u8| low[channel].saturating_sub(level).max(level.saturating_sub(high[channel]));
        self.pixel(y, x).into_iter().enumerate().map(|(channel, level)| outside(channel, level)).max().unwrap_or(0)
    }

    /// Where the two differ: red, the stronger the larger the difference, over a pale copy of `self`.
    pub(super) fn show_difference(&self, other: &Self) -> Self {
        let rgb = self.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3)).flat_map(|(a, b)| {
            let by = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            let grey = 192 + (a.iter().map(|&level| u16::from(level)).sum::<u16>() / 12) as u8;
            if by == 0 { [grey; 3] } else { [255, (127 - by / 2), (127 - by / 2)] }
        });
        Self { width: self.width, height: self.height, rgb: rgb.collect() }
    }

    /// The bytes of a PNG.
    pub(super) fn encode(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(level: u8) -> Picture {
        Picture { width: 10, height: 10, rgb: vec![level; 300] }
    }

    #[test]
    fn a_picture_is_encoded_and_decoded_and_what_is_none_is_refused() {
        assert_eq!(Picture::decode(&grey(77).encode().unwrap()), Ok(grey(77)));
        assert!(Picture::decode(b"no picture").is_err());
        let mut cut = grey(77).encode().unwrap();
        cut.truncate(cut.len() / 2);
        assert!(Picture::decode(&cut).is_err());
        let mut other = Vec::new();
        png::Encoder::new(&mut other, 1, 1).write_header().unwrap().write_image_data(&[0]).unwrap();
        assert!(Picture::decode(&other).unwrap_err().contains("RGB of 8 bits"));
    }

    #[test]
    fn one_changed_pixel_is_seen() {
        let mut other = grey(100);
        other.rgb[31] = 130;
        let difference = grey(100).difference(&other).unwrap();
        assert_eq!(difference, Difference { changed: 0.01, strange: 0.01, max_channel: 30 });
        assert!(!difference.is_within(&Difference::TOLERANCE), "30 levels are another colour");
        let shown = grey(100).show_difference(&other);
        assert_eq!(shown.rgb[30..33], [255, 112, 112]);
        assert_eq!(shown.rgb[..3], [217; 3]);
        assert_eq!(grey(0).difference(&Picture { height: 9, ..grey(0) }), None, "another size");
    }

    /// A vertical antialiased line in `color`, `position` pixels from the left, on white.
    fn line(color: [u8; 3], position: f64) -> Picture {
        let pixel = |x: u32| {
            let covered = (1.5 - (f64::from(x) + 0.5 - position).abs()).clamp(0.0, 1.0);
            color.map(|level| (255.0 - covered * f64::from(255 - level)).round() as u8)
        };
        let rgb = (0..100).flat_map(|_| (0..2_000).flat_map(pixel)).collect();
        Picture { width: 2_000, height: 100, rgb }
    }

    #[test]
    fn a_line_may_move_by_a_fraction_of_a_pixel_and_not_change_its_colour() {
        let drawn = line([0, 0, 255], 1_000.25);
        let moved = drawn.difference(&line([0, 0, 255], 1_000.5)).unwrap();
        assert_eq!((moved.strange, moved.max_channel), (0.0, 0));
        assert!(moved.changed > 0.0 && moved.is_within(&Difference::TOLERANCE), "{moved:?}");
        for color in [[4, 0, 255], [0, 0, 251]] {
            let other = drawn.difference(&line(color, 1_000.25)).unwrap();
            assert_eq!(other.max_channel, 4);
            assert!(!other.is_within(&Difference::TOLERANCE), "{other:?}");
        }
    }
}
