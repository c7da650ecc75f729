//! `y = x·W + b`, where most time is spent. For a short prompt, it is the time to read each weight once.
use std::ops::Range;

use super::matrix::Matrix;
use crate::{
    Activation, Error,
    kernels::{Sweep, Vectors, VectorsMut, accumulate, add, gelu},
    model::weights::Weights,
    threads::{Buffer, Team},
};

/// Up to this many tokens, threads split a weight by rows, so that each reads memory sequentially. Beyond, they split
/// it by columns, which needs no final sum. With `gpt2`, by rows and by columns, 12 tokens took 20.5 and 23 ms, 16
/// tokens 24.5 and 25, 24 tokens 38 and 35.
const STREAMED: usize = 16;

/// Each thread's rows are a multiple of this.
const ROWS: usize = 16;

/// Values between two tokens' partial sums, against cache-set conflicts: outputs can be a multiple of 1,024, which
/// maps the same column of each token to the same few L1 lines. Without it twelve tokens reached 129 GFLOP/s instead of
/// 160.
const PADDING: usize = 80;

/// Each thread's columns are a multiple of this.
const COLUMNS: usize = 64;

/// The step after the product.
#[derive(Debug, Clone, Copy)]
pub(super) enum Epilogue {
    /// Store it.
    Write,
    /// Store its activation.
    Activate(Activation),
    /// Add it to the output.
    Add,
}

/// A matrix `[in, out]` and its bias `[out]`.
#[derive(Debug)]
pub(super) struct Linear {
    weight: Matrix,
    pub(super) bias: Vec<f32>,
}

impl Linear {
    pub(super) fn load(weights: &mut Weights, key: &str) -> Result<Self, Error> {
        Ok(Self { weight: weights.matrix(&format!("{key}.weight"))?, bias: weights.vector(&format!("{key}.bias"))? })
    }

    /// `[T, in] -> [T, out]`, into `y`.
    pub(super) fn forward(&self, team: &Team, x: Vectors<'_>, y: VectorsMut<'_>, epilogue: Epilogue) {
        let tokens = x.tokens();
        if tokens <= STREAMED {
            let (sums, stride) = self.by_rows(team, x);
            let parts = if tokens * y.width() < PARALLEL_FROM { 1 } else { team.threads() };
            self.by_columns(team, y, parts, epilogue, |columns, y| {
                for sums in sums.chunks_exact(tokens * stride) {
                    for t in 0..tokens {
                        add(&sums[t * stride..][columns.clone()], y.token(t));
                    }
                }
            });
        } else {
            self.weight.prefault(team);
            let weight = self.weight.rows();
            self.by_columns(team, y, 2 * team.threads(), epilogue, |columns, y| {
                accumulate(Sweep::block(x.tokens()), x, weight.some_columns(columns), y);
            });
        }
    }

    /// The sum over each thread's rows, `[parts, T, stride]`.
    fn by_rows<'a>(&self, team: &'a Team, x: Vectors<'_>) -> (Buffer<'a>, usize) {
        let (weight, sweep, tokens) = (self.weight.rows(), Sweep::stream(x.tokens()), x.tokens());
        let [rows, outputs] = self.weight.shape();
        let stride = outputs + PADDING;
        let part = rows.div_ceil(team.threads()).next_multiple_of(ROWS);
        let mut sums = team.buffer(rows.div_ceil(part) * tokens * stride);
        team.for_each_parallel(sums.chunks_mut(tokens * stride), |n, sums| {
            sums.fill(0.0);
            let mut sums = VectorsMut::of(sums, tokens, outputs, stride);
            self.weight.in_pieces(n * part..rows.min((n + 1) * part), |rows| {
                accumulate(sweep, x.some(rows.clone()), weight.some_rows(rows), &mut sums);
            });
        });
        self.weight.mark_prefaulted();
        (sums, stride)
    }

    /// Bias, product and epilogue, some columns at a time.
    fn by_columns(
        &self,
        team: &Team,
        y: VectorsMut<'_>,
        parts: usize,
        epilogue: Epilogue,
        add_product: impl Fn(Range<usize>, &mut VectorsMut<'_>) + Sync,
    ) {
        let part = y.width().div_ceil(parts).next_multiple_of(COLUMNS);
        team.for_each_parallel(y.parts(part), |n, mut y| {
            let columns = n * part..n * part + y.width();
            let bias = &self.bias[columns.clone()];
            for t in 0..y.tokens() {
                match epilogue {
                    Epilogue::Write | Epilogue::Activate(_) => y.token(t).copy_from_slice(bias),
                    Epilogue::Add => add(bias, y.token(t)),
                }
            }
            add_product(columns, &mut y);
            if let Epilogue::Activate(activation) = epilogue {
                for t in 0..y.tokens() {
                    gelu(activation, y.token(t));
                }
            }
        });
    }
}

/// Fewer values stay on one thread: a second one would start too late to help.
pub(super) const PARALLEL_FROM: usize = 1 << 14;
