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
                Ok(Matrix { format, rows, columns, stored, prefaulted: AtomicBool::new(false) })
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
    prefaulted: AtomicBool,
}

/// The number of bytes that one thread prefaults at a time. From a new process to the first logits of `gpt2-large`, file
/// in the page cache: a whole matrix at once 0.60 s, 0.5 to 4 MB right before use 0.42 to 0.48, without prefaulting 0.44
/// to 0.68. In CPU time on AMD Zen 5, without by with: 7 tokens 1.69, and `gpt2` 1.42; 1 token of `gpt2` 1.10.
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
    pub(super) fn prefault(&self, team: &Team) {
        if !self.prefaulted.load(Ordering::Relaxed) {
            let length = self.stored.bytes().len();
            team.for_each_parallel(0..length.div_ceil(PIECE), |_, n| {
                self.stored.prefault(n * PIECE..length.min((n + 1) * PIECE));
            });
            self.mark_prefaulted();
        }
    }

    /// Calls `f` with some rows: all at once, or in pieces that are prefaulted first, if that is still needed. After
    /// the last row, call [`mark_prefaulted`](Self::mark_prefaulted).
    pub(super) fn in_pieces(&self, rows: Range<usize>, mut f: impl FnMut(Range<usize>)) {
        if self.prefaulted.load(Ordering::Relaxed) {
            return f(rows);
        }
        let row = self.columns * self.format.size();
        let step = (PIECE / row.max(1)).next_multiple_of(ROWS).max(ROWS);
        for first in rows.clone().step_by(step) {
            let piece = first..rows.end.min(first + step);
            self.stored.prefault(piece.start * row..piece.end * row);
            f(piece);
        }
    }

    /// Marks the matrix's pages as prefaulted.
    pub(super) fn mark_prefaulted(&self) {
        self.prefaulted.store(true, Ordering::Relaxed);
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
