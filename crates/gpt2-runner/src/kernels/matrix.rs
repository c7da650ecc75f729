//! Views of a stored matrix and of the vectors that it is multiplied with.
use std::{marker::PhantomData, ops::Range};

use half::{bf16, f16};

/// A number format, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    F32,
    F16,
    BF16,
}

impl Format {
    /// Bytes of a number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }

    /// The numbers in some bytes.
    pub(crate) fn values(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            Self::BF16 => bytes.as_chunks().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
        }
    }
}

/// A borrowed matrix: rows of `columns` numbers, `stride` numbers apart, at any alignment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) format: Format,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) stride: usize,
}

impl<'a> Rows<'a> {
    /// `[rows, columns]` without gaps; `None` if there are too few bytes.
    pub(crate) fn new(bytes: &'a [u8], format: Format, rows: usize, columns: usize) -> Option<Self> {
        let enough = rows.checked_mul(columns)?.checked_mul(format.size())? <= bytes.len();
        enough.then_some(Self { bytes, format, rows, columns, stride: columns })
    }

    /// `[rows, columns]` of `values`, rows `stride` apart.
    ///
    /// # Panics
    /// If there are too few values.
    pub(crate) fn of(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(columns <= stride && (rows == 0 || (rows - 1) * stride + columns <= values.len()));
        // SAFETY: any f32 is four bytes, and bytes have no alignment.
        let bytes = unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) };
        #[cfg(target_endian = "big")]
        compile_error!("the kernels read numbers as in the file, which is little-endian");
        Self { bytes, format: Format::F32, rows, columns, stride }
    }

    /// A range of rows.
    pub(crate) fn some_rows(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.rows);
        let start = (range.start * self.stride * self.format.size()).min(self.bytes.len());
        Self { bytes: &self.bytes[start..], rows: range.len(), ..self }
    }

    /// A range of columns.
    pub(crate) fn some_columns(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.columns);
        let start = (range.start * self.format.size()).min(self.bytes.len());
        Self { bytes: &self.bytes[start..], columns: range.len(), ..self }
    }

    /// A row's numbers.
    pub(crate) fn row(&self, row: usize) -> Vec<f32> {
        let size = self.format.size();
        self.format.values(&self.bytes[row * self.stride * size..][..self.columns * size])
    }

    pub(super) fn value(&self, row: usize, column: usize) -> f32 {
        let size = self.format.size();
        let bytes = &self.bytes[(row * self.stride + column) * size..][..size];
        match *bytes {
            [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
            [a, b] if self.format == Format::F16 => f16::from_le_bytes([a, b]).to_f32(),
            [a, b] => bf16::from_le_bytes([a, b]).to_f32(),
            _ => unreachable!("a format has two or four bytes"),
        }
    }
}

/// `tokens` vectors of `len` numbers, `stride` apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vectors<'a> {
    pub(super) values: &'a [f32],
    pub(super) tokens: usize,
    pub(super) len: usize,
    pub(super) stride: usize,
}

impl<'a> Vectors<'a> {
    /// # Panics
    /// If there are too few values.
    pub(crate) fn of(values: &'a [f32], tokens: usize, len: usize, stride: usize) -> Self {
        assert!(len <= stride && (tokens == 0 || (tokens - 1) * stride + len <= values.len()));
        Self { values, tokens, len, stride }
    }

    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Some of each vector's numbers.
    pub(crate) fn some(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len);
        Self { values: &self.values[range.start.min(self.values.len())..], len: range.len(), ..self }
    }
}

/// `tokens` vectors of `len` numbers, `stride` apart, to be written; it can be split by columns between threads.
#[derive(Debug)]
pub(crate) struct VectorsMut<'a> {
    pub(super) values: *mut f32,
    pub(super) tokens: usize,
    pub(super) len: usize,
    pub(super) stride: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a part of a `&mut [f32]` that no other value refers to.
unsafe impl Send for VectorsMut<'_> {}

