//! The one copy of the weights: out of the file, widened to f32, laid out as the matmul wants them.
use std::{sync::Mutex, thread};

use half::{bf16, f16};
use safetensors::tensor::Dtype;

use super::threads;
use crate::checkpoint::{Layout, Parameter, Stored};

/// Large parameters that are stored as they are used are copied in pieces of so many values (16 MB): for balance, and
/// so that the file's pages are given back before the next are read.
const PIECE: usize = 1 << 22;

/// The side of the square that is transposed at a time: 16 f32 are a cache line.
const TILE: usize = 16;

/// One piece of work.
pub(super) struct Copy<'a> {
    stored: Stored<'a>,
    to: &'a mut [f32],
    from: From,
}

enum From {
    /// The values from this one on.
    Run { first: usize },
    /// All of an `[inputs, outputs]` matrix.
    Matrix { inputs: usize, outputs: usize },
}

impl<'a> Copy<'a> {
    /// Adds the work for one parameter.
    pub(super) fn add(copies: &mut Vec<Self>, parameter: &Parameter, stored: Stored<'a>, to: &'a mut [f32]) {
        match (parameter.layout, parameter.shape.as_slice()) {
            (Layout::Transposed, &[inputs, outputs]) => {
                copies.push(Self { stored, to, from: From::Matrix { inputs, outputs } });
            }
            _ => copies.extend(to.chunks_mut(PIECE).enumerate().map(|(n, to)| Self {
                stored,
                to,
                from: From::Run { first: n * PIECE },
            })),
        }
    }

    fn run(self) {
        match self.stored.dtype {
            Dtype::F16 => self.run_as(|b: [u8; 2]| f16::from_le_bytes(b).to_f32()),
            Dtype::BF16 => self.run_as(|b: [u8; 2]| bf16::from_le_bytes(b).to_f32()),
            // The checkpoint lets no other pass.
            _ => self.run_as(f32::from_le_bytes),
        }
    }

    /// The file's values may lie at any byte: they are read byte by byte (which compiles to plain loads).
    fn run_as<const N: usize>(self, value: impl Fn([u8; N]) -> f32) {
        let (from, _) = self.stored.bytes.as_chunks::<N>();
        match self.from {
            From::Run { first } => {
                for (to, &from) in self.to.iter_mut().zip(&from[first..]) {
                    *to = value(from);
                }
                self.stored.release(first * N..(first + self.to.len()) * N);
            }
            From::Matrix { inputs, outputs } => {
                transpose(from, inputs, outputs, self.to, value);
                self.stored.release(0..from.len() * N);
            }
        }
    }
}

/// Does all the work, on as many threads as libtorch would use.
pub(super) fn copy_all(copies: Vec<Copy<'_>>) {
    let queue = Mutex::new(copies.into_iter());
    let next = || queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let work = || {
        while let Some(copy) = next() {
            copy.run();
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads().get() {
            scope.spawn(work);
        }
        work();
    });
}

/// `[inputs, outputs] -> [outputs, inputs]`, in tiles: reads a few rows side by side and writes whole cache lines.
fn transpose<const N: usize>(
    from: &[[u8; N]],
    inputs: usize,
    outputs: usize,
    to: &mut [f32],
    value: impl Fn([u8; N]) -> f32,
) {
    for i0 in (0..inputs).step_by(TILE) {
        for o0 in (0..outputs).step_by(TILE) {
            if i0 + TILE <= inputs && o0 + TILE <= outputs {
                let mut tile = [[0.0; TILE]; TILE];
                for (i, row) in tile.iter_mut().enumerate() {
                    let from = &from[(i0 + i) * outputs + o0..][..TILE];
                    for (x, &from) in row.iter_mut().zip(from) {
                        *x = value(from);
                    }
                }
                for o in 0..TILE {
                    let to = &mut to[(o0 + o) * inputs + i0..][..TILE];
                    for (to, row) in to.iter_mut().zip(&tile) {
                        *to = row[o];
                    }
                }
            } else {
                for i in i0..inputs.min(i0 + TILE) {
                    for o in o0..outputs.min(o0 + TILE) {
                        to[o * inputs + i] = value(from[i * outputs + o]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_whole_and_partial_tiles() {
        for (inputs, outputs) in [(1, 1), (16, 32), (33, 16), (17, 50), (5, 3)] {
            let from: Vec<[u8; 4]> = (0..inputs * outputs).map(|n| (n as f32).to_le_bytes()).collect();
            let mut to = vec![-1.0; from.len()];
            transpose(&from, inputs, outputs, &mut to, f32::from_le_bytes);
            for i in 0..inputs {
                for o in 0..outputs {
                    assert_eq!(to[o * inputs + i], (i * outputs + o) as f32);
                }
            }
        }
    }
}
