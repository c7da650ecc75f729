//! Weights in place: in their mapped file, or in bytes in memory.
use std::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

use safetensors::tensor::Dtype;

use crate::{
    Error,
    checkpoint::Stored,
    error::TensorProblem,
    kernels::{Format, Rows},
    model::weights::Weights,
    threads::Team,
};

impl Weights {
    /// Takes a parameter of one dimension, in f32.
    pub(super) fn vector(&mut self, name: &str) -> Result<Vec<f32>, Error> {
        let stored = self.take(name)?;
        Ok(format(&stored).values(stored.bytes()))
    }

    /// Takes a parameter of two dimensions.
    pub(super) fn matrix(&mut self, name: &str) -> Result<Matrix, Error> {
        let stored = self.take(name)?;
        let (format, shape) = (format(&stored), stored.shape.as_slice());
        match *shape {
            [rows, columns] if Rows::new(stored.bytes(), format, rows, columns).is_some() => {
                Ok(Matrix { format, rows, columns, stored, read_in: AtomicBool::new(false) })
            }
            _ => Err(self.no(TensorProblem::Shape { name: name.into(), shape: shape.to_vec(), expected: vec![] })),
        }
    }
}

/// A matrix in place.
#[derive(Debug)]
pub(super) struct Matrix {
    stored: Stored<'static>,
    format: Format,
    rows: usize,
    columns: usize,
    /// Whether its pages have been prefaulted.
    read_in: AtomicBool,
}

/// The number of bytes that one thread prefaults at a time. Measured on `gpt2-large`, from a cold process to the first
/// logits: a whole matrix at once 0.60 s, 0.5 to 4 MB right before use 0.42 to 0.48, page faults only 0.44 to 0.68.
const PIECE: usize = 1 << 20;

/// A piece's rows are a multiple of this.
const ROWS: usize = 16;

impl Matrix {
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows::new(self.stored.bytes(), self.format, self.rows, self.columns).expect("checked when it was taken")
    }

    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// Prefaults the matrix's pages on all threads, once.
    pub(super) fn read_in(&self, team: &Team) {
        if !self.read_in.load(Ordering::Relaxed) {
            let length = self.stored.bytes().len();
            team.for_each_parallel(0..length.div_ceil(PIECE), |_, n| {
                self.stored.read_in(n * PIECE..length.min((n + 1) * PIECE));
            });
            self.is_read_in();
        }
    }

    /// Calls `f` with some rows: all at once, or in pieces that are prefaulted first, if that is still needed. After
    /// the last row, call [`is_read_in`](Self::is_read_in).
    pub(super) fn in_pieces(&self, rows: Range<usize>, mut f: impl FnMut(Range<usize>)) {
        if self.read_in.load(Ordering::Relaxed) {
            return f(rows);
        }
        let row = self.columns * self.format.size();
        let step = (PIECE / row.max(1)).next_multiple_of(ROWS).max(ROWS);
        for first in rows.clone().step_by(step) {
            let piece = first..rows.end.min(first + step);
            self.stored.read_in(piece.start * row..piece.end * row);
            f(piece);
        }
    }

    /// Marks the matrix's pages as prefaulted.
    pub(super) fn is_read_in(&self) {
        self.read_in.store(true, Ordering::Relaxed);
    }
}

/// A parameter's number format. The checkpoint accepts no other dtype.
fn format(stored: &Stored<'_>) -> Format {
    match stored.dtype {
        Dtype::F16 => Format::F16,
        Dtype::BF16 => Format::BF16,
        _ => Format::F32,
    }
}
