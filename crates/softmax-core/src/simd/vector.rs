/// A register of `f32` lanes: the few operations that the kernels need, one implementation per instruction set.
///
/// Only the two `unsafe` constructors create a value, and their callers guarantee that the CPU has the instructions. So
/// a value proves its instruction set, and the other methods are safe.
pub(super) trait Vector: Copy {
    /// Number of lanes, a power of two up to [`MAX_LANES`].
    const LANES: usize;

    /// Whether `mul_add` rounds once.
    const FUSES: bool;

    /// As many lanes of `f64`.
    type Wide: Copy;

    /// The same value in every lane.
    ///
    /// # Safety
    /// The processor has this type's instructions.
    unsafe fn splat(value: f32) -> Self;

    /// The `LANES` values at `from`, of any alignment.
    ///
    /// # Safety
    /// The processor has this type's instructions, and the values can be read.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes the lanes to `to`, of any alignment.
    ///
    /// # Safety
    /// `LANES` values can be written at `to`.
    unsafe fn store(self, to: *mut f32);

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;

    /// `self · factor + addend`, rounded once or twice, whichever is faster.
    fn mul_add(self, factor: Self, addend: Self) -> Self;

    /// `self · factor + addend`, rounded once.
    fn fused(self, factor: Self, addend: Self) -> Self {
        self.mul_add(factor, addend)
    }

    /// The larger of both; `other` where either is NaN (NEON: NaN then).
    fn max(self, other: Self) -> Self;

    /// Zero where `key < bound`; `self` elsewhere, also where `key` is NaN.
    fn zero_below(self, key: Self, bound: Self) -> Self;

    /// The bits shifted left by 23: `2^(n − 127)` from an integer `n` in the lowest bits.
    fn pow2(self) -> Self;

    /// Whether a lane is greater than `bound`'s, or either is NaN.
    fn any_above(self, bound: Self) -> bool;

    /// Zero in every lane.
    ///
    /// # Safety
    /// The processor has this type's instructions.
    unsafe fn wide_zero() -> Self::Wide;

    /// Adds the lanes to `wide`.
    fn add_to(self, wide: Self::Wide) -> Self::Wide;

    /// Sum over the lanes.
    fn wide_sum(wide: Self::Wide) -> f64;
}

/// The most lanes that a [`Vector`] may have.
pub(super) const MAX_LANES: usize = 16;
