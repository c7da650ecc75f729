//! The arithmetic of a forward pass on the CPU: products with weights in place, layer norm, GELU.
//!
//! The kernels are single-threaded; `model` distributes work over `threads`. Each kernel is compiled for every
//! instruction set, and one is chosen at run time. Except for the mapping of files and the threads, this module has the
//! crate's `unsafe` code.
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
    /// 16 lanes: AVX-512F, with VL and DQ: without VL, registers whose halves are added must be among the first 16.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes: AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 4 lanes: NEON, which every AArch64 has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Plain Rust on arrays.
    Plain,
}

impl Path {
    /// All paths, widest first.
    const ALL: &[Self] = &[
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
        Self::Plain,
    ];

    /// The paths that this CPU supports, widest first.
    pub(crate) fn available() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|path| path.is_available())
    }

    /// The widest that this CPU supports, no wider than softmax-core's active path.
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

    /// Whether this path needs no more than softmax-core's path `active`.
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
