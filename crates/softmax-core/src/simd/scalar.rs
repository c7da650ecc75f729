//! Plain Rust, for every processor.

use super::vector::Vector;

/// Four lanes that a compiler may or may not put into registers.
#[derive(Clone, Copy)]
pub(super) struct Scalar([f32; 4]);

impl Scalar {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Scalar(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }
}

impl Vector for Scalar {
    const LANES: usize = 4;
    const FUSES: bool = false;
    type Wide = [f64; 4];

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Scalar([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises four readable values; an array of f32 needs no more alignment than f32.
        Scalar(unsafe { *from.cast() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises four writable values.
        unsafe { *to.cast() = self.0 }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    // Not f32::mul_add: without the instruction that is a function call per lane.
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        self.mul(factor).add(addend)
    }

    #[inline(always)]
    fn fused(self, factor: Self, addend: Self) -> Self {
        // The product of two f32 is exact in f64, and the sum there has 29 bits more than the result.
        Scalar(std::array::from_fn(|lane| {
            (f64::from(self.0[lane]) * f64::from(factor.0[lane]) + f64::from(addend.0[lane])) as f32
        }))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn zero_below(self, key: Self, bound: Self) -> Self {
        Scalar(std::array::from_fn(|lane| if key.0[lane] < bound.0[lane] { 0.0 } else { self.0[lane] }))
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        Scalar(self.0.map(|v| f32::from_bits(v.to_bits() << 23)))
    }

    #[inline(always)]
    fn any_above(self, bound: Self) -> bool {
        // A comparison that NaN fails, on purpose.
        (0..4).fold(false, |any, lane| {
            any | !matches!(self.0[lane].partial_cmp(&bound.0[lane]), Some(order) if order.is_le())
        })
    }

    #[inline(always)]
    unsafe fn wide_zero() -> Self::Wide {
        [0.0; 4]
    }

    #[inline(always)]
    fn add_to(self, wide: Self::Wide) -> Self::Wide {
        std::array::from_fn(|lane| wide[lane] + f64::from(self.0[lane]))
    }

    #[inline(always)]
    fn wide_sum(wide: Self::Wide) -> f64 {
        wide.iter().sum()
    }
}
