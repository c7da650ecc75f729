use std::fmt::{Debug, Display};

use half::{bf16, f16};

/// A binary floating-point type: [`f16`](struct@f16), [`bf16`], `f32` or `f64`. Sealed.
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
        f16::from_f32(to_odd(value))
    }
}

impl Element for bf16 {
    const MIN_POSITIVE: f64 = bf16::MIN_POSITIVE.to_f64_const();

    fn to_f64(self) -> f64 {
        bf16::to_f64(self)
    }

    fn from_f64(value: f64) -> Self {
        bf16::from_f32(to_odd(value))
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

/// `value` rounded to odd: if it is not an `f32`, the neighbour whose last bit is 1.
///
/// Rounding that to 16 bits gives what rounding `value` itself would, which rounding to nearest twice does not, and
/// which `half`'s own conversion does not either.
fn to_odd(value: f64) -> f32 {
    let nearest = value as f32;
    let back = f64::from(nearest);
    if back == value || value.is_nan() {
        return nearest;
    }
    let toward_zero = if back.abs() > value.abs() { nearest.to_bits() - 1 } else { nearest.to_bits() };
    f32::from_bits(toward_zero | 1)
}

pub(crate) mod sealed {
    use super::{bf16, f16};
    use crate::{double::Portable, kernel::Kernel, numpy_sum, simd::Table, torch_sum};

    pub trait Sealed: Sized {
        /// The sum, as PyTorch or, in f64, NumPy adds it.
        fn sum(x: &[Self]) -> Self;
    }

    impl Sealed for f16 {
        fn sum(x: &[f16]) -> f16 {
            f16::from_f32(torch_sum(&x.iter().map(|v| v.to_f32()).collect::<Vec<_>>()))
        }
    }

    impl Sealed for bf16 {
        fn sum(x: &[bf16]) -> bf16 {
            bf16::from_f32(torch_sum(&x.iter().map(|v| v.to_f32()).collect::<Vec<_>>()))
        }
    }

    impl Sealed for f32 {
        fn sum(x: &[f32]) -> f32 {
            torch_sum(x)
        }
    }

    impl Sealed for f64 {
        fn sum(x: &[f64]) -> f64 {
            numpy_sum(x)
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A tie in the narrow type, and just above it: rounding through f32 on the way would lose the difference.
    #[test]
    fn sixteen_bit_numbers_are_rounded_once() {
        let tie = 1.0 + 2.0_f64.powi(-11);
        assert_eq!(<f16 as Element>::from_f64(tie).to_bits(), 0x3c00);
        assert_eq!(<f16 as Element>::from_f64(tie + 2.0_f64.powi(-40)).to_bits(), 0x3c01);
        let tie = 1.0 + 2.0_f64.powi(-8);
        assert_eq!(<bf16 as Element>::from_f64(tie).to_bits(), 0x3f80);
        assert_eq!(<bf16 as Element>::from_f64(tie + 2.0_f64.powi(-40)).to_bits(), 0x3f81);
        assert_eq!(<f16 as Element>::from_f64(65520.0), f16::INFINITY);
        assert_eq!(<f16 as Element>::from_f64(65519.999), f16::MAX);
        assert_eq!(<f16 as Element>::from_f64(-1e300), f16::NEG_INFINITY);
        assert_eq!(<bf16 as Element>::from_f64(1e300), bf16::INFINITY);
        assert_eq!(<bf16 as Element>::from_f64(-1e-300).to_bits(), 0x8000);
        assert!(<f16 as Element>::from_f64(f64::NAN).is_nan());
        assert_eq!(<f16 as Element>::MIN_POSITIVE, 2.0_f64.powi(-14));
        assert_eq!(<bf16 as Element>::MIN_POSITIVE, f64::from(f32::MIN_POSITIVE));
    }
}
