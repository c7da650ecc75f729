//! Weights where they lie: in their file, mapped into memory, or in bytes that the program holds.
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

/// A matrix where it lies.
#[derive(Debug)]
pub(super) struct Matrix {
    stored: Stored<'static>,
    format: Format,
    rows: usize,
    columns: usize,
    /// Whether the system has been asked for its pages.
    read_in: AtomicBool,
}

/// How many bytes one thread maps at a time. Measured on `gpt2-large`, from a cold process to the first logits: a
/// matrix at once 0.60 s, 0.5 to 4 MB at a time right before they are used 0.42 to 0.48, page faults alone 0.44 to 0.68.
const PIECE: usize = 1 << 20;

/// A piece has a multiple of so many rows.
const ROWS: usize = 16;

impl Matrix {
    pub(super) fn rows(&self) -> Rows<'_> {
        Rows::new(self.stored.bytes(), self.format, self.rows, self.columns).expect("checked when it was taken")
    }

    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// Maps the matrix' pages on all threads, unless that has been done.
    pub(super) fn read_in(&self, team: &Team) {
        if !self.read_in.load(Ordering::Relaxed) {
            let length = self.stored.bytes().len();
            team.share(0..length.div_ceil(PIECE), |_, n| {
                self.stored.read_in(n * PIECE..length.min((n + 1) * PIECE));
            });
            self.is_read_in();
        }
    }

    /// Calls `f` with some rows: all at once, or in pieces whose pages are mapped right before, unless that has been
    /// done. Whoever has gone through all rows says so with [`is_read_in`](Self::is_read_in).
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

    /// From now on the matrix' pages count as mapped.
    pub(super) fn is_read_in(&self) {
        self.read_in.store(true, Ordering::Relaxed);
    }
}

/// How a parameter's numbers are stored: the checkpoint lets no other dtype pass.
fn format(stored: &Stored<'_>) -> Format {
    match stored.dtype {
        Dtype::F16 => Format::F16,
        Dtype::BF16 => Format::BF16,
        _ => Format::F32,
    }
}
