use std::fmt::{Debug, Display};

use half::{bf16, f16};

/// A binary floating-point type: [`f16`], [`bf16`], `f32` or `f64`. Sealed.
///
/// Arithmetic on an `Element` is done in `f64` and rounded back after every step. For `+`, `−` and `/` that is the
/// correctly rounded IEEE 754 result in each of these types, because 53 bits are more than twice their precision.
pub trait Element: sealed::Sealed + Copy + PartialOrd + Debug + Display + Default + Send + Sync + 'static {
    /// Smallest positive normal number; what is smaller but not zero is subnormal.
    const MIN_POSITIVE: f64;

    /// The same number in `f64`; exact.
    fn to_f64(self) -> f64;

    /// The nearest number of this type, ties to even; infinite beyond its range.
    fn from_f64(value: f64) -> Self;
}

/// The types that softmax runs in: `f32` on SIMD instructions, `f64` in portable code. Sealed.
pub trait Float: Element + sealed::HasKernel {}

impl Float for f32 {}
impl Float for f64 {}

impl Element for f16 {
    const MIN_POSITIVE: f64 = f16::MIN_POSITIVE.to_f64_const();

    fn to_f64(self) -> f64 {
        f16::to_f64(self)
    }

    fn from_f64(value: f64) -> Self {
        f16::from_f64(value)
    }
}

impl Element for bf16 {
    const MIN_POSITIVE: f64 = bf16::MIN_POSITIVE.to_f64_const();

    fn to_f64(self) -> f64 {
        bf16::to_f64(self)
    }

    fn from_f64(value: f64) -> Self {
        bf16::from_f64(value)
    }
}

impl Element for f32 {
    const MIN_POSITIVE: f64 = f32::MIN_POSITIVE as f64;

    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn from_f64(value: f64) -> Self {
        value as f32
    }
}

impl Element for f64 {
    const MIN_POSITIVE: f64 = f64::MIN_POSITIVE;

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(value: f64) -> Self {
        value
    }
}

pub(crate) mod sealed {
    use super::{bf16, f16};
    use crate::{double::Portable, kernel::Kernel, simd::Table};

    pub trait Sealed {}
    impl Sealed for f16 {}
    impl Sealed for bf16 {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}

    pub trait HasKernel: super::Element {
        type Kernel: Kernel<Self>;

        /// The fastest kernel on this processor.
        fn kernel() -> Self::Kernel;
    }

    impl HasKernel for f32 {
        type Kernel = &'static Table;

        fn kernel() -> Self::Kernel {
            Table::active()
        }
    }

    impl HasKernel for f64 {
        type Kernel = Portable;

        fn kernel() -> Self::Kernel {
            Portable
        }
    }
}
