//! `y = x·W + b`, which is where the time goes: for a short prompt, in reading each weight once.
use super::weights::{Matrix, Weights};
use crate::{
    Activation, Error,
    kernels::{Path, Sweep, Vectors, accumulate, add, gelu},
    threads::{Buffer, Team},
};

/// Up to so many tokens the rows of a weight are shared out over the threads, each of which then reads memory from
/// one end to the other; beyond, its columns, so that nothing is left to add up.
const STREAMED: usize = 16;

/// A part of the rows has a multiple of so many of them.
const ROWS: usize = 16;

/// A part of the columns has a multiple of so many.
const COLUMNS: usize = 64;

/// What is done with the product.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// It is written.
    Write,
    /// Its activation is.
    Activate(Activation),
    /// It is added to what is there.
    Add,
}

/// A matrix `[in, out]` and its bias `[out]`.
#[derive(Debug)]
pub(in crate::model) struct Linear {
    pub(in crate::model) weight: Matrix,
    pub(in crate::model) bias: Vec<f32>,
}

impl Linear {
    pub(super) fn load(weights: &mut Weights, key: &str) -> Result<Self, Error> {
        Ok(Self { weight: weights.matrix(&format!("{key}.weight"))?, bias: weights.vector(&format!("{key}.bias"))? })
    }

    /// `[T, in] -> [T, out]`, into `y`.
    pub(super) fn forward(&self, team: &Team, x: &[f32], y: &mut [f32], then: Then) {
        let [inputs, outputs] = self.weight.shape();
        let tokens = x.len() / inputs;
        let x = Vectors::of(x, tokens, inputs, inputs);
        if tokens <= STREAMED {
            let sums = self.by_rows(team, x); // [parts, T, out]
            self.finish(team, y, then, |t, y| {
                for part in sums.chunks_exact(tokens * outputs) {
                    add(Path::best(), &part[t * outputs..][..outputs], y);
                }
            });
        } else {
            self.weight.read_in(team);
            let part = outputs.div_ceil(4 * team.threads()).next_multiple_of(COLUMNS);
            let sums = self.by_columns(team, x, part); // parts of [T, part]
            self.finish(team, y, then, |t, y| {
                for (part, y) in sums.chunks(tokens * part).zip(y.chunks_mut(part)) {
                    add(Path::best(), &part[t * y.len()..][..y.len()], y);
                }
            });
        }
    }

    /// Each part has a sum of its own for every output.
    fn by_rows<'a>(&self, team: &'a Team, x: Vectors<'_>) -> Buffer<'a> {
        let (weight, sweep) = (self.weight.rows(), Sweep::stream(x.tokens()));
        let [rows, outputs] = self.weight.shape();
        let part = rows.div_ceil(team.threads()).next_multiple_of(ROWS);
        let mut sums = team.zeros(rows.div_ceil(part) * x.tokens() * outputs);
        team.share(sums.chunks_mut(x.tokens() * outputs), |n, sums| {
            let rows = n * part..rows.min((n + 1) * part);
            self.weight.in_pieces(rows, |rows| {
                accumulate(Path::best(), sweep, x.some(rows.clone()), weight.some_rows(rows), sums, outputs);
            });
        });
        self.weight.is_read_in();
        sums
    }

    /// Each part has the whole sum of some of the outputs.
    fn by_columns<'a>(&self, team: &'a Team, x: Vectors<'_>, part: usize) -> Buffer<'a> {
        let weight = self.weight.rows();
        let [_, outputs] = self.weight.shape();
        let mut sums = team.zeros(x.tokens() * outputs);
        team.share(sums.chunks_mut(x.tokens() * part), |n, sums| {
            let columns = n * part..outputs.min((n + 1) * part);
            let width = columns.len();
            accumulate(Path::best(), Sweep::block(), x, weight.some_columns(columns), sums, width);
        });
        sums
    }

    /// Bias, sums and what comes then, for each token's row.
    fn finish(&self, team: &Team, y: &mut [f32], then: Then, add_sums: impl Fn(usize, &mut [f32]) + Sync) {
        for_each_row(team, y, self.bias.len(), |t, y| {
            match then {
                Then::Write | Then::Activate(_) => y.copy_from_slice(&self.bias),
                Then::Add => add(Path::best(), &self.bias, y),
            }
            add_sums(t, y);
            if let Then::Activate(activation) = then {
                gelu(Path::best(), activation, y);
            }
        });
    }
}

/// Below so many values a second thread comes too late to help.
const WORTH_SHARING: usize = 1 << 14;

/// Calls a function for each row of `width` values, on several threads where that gains.
pub(super) fn for_each_row(team: &Team, x: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    if x.len() < WORTH_SHARING {
        x.chunks_exact_mut(width).enumerate().for_each(|(t, row)| f(t, row));
    } else {
        team.share(x.chunks_exact_mut(width), f);
    }
}
