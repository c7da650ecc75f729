//! AVX-512 and AVX2 with FMA.

use std::arch::x86_64::*;

use super::vector::Vector;

/// Sixteen lanes; needs AVX-512F.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

impl Vector for Avx512 {
    const LANES: usize = 16;
    const FUSES: bool = true;
    type Wide = (__m512d, __m512d);

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller promises AVX-512F.
        Avx512(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises AVX-512F and 16 readable values.
        Avx512(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises 16 writable values; that `self` exists promises AVX-512F.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: that `self` exists promises AVX-512F; so below.
        Avx512(unsafe { _mm512_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Avx512(unsafe { _mm512_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Avx512(unsafe { _mm512_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as for `add`.
        Avx512(unsafe { _mm512_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as for `add`. The instruction gives its second operand where either is NaN.
        Avx512(unsafe { _mm512_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn zero_below(self, key: Self, bound: Self) -> Self {
        // SAFETY: as for `add`. "Not less than" holds for NaN.
        Avx512(unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(key.0, bound.0), self.0) })
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        // SAFETY: as for `add`.
        Avx512(unsafe { _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_castps_si512(self.0))) })
    }

    #[inline(always)]
    fn any_above(self, bound: Self) -> bool {
        // SAFETY: as for `add`. "Not less or equal" holds for NaN.
        unsafe { _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(self.0, bound.0) != 0 }
    }

    #[inline(always)]
    unsafe fn wide_zero() -> Self::Wide {
        // SAFETY: the caller promises AVX-512F.
        unsafe { (_mm512_setzero_pd(), _mm512_setzero_pd()) }
    }

    #[inline(always)]
    fn add_to(self, wide: Self::Wide) -> Self::Wide {
        // SAFETY: as for `add`.
        unsafe {
            let low = _mm512_castps512_ps256(self.0);
            let high = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self.0)));
            (_mm512_add_pd(wide.0, _mm512_cvtps_pd(low)), _mm512_add_pd(wide.1, _mm512_cvtps_pd(high)))
        }
    }

    #[inline(always)]
    fn wide_sum(wide: Self::Wide) -> f64 {
        // SAFETY: that `wide` exists promises AVX-512F.
        unsafe { _mm512_reduce_add_pd(_mm512_add_pd(wide.0, wide.1)) }
    }
}

/// Eight lanes; needs AVX2 and FMA.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

impl Vector for Avx2 {
    const LANES: usize = 8;
    const FUSES: bool = true;
    type Wide = (__m256d, __m256d);

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller promises AVX2 and FMA.
        Avx2(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises AVX2 and 8 readable values.
        Avx2(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises 8 writable values; that `self` exists promises AVX2 and FMA.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: that `self` exists promises AVX2 and FMA; so below.
        Avx2(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Avx2(unsafe { _mm256_sub_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: as for `add`.
        Avx2(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // SAFETY: as for `add`.
        Avx2(unsafe { _mm256_fmadd_ps(self.0, factor.0, addend.0) })
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: as for `add`. The instruction gives its second operand where either is NaN.
        Avx2(unsafe { _mm256_max_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn zero_below(self, key: Self, bound: Self) -> Self {
        // SAFETY: as for `add`. "Not less than" holds for NaN.
        Avx2(unsafe { _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(key.0, bound.0), self.0) })
    }

    #[inline(always)]
    fn pow2(self) -> Self {
        // SAFETY: as for `add`.
        Avx2(unsafe { _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(self.0))) })
    }

    #[inline(always)]
    fn any_above(self, bound: Self) -> bool {
        // SAFETY: as for `add`. "Not less or equal" holds for NaN.
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NLE_UQ>(self.0, bound.0)) != 0 }
    }

    #[inline(always)]
    unsafe fn wide_zero() -> Self::Wide {
        // SAFETY: the caller promises AVX2.
        unsafe { (_mm256_setzero_pd(), _mm256_setzero_pd()) }
    }

    #[inline(always)]
    fn add_to(self, wide: Self::Wide) -> Self::Wide {
        // SAFETY: as for `add`.
        unsafe {
            let low = _mm256_cvtps_pd(_mm256_castps256_ps128(self.0));
            let high = _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(self.0));
            (_mm256_add_pd(wide.0, low), _mm256_add_pd(wide.1, high))
        }
    }

    #[inline(always)]
    fn wide_sum(wide: Self::Wide) -> f64 {
        let mut lanes = [0.0; 4];
        // SAFETY: that `wide` exists promises AVX2; four values can be written.
        unsafe { _mm256_storeu_pd(lanes.as_mut_ptr(), _mm256_add_pd(wide.0, wide.1)) }
        lanes.iter().sum()
    }
}
