//! What attention remembers of a text.
use tch::{TchError, Tensor};

/// One block's keys and values, each `[1, H, P, D]`; nothing before the first token.
#[derive(Debug, Default)]
pub(in crate::model) struct TorchKeysValues(Option<(Tensor, Tensor)>);

impl TorchKeysValues {
    /// P.
    pub(super) fn len(&self) -> i64 {
        self.0.as_ref().map_or(0, |(keys, _)| keys.size()[2])
    }

    /// Those of a test.
    #[cfg(test)]
    pub(super) fn of(keys: Tensor, values: Tensor) -> Self {
        Self(Some((keys, values)))
    }

    /// Both.
    #[cfg(test)]
    pub(super) fn tensors(&self) -> Option<(Tensor, Tensor)> {
        self.clone().0
    }

    /// Appends those of T tokens, `[1, H, T, D]`, and returns all, `[1, H, P, D]`.
    pub(super) fn push(&mut self, keys: &Tensor, values: &Tensor) -> Result<(&Tensor, &Tensor), TchError> {
        let all = match &self.0 {
            None => (keys.shallow_clone(), values.shallow_clone()),
            Some((k, v)) => (Tensor::f_cat(&[k, keys], 2)?, Tensor::f_cat(&[v, values], 2)?),
        };
        let (keys, values) = self.0.insert(all);
        Ok((keys, values))
    }

    /// Forgets all positions but the first `len`.
    pub(in crate::model) fn truncate(&mut self, len: usize) {
        if let Some((keys, values)) = &mut self.0 {
            for x in [keys, values] {
                *x = x.narrow(2, 0, (len as i64).min(x.size()[2]));
            }
        }
    }
}

impl Clone for TorchKeysValues {
    /// No tensor is written to once it is here, so both share the memory.
    fn clone(&self) -> Self {
        Self(self.0.as_ref().map(|(keys, values)| (keys.shallow_clone(), values.shallow_clone())))
    }
}
