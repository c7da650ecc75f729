//! How alike two pictures are.

use std::{fs::File, io::BufReader, path::Path};

/// Luminance, row by row, in `0..=255`.
pub(crate) struct Grey {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f64>,
}

impl Grey {
    /// A PNG in grey or RGB.
    pub(crate) fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::decode(BufReader::new(file))
    }

    pub(crate) fn decode(png: impl std::io::BufRead + std::io::Seek) -> Self {
        let mut reader = png::Decoder::new(png).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut bytes).expect("whole");
        // ITU-R BT.601, as Pillow's `convert("L")`.
        let values = match frame.color_type {
            png::ColorType::Grayscale => bytes.iter().map(|v| f64::from(*v)).collect(),
            png::ColorType::Rgb => {
                let luminance = |p: &[u8]| 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2]);
                bytes.chunks_exact(3).map(luminance).collect()
            }
            other => panic!("neither grey nor RGB but {other:?}"),
        };
        Self { width: frame.width as usize, height: frame.height as usize, values }
    }

    /// The mean of each square of `side` pixels; what does not fill a square is cut off.
    pub(crate) fn reduced(&self, side: usize) -> Self {
        let (width, height) = (self.width / side, self.height / side);
        let mean = |index: usize| {
            let (x, y) = (index % width * side, index / width * side);
            let rows = (y..y + side).flat_map(|row| &self.values[row * self.width + x..][..side]);
            rows.sum::<f64>() / (side * side) as f64
        };
        Self { width, height, values: (0..width * height).map(mean).collect() }
    }

    /// The mean structural similarity of all windows of 8 × 8 pixels, four apart: Wang, Bovik, Sheikh and Simoncelli,
    /// "Image quality assessment", IEEE Transactions on Image Processing 13(4), 2004. 1 for equal pictures.
    pub(crate) fn similarity(&self, other: &Self) -> f64 {
        const WINDOW: usize = 8;
        const STEP: usize = 4;
        assert_eq!((self.width, self.height), (other.width, other.height), "pictures of different sizes");
        let (c1, c2) = ((0.01f64 * 255.0).powi(2), (0.03f64 * 255.0).powi(2));
        let window = |picture: &Self, x: usize, y: usize| -> Vec<f64> {
            let rows = (y..y + WINDOW).flat_map(|row| &picture.values[row * picture.width + x..][..WINDOW]);
            rows.copied().collect()
        };
        let n = (WINDOW * WINDOW) as f64;
        let (mut sum, mut count) = (0.0, 0.0);
        for y in (0..=self.height - WINDOW).step_by(STEP) {
            for x in (0..=self.width - WINDOW).step_by(STEP) {
                let (a, b) = (window(self, x, y), window(other, x, y));
                let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
                let moment = |p: &[f64], q: &[f64], mean_p: f64, mean_q: f64| {
                    p.iter().zip(q).map(|(p, q)| (p - mean_p) * (q - mean_q)).sum::<f64>() / (n - 1.0)
                };
                let (var_a, var_b) = (moment(&a, &a, mean_a, mean_a), moment(&b, &b, mean_b, mean_b));
                let covariance = moment(&a, &b, mean_a, mean_b);
                sum += (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2)
                    / ((mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2));
                count += 1.0;
            }
        }
        sum / count
    }
}
