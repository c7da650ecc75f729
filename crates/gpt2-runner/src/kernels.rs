//! The arithmetic of a forward pass on the CPU: products with weights where they lie, layer norm, GELU.
//!
//! One thread each; who shares the work out is `threads`, and what it is shared out for is `model`. Everything below
//! is compiled for each instruction set and chosen when the program runs. All of it that is unsafe is below this module.
#![allow(unsafe_code)]
use std::sync::LazyLock;

mod elementwise;
mod lanes;
mod matrix;
mod product;

pub(crate) use elementwise::{add, gelu, layer_norm, scale_by};
pub(crate) use matrix::{Format, Rows, Vectors, VectorsMut};
pub(crate) use product::{Sweep, accumulate, dots};

/// An instruction set that the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// 16 lanes: AVX-512F, with VL and DQ: without VL the registers whose halves are added up must be the first 16.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes: AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 4 lanes: NEON, which every AArch64 has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// What the compiler makes of arrays.
    Plain,
}

impl Path {
    /// Those that this processor has, the widest first.
    pub(crate) fn available() -> Vec<Self> {
        let mut paths = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let narrow =
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq");
            if narrow && wide {
                paths.push(Self::Avx512);
            }
            if narrow {
                paths.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        paths.push(Self::Neon);
        paths.push(Self::Plain);
        paths
    }

    /// The widest that this processor has.
    pub(crate) fn best() -> Self {
        static BEST: LazyLock<Path> = LazyLock::new(|| Path::available()[0]);
        *BEST
    }
}
