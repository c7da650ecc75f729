//! Causal self-attention with several heads.
use super::{
    keys_values::KeysValues,
    linear::{Linear, Then},
    weights::Weights,
};
use crate::{
    Error, Gpt2Config,
    kernels::{Path, Rows, Sweep, Vectors, accumulate, dots, scale_by},
    threads::{Buffer, Team},
};

/// How many queries are taken at a time: their scores stay in the cache, and little is computed that is masked out.
const QUERIES: usize = 48;

/// Each position mixes the values of itself and of those before it.
#[derive(Debug)]
pub(in crate::model) struct Attention {
    /// `[C] -> [3·C]`: query, key and value.
    pub(in crate::model) c_attn: Linear,
    /// `[C] -> [C]`.
    pub(in crate::model) c_proj: Linear,
    /// H.
    pub(in crate::model) n_head: usize,
    /// What the scores `query · key` are multiplied by.
    pub(in crate::model) scale: f32,
}

impl Attention {
    pub(super) fn load(weights: &mut Weights, config: &Gpt2Config, n: usize) -> Result<Self, Error> {
        Ok(Self {
            c_attn: Linear::load(weights, &format!("h.{n}.attn.c_attn"))?,
            c_proj: Linear::load(weights, &format!("h.{n}.attn.c_proj"))?,
            n_head: config.n_head,
            scale: config.attention_scale(n) as f32,
        })
    }

    /// `[T, C] -> [T, C]`, added to `residual`; the tokens' keys and values are added to `past`, of P positions then.
    /// `scores`, if asked for, are `query · key` before they are scaled: `[H, T, P]`, zero where a key comes after its
    /// query.
    pub(super) fn forward(
        &self,
        team: &Team,
        x: &[f32],
        residual: &mut [f32],
        past: &mut KeysValues,
        scores: Option<&mut [f32]>,
    ) {
        let c = self.c_proj.bias.len();
        let (tokens, d) = (x.len() / c, c / self.n_head);
        let mut qkv = team.zeros(tokens * 3 * c); // [T, 3·C]
        self.c_attn.forward(team, x, &mut qkv, Then::Write);
        past.push(&qkv, c);
        let mut heads = team.zeros(tokens * c); // [H, T, D]
        let positions = past.len(c);
        let head = |h: usize, y: &mut [f32], scores: Option<&mut [f32]>| {
            Head { qkv: &qkv, past, at: h * d, d, c, scale: self.scale }.forward(team, y, scores);
        };
        match scores {
            None => team.share(heads.chunks_mut(tokens * d), |h, y| head(h, y, None)),
            Some(scores) => {
                let items = heads.chunks_mut(tokens * d).zip(scores.chunks_mut(tokens * positions));
                team.share(items, |h, (y, scores)| head(h, y, Some(scores)));
            }
        }
        let mut y = team.zeros(tokens * c); // [H, T, D] -> [T, C]
        for (h, head) in heads.chunks_exact(tokens * d).enumerate() {
            for (y, head) in y.chunks_exact_mut(c).zip(head.chunks_exact(d)) {
                y[h * d..][..d].copy_from_slice(head);
            }
        }
        self.c_proj.forward(team, &y, residual, Then::Add);
    }
}

/// One head of one pass.
struct Head<'a> {
    /// `[T, 3·C]`.
    qkv: &'a [f32],
    past: &'a KeysValues,
    /// Where this head's D values begin among C.
    at: usize,
    d: usize,
    c: usize,
    scale: f32,
}

impl Head<'_> {
    /// Into `y`, `[T, D]`; the scores into `[T, P]`.
    fn forward(&self, team: &Team, y: &mut [f32], mut scores: Option<&mut [f32]>) {
        let &Self { qkv, past, at, d, c, scale } = self;
        let path = Path::best();
        let (tokens, positions) = (y.len() / d, past.len(c));
        let before = positions - tokens;
        let columns = (positions - 1) * c + d;
        let keys = Rows::of(&past.keys[at..][..columns], positions, d, c); // [P, D]
        let values = Rows::of(&past.values[at..][..columns], positions, d, c); // [P, D]
        let transposed = (tokens > QUERIES / 4).then(|| transpose(team, &past.keys[at..], positions, d, c)); // [D, P]
        for first in (0..tokens).step_by(QUERIES) {
            let queries = QUERIES.min(tokens - first);
            // The last of these queries sees so many keys.
            let seen = before + first + queries;
            let q = Vectors::of(&qkv[first * 3 * c + at..], queries, d, 3 * c);
            let mut p = team.zeros(queries * seen);
            match &transposed {
                None => dots(path, q, keys.some_rows(0..seen), &mut p, seen),
                Some(transposed) => {
                    let keys = Rows::of(transposed, d, seen, positions);
                    accumulate(path, Sweep::block(), q, keys, &mut p, seen);
                }
            }
            for (t, p) in p.chunks_exact_mut(seen).enumerate() {
                let (p, masked) = p.split_at_mut(before + first + t + 1);
                masked.fill(0.0);
                if let Some(scores) = &mut scores {
                    let (seen, unseen) = scores[(first + t) * positions..][..positions].split_at_mut(p.len());
                    seen.copy_from_slice(p);
                    unseen.fill(0.0);
                }
                scale_by(path, scale, p);
                // Only an empty list has no softmax.
                let _ = softmax_core::softmax_in_place(p);
            }
            let p = Vectors::of(&p, queries, seen, seen);
            accumulate(path, Sweep::block(), p, values.some_rows(0..seen), &mut y[first * d..], d);
        }
    }
}

/// `[P, D] -> [D, P]`, of rows `stride` apart: sixteen rows at a time, whose values fill cache lines.
fn transpose<'a>(team: &'a Team, keys: &[f32], positions: usize, d: usize, stride: usize) -> Buffer<'a> {
    let mut transposed = team.zeros(positions * d);
    for first in (0..positions).step_by(16) {
        for (i, row) in transposed.chunks_exact_mut(positions).enumerate() {
            for (key, p) in row[first..].iter_mut().take(16).zip(first..) {
                *key = keys[p * stride + i];
            }
        }
    }
    transposed
}
