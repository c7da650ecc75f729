use crate::{Error, Float, Temperature, kernel};

/// The probabilities of logits: `σ(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`, each in [0, 1], with sum 1.
///
/// The maximum is subtracted first, so logits may have any size. Time O(n): one pass for the maximum, one for the
/// exponentials and their sum, one to divide.
///
/// Relative error of a normal probability: at most 4e-7 in `f32`, 4e-15 in `f64`. The same input gives the same bits,
/// in all of this function's forms, on the same instruction set.
///
/// All NaN if any logit is NaN or +∞, or if all are −∞; otherwise 0 for a logit of −∞.
///
/// ```
/// use softmax_core::softmax;
///
/// assert_eq!(softmax(&[1000.0_f32, 1000.0, f32::NEG_INFINITY])?, [0.5, 0.5, 0.0]);
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`].
pub fn softmax<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    Temperature::ONE.softmax(x)
}

/// [`softmax`] into a given buffer; allocates nothing.
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`] if `out` is not as long as `x`. `out` is as it was then.
pub fn softmax_into<T: Float>(x: &[T], out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.softmax_into(x, out)
}

/// [`softmax`] that overwrites its input; allocates nothing.
///
/// # Errors
/// [`Error::Empty`].
pub fn softmax_in_place<T: Float>(x: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.softmax_in_place(x)
}

/// [`softmax`] in one pass over the input: maximum and sum are found together, as Milakov and Gimelshein describe
/// ([arXiv:1805.02867](https://arxiv.org/abs/1805.02867)), block by block.
///
/// Whenever a block has a larger maximum `m'` than the `m` so far, the sum so far is multiplied by `exp(m − m')`. The
/// exponentials go straight into the output; a pass over that then brings every block to the final maximum and sum.
///
/// Errors and special values are those of `softmax`; the last bits may differ.
///
/// # Errors
/// [`Error::Empty`].
pub fn softmax_online<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    Temperature::ONE.softmax_online(x)
}

/// The logarithms of the probabilities: `ln σ(x)ᵢ = xᵢ − m − ln Σⱼ exp(xⱼ − m)`, `m` the maximum; none is positive.
///
/// Finite where the probability itself is too small for its type: `softmax` of [0, −200] is [1, 0] in `f32`, its
/// logarithm [0, −200]. Relative error of at most 4e-7 in `f32` and 4e-15 in `f64`, or that much absolutely if the
/// value is in [−1, 0].
///
/// All NaN if any logit is NaN or +∞, or if all are −∞; otherwise −∞ for a logit of −∞.
///
/// ```
/// use softmax_core::log_softmax;
///
/// assert_eq!(log_softmax(&[0.0_f32, -200.0])?, [0.0, -200.0]);
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`].
pub fn log_softmax<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    Temperature::ONE.log_softmax(x)
}

/// [`log_softmax`] into a given buffer; allocates nothing.
///
/// # Errors
/// As [`softmax_into`].
pub fn log_softmax_into<T: Float>(x: &[T], out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.log_softmax_into(x, out)
}

/// [`log_softmax`] that overwrites its input; allocates nothing.
///
/// # Errors
/// [`Error::Empty`].
pub fn log_softmax_in_place<T: Float>(x: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.log_softmax_in_place(x)
}

/// `ln Σⱼ exp(xⱼ)`, without overflow: `m + ln Σⱼ exp(xⱼ − m)`, `m` the maximum. At least `m`, at most `m + ln n`.
///
/// Error of at most 4e-7 in `f32` and 4e-15 in `f64`, relative to 1 + |result|.
///
/// NaN if any logit is NaN, else +∞ if one is +∞, else −∞ if all are −∞: the limits.
///
/// ```
/// use softmax_core::logsumexp;
///
/// assert_eq!(logsumexp(&[1000.0_f64, 1000.0])?, 1000.0 + 2.0_f64.ln());
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`].
pub fn logsumexp<T: Float>(x: &[T]) -> Result<T, Error> {
    Temperature::ONE.logsumexp(x)
}

/// The functions of this crate on `x / t`, where `t` is this temperature.
///
/// Logits are divided after the maximum is subtracted, and rounding errors are compensated: the error bounds of the
/// functions hold, and no quotient that matters overflows.
impl Temperature {
    /// [`softmax`] of `x / t`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn softmax<T: Float>(self, x: &[T]) -> Result<Vec<T>, Error> {
        let mut out = zeros(x)?;
        kernel::softmax(T::kernel(), Some(x), &mut out, self);
        Ok(out)
    }

    /// [`softmax_into`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_into`].
    pub fn softmax_into<T: Float>(self, x: &[T], out: &mut [T]) -> Result<(), Error> {
        same_length(x, out)?;
        kernel::softmax(T::kernel(), Some(x), out, self);
        Ok(())
    }

    /// [`softmax_in_place`] of `x / t`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn softmax_in_place<T: Float>(self, x: &mut [T]) -> Result<(), Error> {
        not_empty(x)?;
        kernel::softmax(T::kernel(), None, x, self);
        Ok(())
    }

    /// [`softmax_online`] of `x / t`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn softmax_online<T: Float>(self, x: &[T]) -> Result<Vec<T>, Error> {
        let mut out = zeros(x)?;
        kernel::softmax_online(T::kernel(), x, &mut out, self);
        Ok(out)
    }

    /// [`log_softmax`] of `x / t`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn log_softmax<T: Float>(self, x: &[T]) -> Result<Vec<T>, Error> {
        let mut out = zeros(x)?;
        kernel::log_softmax(T::kernel(), Some(x), &mut out, self);
        Ok(out)
    }

    /// [`log_softmax_into`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_into`].
    pub fn log_softmax_into<T: Float>(self, x: &[T], out: &mut [T]) -> Result<(), Error> {
        same_length(x, out)?;
        kernel::log_softmax(T::kernel(), Some(x), out, self);
        Ok(())
    }

    /// [`log_softmax_in_place`] of `x / t`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn log_softmax_in_place<T: Float>(self, x: &mut [T]) -> Result<(), Error> {
        not_empty(x)?;
        kernel::log_softmax(T::kernel(), None, x, self);
        Ok(())
    }

    /// [`logsumexp`] of `x / t`: `ln Σⱼ exp(xⱼ / t)`.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn logsumexp<T: Float>(self, x: &[T]) -> Result<T, Error> {
        not_empty(x)?;
        Ok(kernel::logsumexp(T::kernel(), x, self))
    }
}

pub(crate) fn not_empty<T>(x: &[T]) -> Result<(), Error> {
    if x.is_empty() { Err(Error::Empty) } else { Ok(()) }
}

pub(crate) fn same_length<T>(x: &[T], out: &[T]) -> Result<(), Error> {
    not_empty(x)?;
    if x.len() != out.len() {
        return Err(Error::LengthMismatch { left: x.len(), right: out.len() });
    }
    Ok(())
}

/// A buffer for the results.
fn zeros<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    not_empty(x)?;
    Ok(vec![T::default(); x.len()])
}
