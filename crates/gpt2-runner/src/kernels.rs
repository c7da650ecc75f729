//! The arithmetic of a forward pass on the CPU: products with weights where they lie, layer norm, GELU.
//!
//! One thread each; who shares the work out is `threads`, and what it is shared out for is `model`. Everything below
//! is compiled for each instruction set and chosen when the program runs. All of it that is unsafe is below this module.
#![allow(unsafe_code)]
use softmax_core::SimdPath;

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
    /// All of them, the widest first.
    const ALL: &[Self] = &[
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
        Self::Plain,
    ];

    /// Those that this processor has, the widest first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|path| path.is_available())
    }

    /// The widest that this processor has, and no wider than the active path of softmax-core.
    pub(crate) fn best() -> Self {
        let active = SimdPath::active();
        Self::available().find(|path| path.is_within(active)).unwrap_or(Self::Plain)
    }

    fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
            Self::Plain => true,
        }
    }

    /// Whether a processor whose widest path in softmax-core is `active` may have the instructions of this one.
    fn is_within(self, active: SimdPath) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => active == SimdPath::Avx512,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => matches!(active, SimdPath::Avx512 | SimdPath::Avx2),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => active == SimdPath::Neon,
            Self::Plain => true,
        }
    }
}
