//! NEON, which every 64-bit ARM processor has.

use std::arch::aarch64::*;

use super::vector::Vector;

/// Four lanes.
#[derive(Clone, Copy)]
pub(super) struct Neon(float32x4_t);

impl Vector for Neon {
    const LANES: usize = 4;
    const FUSES: bool = true;
    type Wide = (float64x2_t, float64x2_t);

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller promises NEON.
        Neon(unsafe { vdupq_n_f32(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises NEON and 4 readable values.
        Neon(unsafe { vld1q_f32(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises 4 writable values; that `self` exists promises NEON.
        unsafe { vst1q_f32(to, self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: that `self` exists promises NEON; so below.
        Neon(unsafe { vaddq_f32(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Neon(unsafe { vsubq_f32(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Neon(unsafe { vmulq_f32(self.0, other.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as for `add`. The addend comes first.
        Neon(unsafe { vfmaq_f32(addend.0, self.0, factor.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as for `add`. Not the maximum instruction, which passes NaN on.
        Neon(unsafe { vbslq_f32(vcgtq_f32(self.0, other.0), self.0, other.0) })
    }

    #[inline(always)]
    fn zero_below(self, key: Self, bound: Self) -> Self {
        // SAFETY: as for `add`. "Less than" fails for NaN; `vbicq(a, b)` is a & !b.
        Neon(unsafe { vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(self.0), vcltq_f32(key.0, bound.0))) })
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        // SAFETY: as for `add`.
        Neon(unsafe { vreinterpretq_f32_u32(vshlq_n_u32::<23>(vreinterpretq_u32_f32(self.0))) })
    }

    #[inline(always)]
    fn any_above(self, bound: Self) -> bool {
        // SAFETY: as for `add`. All lanes are less or equal, or the smallest mask is 0.
        unsafe { vminvq_u32(vcleq_f32(self.0, bound.0)) == 0 }
    }

    #[inline(always)]
    unsafe fn wide_zero() -> Self::Wide {
        // SAFETY: the caller promises NEON.
        unsafe { (vdupq_n_f64(0.0), vdupq_n_f64(0.0)) }
    }

    #[inline(always)]
    fn add_to(self, wide: Self::Wide) -> Self::Wide {
        // SAFETY: as for `add`.
        unsafe {
            let low = vcvt_f64_f32(vget_low_f32(self.0));
            let high = vcvt_high_f64_f32(self.0);
            (vaddq_f64(wide.0, low), vaddq_f64(wide.1, high))
        }
    }

    #[inline(always)]
    fn wide_sum(wide: Self::Wide) -> f64 {
        // SAFETY: that `wide` exists promises NEON.
        unsafe { vaddvq_f64(vaddq_f64(wide.0, wide.1)) }
    }
}
