//! GPT-2 on this crate's own CPU kernels. Every weight is read in place, from the mapped file.
//!
//! The layers are those of `torch.rs`, which has the whole model in one file; only the computation differs. Layers
//! load themselves and are named as in the checkpoint. T tokens in a pass,
//! P positions with those before it, V, C, H, D and I as in [`Gpt2Config`].
use super::weights::Weights;
use crate::{
    Error, Gpt2Config,
    kernels::{Vectors, VectorsMut, dots},
    threads::{self, Team},
};

mod attention;
mod block;
mod linear;
mod matrix;

pub(super) use attention::KeysValues;
use block::{Block, LayerNorm};
use matrix::Matrix;

/// The number of positions per head product: enough for full speed.
const POSITIONS_AT_A_TIME: usize = 64;

/// The layers of a GPT-2, computed in f32.
#[derive(Debug)]
pub(super) struct NativeTransformer {
    /// `[V, C]`.
    wte: Matrix,
    /// `[n_positions, C]`.
    wpe: Matrix,
    h: Vec<Block>,
    ln_f: LayerNorm,
    /// `[V, C]`; if `None`, `wte` is used.
    lm_head: Option<Matrix>,
    /// C.
    n_embd: usize,
}

impl NativeTransformer {
    pub(super) fn load(mut weights: Weights, config: &Gpt2Config) -> Result<Self, Error> {
        let weights = &mut weights;
        Ok(Self {
            wte: weights.matrix("wte.weight")?,
            wpe: weights.matrix("wpe.weight")?,
            h: (0..config.n_layer).map(|n| Block::load(weights, config, n)).collect::<Result<_, _>>()?,
            ln_f: LayerNorm::load(weights, "ln_f", config.layer_norm_epsilon)?,
            lm_head: if config.tie_word_embeddings { None } else { Some(weights.matrix("lm_head.weight")?) },
            n_embd: config.n_embd,
        })
    }

    /// Empty keys and values.
    pub(super) fn no_past(&self) -> Vec<KeysValues> {
        vec![KeysValues::default(); self.h.len()]
    }

    /// `[T] -> [T, C]`: token and position embeddings, from position `first` on.
    pub(super) fn embed(&self, ids: &[u32], first: usize) -> Vec<f32> {
        let (wte, wpe) = (self.wte.rows(), self.wpe.rows());
        let sum = |(t, &id): (usize, &u32)| {
            wte.row(id as usize).into_iter().zip(wpe.row(first + t)).map(|(token, position)| token + position)
        };
        ids.iter().enumerate().flat_map(sum).collect()
    }

    /// `[T] -> [T, C]`: embeddings and all blocks; the tokens' keys and values are added to `past`.
    pub(super) fn forward(&self, ids: &[u32], first: usize, past: &mut [KeysValues]) -> Result<Vec<f32>, Error> {
        threads::run(|team| {
            let mut x = self.embed(ids, first);
            for (block, past) in self.h.iter().zip(past) {
                block.forward(team, &mut x, past, None);
            }
            x
        })
    }

    /// `[T] -> [T, C]`: the same from the first position on, without keeping keys and values.
    pub(super) fn forward_alone(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        threads::run(|team| {
            let mut x = self.embed(ids, 0);
            let mut past = KeysValues::default();
            for block in &self.h {
                past.clear();
                block.forward(team, &mut x, &mut past, None);
            }
            x
        })
    }

    /// `[T, C]`, in place: the `n`th block. See [`Attention`](attention::Attention) for `scores`.
    pub(super) fn block(&self, n: usize, x: &mut [f32], scores: Option<&mut [f32]>) -> Result<(), Error> {
        threads::run(|team| self.h[n].forward(team, x, &mut KeysValues::default(), scores))
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn ln_f(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        threads::run(|team| self.ln_f.forward(team, x).to_vec())
    }

    /// `[T, C] -> [T, V]`.
    pub(super) fn lm_head(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        threads::run(|team| self.head_of(team, x))
    }

    /// `[T, C] -> [T, V]`: `ln_f` and the head.
    pub(super) fn logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        let x = self.ln_f(x)?;
        let mut logits = Vec::with_capacity(x.len() / self.n_embd * self.head().shape()[0]);
        for x in x.chunks(POSITIONS_AT_A_TIME * self.n_embd) {
            logits.extend(self.lm_head(x)?);
        }
        Ok(logits)
    }

    /// `[T, C] -> [V]`: `ln_f` and the head at the last position only.
    pub(super) fn last_logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        self.lm_head(&self.ln_f(&x[x.len() - self.n_embd..])?)
    }

    fn head_of(&self, team: &Team, x: &[f32]) -> Vec<f32> {
        let [v, c] = self.head().shape();
        let tokens = x.len() / c;
        let x = Vectors::of(x, tokens, c, c);
        let part = v.div_ceil(4 * team.threads());
        let mut y = vec![0.0; tokens * v];
        let head = self.head();
        team.for_each_parallel(VectorsMut::of(&mut y, tokens, v, v).parts(part), |n, mut y| {
            let first = n * part;
            head.in_pieces(first..first + y.width(), |rows| {
                let mut y = y.some(rows.start - first..rows.end - first);
                dots(x, head.rows().some_rows(rows), &mut y);
            });
        });
        head.mark_prefaulted();
        y
    }

    fn head(&self) -> &Matrix {
        self.lm_head.as_ref().unwrap_or(&self.wte)
    }
}
