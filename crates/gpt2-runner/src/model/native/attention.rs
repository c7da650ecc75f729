//! Causal self-attention with several heads, and the keys and values that it keeps.
use super::linear::{Epilogue, Linear};
use crate::{
    Error, Gpt2Config,
    kernels::{Rows, Sweep, Vectors, VectorsMut, accumulate, dots, scale_by},
    model::weights::Weights,
    threads::{Buffer, Team},
};

/// Queries per block: the scores fit into the cache, and few masked scores are computed.
const QUERIES: usize = 48;

/// Causal self-attention with H heads.
#[derive(Debug)]
pub(super) struct Attention {
    /// `[C] -> [3·C]`: query, key and value.
    c_attn: Linear,
    /// `[C] -> [C]`.
    c_proj: Linear,
    /// H.
    n_head: usize,
    /// The factor of the scores `query · key`.
    scale: f32,
}

/// One block's keys and values on the CPU, each `[P, C]`.
#[derive(Debug, Clone, Default)]
pub(in crate::model) struct KeysValues {
    keys: Vec<f32>,
    values: Vec<f32>,
    /// C; 0 before the first token.
    width: usize,
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
    /// `scores`, if given, receives `query · key` before scaling: `[H, T, P]`, zero where a key comes after its query.
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
        let mut qkv = team.buffer(tokens * 3 * c); // [T, 3·C]
        let (x, to) = (Vectors::of(x, tokens, c, c), VectorsMut::of(&mut qkv, tokens, 3 * c, 3 * c));
        self.c_attn.forward(team, x, to, Epilogue::Write);
        past.push(&qkv, c);
        let mut y = team.buffer(tokens * c); // [T, C]: a head's D values are side by side
        let positions = past.len();
        let head = |h: usize, y: VectorsMut<'_>, scores: Option<&mut [f32]>| {
            Head { qkv: &qkv, past, at: h * d, d, c, scale: self.scale }.forward(team, y, scores);
        };
        let heads = VectorsMut::of(&mut y, tokens, c, c).parts(d);
        match scores {
            None => team.for_each_parallel(heads, |h, y| head(h, y, None)),
            Some(scores) => {
                team.for_each_parallel(heads.zip(scores.chunks_mut(tokens * positions)), |h, (y, scores)| {
                    head(h, y, Some(scores));
                });
            }
        }
        let (x, to) = (Vectors::of(&y, tokens, c, c), VectorsMut::of(residual, tokens, c, c));
        self.c_proj.forward(team, x, to, Epilogue::Add);
    }
}

impl KeysValues {
    /// P.
    fn len(&self) -> usize {
        self.keys.len().checked_div(self.width).unwrap_or(0)
    }

    /// Removes all positions.
    pub(in crate::model) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    /// Appends the keys and values in `[T, 3·C]`.
    fn push(&mut self, qkv: &[f32], c: usize) {
        self.width = c;
        self.keys.reserve(qkv.len() / 3);
        self.values.reserve(qkv.len() / 3);
        for qkv in qkv.chunks_exact(3 * c) {
            self.keys.extend_from_slice(&qkv[c..2 * c]);
            self.values.extend_from_slice(&qkv[2 * c..]);
        }
    }

    /// Keeps the first `len` positions. A failed pass may have added some of its tokens or none.
    pub(in crate::model) fn truncate(&mut self, len: usize) {
        self.keys.truncate(len * self.width);
        self.values.truncate(len * self.width);
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
    fn forward(&self, team: &Team, mut y: VectorsMut<'_>, mut scores: Option<&mut [f32]>) {
        let &Self { qkv, past, at, d, c, scale } = self;
        let (tokens, positions) = (y.tokens(), past.len());
        let before = positions - tokens;
        let columns = (positions - 1) * c + d;
        let keys = Rows::of(&past.keys[at..][..columns], positions, d, c); // [P, D]
        let values = Rows::of(&past.values[at..][..columns], positions, d, c); // [P, D]
        let transposed = (tokens > QUERIES / 4).then(|| transpose(team, &past.keys[at..], positions, d, c)); // [D, P]
        for first in (0..tokens).step_by(QUERIES) {
            let queries = QUERIES.min(tokens - first);
            // The number of keys visible to the last of these queries.
            let seen = before + first + queries;
            let wide = seen.next_multiple_of(LANES);
            let q = Vectors::of(&qkv[first * 3 * c + at..], queries, d, 3 * c);
            let mut p = team.buffer(queries * wide);
            match &transposed {
                None => dots(q, keys.some_rows(0..seen), &mut VectorsMut::of(&mut p, queries, seen, wide)),
                Some(transposed) => {
                    p.fill(0.0);
                    let keys = Rows::of(transposed, d, wide, positions.next_multiple_of(LANES));
                    accumulate(Sweep::block(queries), q, keys, &mut VectorsMut::of(&mut p, queries, wide, wide));
                }
            }
            for (t, p) in p.chunks_exact_mut(wide).enumerate() {
                let (p, masked) = p.split_at_mut(before + first + t + 1);
                masked.fill(0.0);
                if let Some(scores) = &mut scores {
                    let (seen, unseen) = scores[(first + t) * positions..][..positions].split_at_mut(p.len());
                    seen.copy_from_slice(p);
                    unseen.fill(0.0);
                }
                scale_by(scale, p);
                // Softmax fails only for an empty slice.
                let _ = softmax_core::softmax_in_place(p);
            }
            let p = Vectors::of(&p, queries, seen, wide);
            let mut y = y.some_tokens(first..first + queries);
            y.fill(0.0);
            accumulate(Sweep::block(queries), p, values.some_rows(0..seen), &mut y);
        }
    }
}

/// Scores are computed for a multiple of this many keys, padded with zeros: the kernels compute what does not fill a
/// register one by one.
const LANES: usize = 16;

/// `[P, D] -> [D, P]`, P padded with zeros to a multiple of [`LANES`]; rows are `stride` apart. Sixteen at a time fill
/// whole cache lines.
fn transpose<'a>(team: &'a Team, keys: &[f32], positions: usize, d: usize, stride: usize) -> Buffer<'a> {
    let wide = positions.next_multiple_of(LANES);
    let mut transposed = team.buffer(wide * d);
    for first in (0..positions).step_by(LANES) {
        for (i, row) in transposed.chunks_exact_mut(wide).enumerate() {
            for (key, p) in row[first..].iter_mut().take(LANES).zip(first..) {
                *key = if p < positions { keys[p * stride + i] } else { 0.0 };
            }
        }
    }
    transposed
}
