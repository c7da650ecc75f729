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
//! its code.
//!
//! On Intel's processors MKL takes better code, which it chooses by the processor's maker. Four cores of a Xeon
//! (Sapphire Rapids or later; the memory gives 54 GB/s):
//!
//! | | 1 token | 2 | 3 | 4 | 7 | 16 | 64 | 256 |
//! |---|---|---|---|---|---|---|---|---|
//! | `addmm` on `[in, out]`, as transformers has it (MKL) | 54 | 33 | 31 | 28 | 23 | 18 | 14 | 5 |
//! | `linear` on `[out, in]` (MKL) | **54** | **52** | **51** | 30 | 22 | 20 | 12 | 5 |
//! | `mm` of `[out, in]` with `xᵀ` (MKL) | 53 | 27 | 27 | 28 | 27 | 28 | 13 | 5 |
//! | `mkldnn_linear` on `[out, in]` (oneDNN) | 36 | 36 | 35 | **35** | **31** | 25 | 14 | 5 |
//!
//! So: `[out, in]` everywhere, which one copy out of the file brings about; on x86-64 oneDNN, but `linear` on Intel's
//! for up to three tokens, the head at one position among them. Other processors and GPUs take `linear`, which is the
//! best-trodden path there. `cargo bench -p gpt2-runner --bench linear` repeats the table.
use std::sync::LazyLock;

use tch::{Device, TchError, Tensor};

/// A matrix and its bias.
#[derive(Debug)]
pub(super) struct Linear {
    /// `[out, in]`.
    weight: Tensor,
    /// `[out]`.
    bias: Option<Tensor>,
    /// The number of tokens from which on oneDNN reads the weight faster than `linear` does.
    one_dnn_from: i64,
}

impl Linear {
    pub(super) fn new(weight: Tensor, bias: Option<Tensor>) -> Self {
        let one_dnn = cfg!(target_arch = "x86_64") && weight.device() == Device::Cpu && tch::utils::has_mkldnn();
        let one_dnn_from = match (one_dnn, *IS_INTEL) {
            (true, true) => 4,
            (true, false) => 1,
            (false, _) => i64::MAX,
        };
        Self { weight, bias, one_dnn_from }
    }

    /// `[T, in] -> [T, out]`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        if x.size()[0] >= self.one_dnn_from {
            x.f_to_mkldnn(None)?.f_mkldnn_linear(&self.weight, self.bias.as_ref())?.f_to_dense(None, false)
        } else {
            x.f_linear(&self.weight, self.bias.as_ref())
        }
    }
}

/// Whether the processor is Intel's, which is what MKL asks too. Asked once: a virtual machine stops at each question.
static IS_INTEL: LazyLock<bool> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    {
        let maker = std::arch::x86_64::__cpuid(0);
        [maker.ebx, maker.edx, maker.ecx].map(u32::to_le_bytes).concat() == b"GenuineIntel"
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
});
