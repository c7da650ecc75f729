//! What attention remembers of a text.
use std::sync::{Mutex, PoisonError};

use tch::{TchError, Tensor};

/// One block's keys and values, each `[1, H, P, D]`; nothing before the first token.
///
/// A tensor is `Send` and not `Sync`. With the lock this type is both, as the keys and values of the engine `native`
/// are. All uses but `clone` and `len` have `&mut self`, which needs no locking.
#[derive(Debug, Default)]
pub(in crate::model) struct TorchKeysValues(Mutex<Option<(Tensor, Tensor)>>);

impl TorchKeysValues {
    /// P.
    pub(super) fn len(&self) -> i64 {
        let both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        both.as_ref().map_or(0, |(keys, _)| keys.size()[2])
    }

    /// Those of a test.
    #[cfg(test)]
    pub(super) fn of(keys: Tensor, values: Tensor) -> Self {
        Self(Mutex::new(Some((keys, values))))
    }

    /// Both.
    #[cfg(test)]
    pub(super) fn tensors(&self) -> Option<(Tensor, Tensor)> {
        self.clone().0.into_inner().unwrap()
    }

    /// Appends those of T tokens, `[1, H, T, D]`, and returns all, `[1, H, P, D]`.
    pub(super) fn push(&mut self, keys: &Tensor, values: &Tensor) -> Result<(&Tensor, &Tensor), TchError> {
        let both = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let all = match &both {
            None => (keys.shallow_clone(), values.shallow_clone()),
            Some((k, v)) => (Tensor::f_cat(&[k, keys], 2)?, Tensor::f_cat(&[v, values], 2)?),
        };
        let (keys, values) = both.insert(all);
        Ok((keys, values))
    }

    /// Forgets all positions but the first `len`.
    pub(in crate::model) fn truncate(&mut self, len: usize) {
        if let Some((keys, values)) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            for x in [keys, values] {
                *x = x.narrow(2, 0, (len as i64).min(x.size()[2]));
            }
        }
    }
}

impl Clone for TorchKeysValues {
    /// No tensor is written to once it is here, so both share the memory.
    fn clone(&self) -> Self {
        let both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Mutex::new(both.as_ref().map(|(keys, values)| (keys.shallow_clone(), values.shallow_clone()))))
    }
}
