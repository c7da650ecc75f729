//! `y = x·Wᵀ + b`, which is where the time goes.
//!
//! For a short prompt a forward pass is reading each weight once, so what counts is the bandwidth at which a matmul
//! reads. What libtorch 2.13 offers, measured on two cores of an AMD EPYC (Zen 5, AVX-512; the memory gives 45 to 70
//! GB/s), f32, the four matrices of GPT-2 large's blocks, GB/s of weights:
//!
//! | | 1 token | 7 | 16 | 64 |
//! |---|---|---|---|---|
//! | `addmm` on `[in, out]`, as transformers has it (MKL) | 23 | 9 | 9 | 4.5 |
//! | `linear` on `[out, in]` (MKL) | 21 | 8 | 10 | 5 |
//! | `mm` of `[out, in]` with `xᵀ` (MKL) | 21 | 12 | 14 | 6 |
//! | **`mkldnn_linear` on `[out, in]` (oneDNN)** | **43** | **26** | **22** | **9** |
//! | `mkldnn_linear` on a transposed view of `[in, out]` | | 5 | 5 | 4 |
//! | `mkldnn_linear` with `W` as the input and `x` as the weight | | 13 | 13 | 8 |
//! | 1×1 `mkldnn_convolution` on reordered weights | | 11 | 11 | 7 |
//! | an AVX-512 kernel written for it in Rust | 31 | 30 | 21 | 7 |
//!
//! At 1,024 tokens, where arithmetic counts, it is `mkldnn_linear` again (0.6 of `addmm`'s time), and for the head at
//! one position (54 GB/s against 19). The kernel of our own gains 10 % at 7 tokens, loses elsewhere, and is not worth
//! its code. So: oneDNN on `[out, in]` wherever libtorch has it on x86-64. It picks its code by what the processor
//! can do, not by its maker, and is Intel's own library; an Intel processor was not at hand to measure. Other
//! processors and GPUs take `linear`, which is the best-trodden path there.
use tch::{Device, TchError, Tensor};

/// A matrix and its bias.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`.
    weight: Tensor,
    /// `[out]`.
    bias: Option<Tensor>,
    one_dnn: bool,
}

impl Linear {
    pub(super) fn new(weight: Tensor, bias: Option<Tensor>) -> Self {
        let one_dnn = cfg!(target_arch = "x86_64") && weight.device() == Device::Cpu && tch::utils::has_mkldnn();
        Self { weight, bias, one_dnn }
    }

    /// `[T, in] -> [T, out]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        if self.one_dnn {
            x.f_to_mkldnn(None)?.f_mkldnn_linear(&self.weight, self.bias.as_ref())?.f_to_dense(None, false)
        } else {
            x.f_linear(&self.weight, self.bias.as_ref())
        }
    }
}
