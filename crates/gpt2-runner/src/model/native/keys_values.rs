//! The keys and values of a text.

/// One block's keys and values on the CPU, each `[P, C]`.
#[derive(Debug, Clone, Default)]
pub(in crate::model) struct KeysValues {
    pub(super) keys: Vec<f32>,
    pub(super) values: Vec<f32>,
    /// C; 0 before the first token.
    width: usize,
}

impl KeysValues {
    /// P.
    pub(super) fn len(&self) -> usize {
        self.keys.len().checked_div(self.width).unwrap_or(0)
    }

    /// Removes all positions.
    pub(in crate::model) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    /// Appends the keys and values in `[T, 3·C]`.
    pub(super) fn push(&mut self, qkv: &[f32], c: usize) {
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
