//! Pictures as pixels: reading, comparing, showing the difference.
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use crate::Error;

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
    /// The largest difference of any channel of any pixel, 0 to 255.
    pub(super) max_channel: u8,
    /// The share of pixels that differ at all, 0 to 1.
    pub(super) changed: f64,
}

impl Difference {
    /// Glyphs, colours, labels and positions are the same on every machine; but logits differ in their last bits
    /// between processors, and move a marker by a fraction of a pixel. That fraction changes the antialiased rim of a
    /// marker by a few levels; another label, colour or limit changes pixels by far more than this.
    pub(super) const TOLERANCE: Self = Self { max_channel: 24, changed: 0.02 };

    pub(super) fn is_within(&self, tolerance: &Self) -> bool {
        self.max_channel <= tolerance.max_channel && self.changed <= tolerance.changed
    }
}

impl Picture {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let fail = |cause: String| format!("{}: {cause}", path.display());
        let file = File::open(path).map_err(|cause| fail(cause.to_string()))?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
        let mut reader = decoder.read_info().map_err(|cause| fail(cause.to_string()))?;
        let size = reader.output_buffer_size().ok_or_else(|| fail("a picture too large for this machine".into()))?;
        let mut bytes = vec![0; size];
        let info = reader.next_frame(&mut bytes).map_err(|cause| fail(cause.to_string()))?;
        bytes.truncate(info.buffer_size());
        let rgb = match info.color_type {
            png::ColorType::Rgb => bytes,
            png::ColorType::Rgba => bytes.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
            png::ColorType::Grayscale => bytes.iter().flat_map(|&level| [level; 3]).collect(),
            other => return Err(fail(format!("pixels of type {other:?}; RGB is expected")).into()),
        };
        Ok(Self { width: info.width, height: info.height, rgb })
    }

    /// `None` if the two have different sizes.
    pub(super) fn difference(&self, other: &Self) -> Option<Difference> {
        if (self.width, self.height) != (other.width, other.height) {
            return None;
        }
        let pixels = self.rgb.chunks_exact(3).zip(other.rgb.chunks_exact(3));
        let (mut max_channel, mut changed) = (0, 0_u64);
        for (a, b) in pixels {
            let pixel = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
            max_channel = max_channel.max(pixel);
            changed += u64::from(pixel > 0);
        }
        let count = u64::from(self.width) * u64::from(self.height);
        Some(Difference { max_channel, changed: changed as f64 / count as f64 })
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

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(level: u8) -> Picture {
        Picture { width: 10, height: 10, rgb: vec![level; 300] }
    }

    #[test]
    fn a_picture_survives_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        grey(77).write(&path).unwrap();
        assert_eq!(Picture::read(&path).unwrap(), grey(77));
    }

    #[test]
    fn one_changed_pixel_is_seen() {
        let mut other = grey(100);
        other.rgb[31] = 130;
        let difference = grey(100).difference(&other).unwrap();
        assert_eq!(difference, Difference { max_channel: 30, changed: 0.01 });
        assert!(!difference.is_within(&Difference::TOLERANCE), "30 levels are another colour");
        let shown = grey(100).show_difference(&other);
        assert_eq!(shown.rgb[30..33], [255, 112, 112]);
        assert_eq!(shown.rgb[..3], [217; 3]);
    }

    #[test]
    fn another_size_has_no_difference_in_pixels() {
        let small = Picture { width: 10, height: 9, rgb: vec![0; 270] };
        assert_eq!(grey(0).difference(&small), None);
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("text.png");
        std::fs::write(&path, "no picture").unwrap();
        assert!(Picture::read(&path).unwrap_err().to_string().contains("text.png"));
    }
}