impl<'a> VectorsMut<'a> {
    /// # Panics
    /// If there are too few values.
    pub(crate) fn of(values: &'a mut [f32], tokens: usize, len: usize, stride: usize) -> Self {
        assert!(len <= stride && (tokens == 0 || (tokens - 1) * stride + len <= values.len()));
        Self { values: values.as_mut_ptr(), tokens, len, stride, borrowed: PhantomData }
    }

    /// Splits into chunks of `width` numbers of each vector; the last may be narrower.
    ///
    /// # Panics
    /// If `width` is 0.
    pub(crate) fn parts(self, width: usize) -> impl Iterator<Item = Self> {
        (0..self.len).step_by(width).map(move |first| {
            // SAFETY: `first` is below the length of a vector, and there are vectors or nothing is ever read.
            let values = unsafe { self.values.add(if self.tokens == 0 { 0 } else { first }) };
            Self { values, len: width.min(self.len - first), ..self }
        })
    }

    /// Some of the vectors.
    pub(crate) fn some_tokens(&mut self, range: Range<usize>) -> VectorsMut<'_> {
        assert!(range.start <= range.end && range.end <= self.tokens);
        let start = if range.is_empty() { 0 } else { range.start * self.stride };
        // SAFETY: the first number of a vector, or the first of all.
        let values = unsafe { self.values.add(start) };
        VectorsMut { values, tokens: range.len(), len: self.len, stride: self.stride, borrowed: PhantomData }
    }

    /// Some of each vector's numbers.
    pub(crate) fn some(&mut self, range: Range<usize>) -> VectorsMut<'_> {
        assert!(range.start <= range.end && range.end <= self.len);
        let start = if self.tokens == 0 || range.is_empty() { 0 } else { range.start };
        // SAFETY: a number of the first vector.
        let values = unsafe { self.values.add(start) };
        VectorsMut { values, tokens: self.tokens, len: range.len(), stride: self.stride, borrowed: PhantomData }
    }

    /// A vector.
    pub(crate) fn token(&mut self, t: usize) -> &mut [f32] {
        assert!(t < self.tokens);
        // SAFETY: `of` checked the bounds, and this value has the only reference.
        unsafe { std::slice::from_raw_parts_mut(self.values.add(t * self.stride), self.len) }
    }

    /// Sets all numbers.
    pub(crate) fn fill(&mut self, value: f32) {
        for t in 0..self.tokens {
            self.token(t).fill(value);
        }
    }

    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// How many numbers each has.
    pub(crate) fn width(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_matrix_are_its_values() {
        let values: Vec<f32> = (0..12).map(|n| n as f32 * 0.25).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let w = Rows::new(&bytes, Format::F32, 3, 4).unwrap();
        assert_eq!(w.some_rows(1..3).some_columns(2..4).row(1), values[10..12]);
        assert_eq!((w.some_rows(3..3).rows, w.some_columns(4..4).columns), (0, 0));
        assert!(Rows::new(&bytes, Format::F32, 3, 5).is_none());
    }

    #[test]
    fn vectors_are_shared_out_by_their_numbers() {
        let mut values: Vec<f32> = vec![0.0; 3 * 8];
        let mut parts: Vec<VectorsMut<'_>> = VectorsMut::of(&mut values, 3, 7, 8).parts(3).collect();
        assert_eq!(parts.iter().map(VectorsMut::width).collect::<Vec<_>>(), [3, 3, 1]);
        std::thread::scope(|scope| {
            for (n, part) in parts.iter_mut().enumerate() {
                scope.spawn(move || {
                    part.fill(n as f32 + 1.0);
                    part.some_tokens(1..3).token(1)[0] = 9.0;
                });
            }
        });
        let row = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 0.0];
        assert_eq!(values[..8], row);
        assert_eq!(values[8..16], row);
        assert_eq!(values[16..], [9.0, 1.0, 1.0, 9.0, 2.0, 2.0, 9.0, 0.0]);
        assert_eq!(VectorsMut::of(&mut [], 0, 7, 8).parts(3).count(), 3);
    }
}
