//! GPT-2 on the CPU: every weight is read where it lies, in its file.
//!
//! What a block does is in `attention` and `mlp`; the layers load themselves and are named as in the checkpoint. T
//! tokens in a pass, P positions with those before it, V, C, H, D and I as in [`Gpt2Config`].
use crate::{
    Error, Gpt2Config,
    kernels::{Path, Vectors, VectorsMut, dots},
    threads::Team,
};

mod attention;
mod block;
mod keys_values;
mod layer_norm;
mod linear;
mod mlp;
mod weights;

use block::Block;
pub(super) use keys_values::KeysValues;
pub(super) use layer_norm::LayerNorm;
#[cfg(feature = "torch")]
pub(super) use linear::Linear;
pub(super) use weights::{Matrix, Weights};

/// The parts of a GPT-2, all of whose arithmetic is f32.
#[derive(Debug)]
pub(super) struct Transformer {
    /// `[V, C]`.
    pub(super) wte: Matrix,
    /// `[n_positions, C]`.
    pub(super) wpe: Matrix,
    pub(super) h: Vec<Block>,
    pub(super) ln_f: LayerNorm,
    /// `[V, C]`; `wte` if there is none.
    pub(super) lm_head: Option<Matrix>,
}

impl Transformer {
    pub(super) fn load(mut weights: Weights, config: &Gpt2Config) -> Result<Self, Error> {
        let weights = &mut weights;
        Ok(Self {
            wte: weights.matrix("wte.weight")?,
            wpe: weights.matrix("wpe.weight")?,
            h: (0..config.n_layer).map(|n| Block::load(weights, config, n)).collect::<Result<_, _>>()?,
            ln_f: LayerNorm::load(weights, "ln_f", config.layer_norm_epsilon)?,
            lm_head: if config.tie_word_embeddings { None } else { Some(weights.matrix("lm_head.weight")?) },
        })
    }

    /// `[T] -> [T, C]`: what each token is, and where, from position `first` on.
    pub(super) fn embed(&self, ids: &[u32], first: usize) -> Vec<f32> {
        let (wte, wpe) = (self.wte.rows(), self.wpe.rows());
        let sum = |(t, &id): (usize, &u32)| {
            wte.row(id as usize).into_iter().zip(wpe.row(first + t)).map(|(token, position)| token + position)
        };
        ids.iter().enumerate().flat_map(sum).collect()
    }

    /// `[T, C]`, in place: the `n`th block. See [`Attention`](attention::Attention) for `scores`.
    pub(super) fn block(
        &self,
        team: &Team,
        n: usize,
        x: &mut [f32],
        past: &mut KeysValues,
        scores: Option<&mut [f32]>,
    ) {
        self.h[n].forward(team, x, past, scores);
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn ln_f(&self, team: &Team, x: &[f32]) -> Vec<f32> {
        self.ln_f.forward(team, x).to_vec()
    }

    /// `[T, C] -> [T, V]`.
    pub(super) fn lm_head(&self, team: &Team, x: &[f32]) -> Vec<f32> {
        let [v, c] = self.head().shape();
        let tokens = x.len() / c;
        let x = Vectors::of(x, tokens, c, c);
        let part = v.div_ceil(4 * team.threads());
        let mut y = vec![0.0; tokens * v];
        let head = self.head();
        team.share(VectorsMut::of(&mut y, tokens, v, v).parts(part), |n, mut y| {
            let first = n * part;
            head.in_pieces(first..first + y.width(), |rows| {
                let mut y = y.some(rows.start - first..rows.end - first);
                dots(Path::best(), x, head.rows().some_rows(rows), &mut y);
            });
        });
        head.is_read_in();
        y
    }

    fn head(&self) -> &Matrix {
        self.lm_head.as_ref().unwrap_or(&self.wte)
    }
}
