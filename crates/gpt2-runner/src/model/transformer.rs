//! A GPT-2 on one of the two engines. Lists the operations that both engines provide.
use super::{
    Backend, Engine,
    native::{KeysValues, NativeTransformer},
    torch::{TorchKeysValues, TorchTransformer},
    weights::Weights,
};
use crate::{Error, Gpt2Config};

/// A GPT-2's layers on one engine. T tokens, V, C and H as in [`Gpt2Config`].
#[derive(Debug)]
pub(super) enum Transformer {
    Native(Box<NativeTransformer>),
    Torch(TorchTransformer),
}

/// Keys and values of the tokens read so far, one item per block.
#[derive(Debug, Clone)]
pub(super) enum Past {
    Native(Vec<KeysValues>),
    Torch(Vec<TorchKeysValues>),
}

impl Transformer {
    /// `backend` names an engine: it is not [`Engine::Auto`].
    pub(super) fn load(weights: Weights, config: &Gpt2Config, backend: Backend) -> Result<Self, Error> {
        match backend.engine {
            Engine::Torch => Ok(Self::Torch(TorchTransformer::load(weights, config, backend.device)?)),
            Engine::Native | Engine::Auto => Ok(Self::Native(Box::new(NativeTransformer::load(weights, config)?))),
        }
    }

    /// An empty past.
    pub(super) fn no_past(&self) -> Past {
        match self {
            Self::Native(model) => Past::Native(model.no_past()),
            Self::Torch(model) => Past::Torch(model.no_past()),
        }
    }

    /// `[T] -> [T, C]`: embeddings and all blocks. The first token is at position `first`; `past` has the tokens before
    /// it, and these are added. On error some blocks may already have them.
    pub(super) fn forward(&self, ids: &[u32], first: usize, past: &mut Past) -> Result<Vec<f32>, Error> {
        match (self, past) {
            (Self::Native(model), Past::Native(past)) => model.forward(ids, first, past),
            (Self::Torch(model), Past::Torch(past)) => model.forward(ids, first, past),
            _ => Err(Error::ForeignCache),
        }
    }

    /// `[T] -> [T, C]`: the same from the first position on, without keeping keys and values.
    pub(super) fn forward_alone(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => model.forward_alone(ids),
            Self::Torch(model) => model.forward(ids, 0, &mut model.no_past()),
        }
    }

    /// `[T] -> [T, C]`.
    pub(super) fn embed(&self, ids: &[u32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => Ok(model.embed(ids, 0)),
            Self::Torch(model) => model.embed(ids),
        }
    }

    /// `[T, C]`, in place: the `n`th block of a text from its first position on. `scores`, if given, receives `query ·
    /// key` before scaling: `[H, T, T]`, zero where a key comes after its query.
    pub(super) fn block(&self, n: usize, x: &mut [f32], scores: Option<&mut [f32]>) -> Result<(), Error> {
        match self {
            Self::Native(model) => model.block(n, x, scores),
            Self::Torch(model) => model.block(n, x, scores),
        }
    }

    /// `[T, C] -> [T, C]`.
    pub(super) fn ln_f(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => model.ln_f(x),
            Self::Torch(model) => model.ln_f(x),
        }
    }

    /// `[T, C] -> [T, V]`.
    pub(super) fn lm_head(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => model.lm_head(x),
            Self::Torch(model) => model.lm_head(x),
        }
    }

    /// `[T, C] -> [T, V]`: `ln_f` and the head, at all positions.
    pub(super) fn logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => model.logits(x),
            Self::Torch(model) => model.logits(x),
        }
    }

    /// `[T, C] -> [V]`: the last row of [`logits`](Self::logits).
    pub(super) fn last_logits(&self, x: &[f32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Native(model) => model.last_logits(x),
            Self::Torch(model) => model.last_logits(x),
        }
    }
}

impl Past {
    /// Keeps the first `len` positions.
    pub(super) fn truncate(&mut self, len: usize) {
        match self {
            Self::Native(layers) => layers.iter_mut().for_each(|layer| layer.truncate(len)),
            Self::Torch(layers) => layers.iter_mut().for_each(|layer| layer.truncate(len)),
        }
    }
}
