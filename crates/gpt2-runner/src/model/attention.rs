//! Causal self-attention with several heads.
use tch::{TchError, Tensor};

use super::linear::Linear;

/// Each position mixes the values of itself and of those before it.
#[derive(Debug)]
pub(super) struct Attention {
    /// `[C] -> [3·C]`: query, key and value.
    pub(super) c_attn: Linear,
    /// `[C] -> [C]`.
    pub(super) c_proj: Linear,
    /// H.
    pub(super) n_head: i64,
    /// What the scores `query · key` are multiplied by: `1/√D`, unless the configuration says otherwise.
    pub(super) scale: f64,
}

impl Attention {
    /// `[T, C] -> [T, C]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let (t, c) = x.size2()?;
        let (h, d) = (self.n_head, c / self.n_head);
        let qkv = self.c_attn.forward(x)?; // [T, 3·C]
        let qkv = qkv.f_view([1, t, 3, h, d])?.f_permute([2, 0, 3, 1, 4])?; // [3, 1, H, T, D]
        let (q, k, v) = (qkv.f_get(0)?, qkv.f_get(1)?, qkv.f_get(2)?); // each [1, H, T, D]
        // softmax(q·kᵀ·scale + causal mask)·v
        let y = Tensor::f_scaled_dot_product_attention(&q, &k, &v, None::<&Tensor>, 0.0, true, self.scale, false)?;
        let y = y.f_transpose(1, 2)?.f_reshape([t, c])?; // [1, H, T, D] -> [T, C]
        self.c_proj.forward(&y)
    }
}
