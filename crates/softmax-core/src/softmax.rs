use crate::{Error, Float, Temperature, kernel};

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

fn collect<T: Float>(x: &[T], into: impl FnOnce(&[T], &mut [T]) -> Result<(), Error>) -> Result<Vec<T>, Error> {
    let mut out = vec![T::default(); x.len()];
    into(x, &mut out)?;
    Ok(out)
}

/// `σ(x)ᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`, for logits of any size.
pub fn softmax<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    softmax_with(x, Temperature::ONE)
}

/// [`softmax`] of `x / t`.
pub fn softmax_with<T: Float>(x: &[T], t: Temperature) -> Result<Vec<T>, Error> {
    collect(x, |x, out| softmax_into_with(x, out, t))
}

/// [`softmax`] into a given buffer.
pub fn softmax_into<T: Float>(x: &[T], out: &mut [T]) -> Result<(), Error> {
    softmax_into_with(x, out, Temperature::ONE)
}

/// [`softmax_into`] of `x / t`.
pub fn softmax_into_with<T: Float>(x: &[T], out: &mut [T], t: Temperature) -> Result<(), Error> {
    same_length(x, out)?;
    kernel::softmax(T::kernel(), Some(x), out, t);
    Ok(())
}

/// [`softmax`] that overwrites its input.
pub fn softmax_in_place<T: Float>(x: &mut [T]) -> Result<(), Error> {
    softmax_in_place_with(x, Temperature::ONE)
}

/// [`softmax_in_place`] of `x / t`.
pub fn softmax_in_place_with<T: Float>(x: &mut [T], t: Temperature) -> Result<(), Error> {
    not_empty(x)?;
    kernel::softmax(T::kernel(), None, x, t);
    Ok(())
}

/// [`softmax`] that reads its input once.
pub fn softmax_online<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    softmax_online_with(x, Temperature::ONE)
}

/// [`softmax_online`] of `x / t`.
pub fn softmax_online_with<T: Float>(x: &[T], t: Temperature) -> Result<Vec<T>, Error> {
    collect(x, |x, out| {
        same_length(x, out)?;
        kernel::softmax_online(T::kernel(), x, out, t);
        Ok(())
    })
}

/// `ln σ(x)ᵢ = xᵢ − ln Σⱼ exp(xⱼ)`.
pub fn log_softmax<T: Float>(x: &[T]) -> Result<Vec<T>, Error> {
    log_softmax_with(x, Temperature::ONE)
}

/// [`log_softmax`] of `x / t`.
pub fn log_softmax_with<T: Float>(x: &[T], t: Temperature) -> Result<Vec<T>, Error> {
    collect(x, |x, out| log_softmax_into_with(x, out, t))
}

/// [`log_softmax`] into a given buffer.
pub fn log_softmax_into<T: Float>(x: &[T], out: &mut [T]) -> Result<(), Error> {
    log_softmax_into_with(x, out, Temperature::ONE)
}

/// [`log_softmax_into`] of `x / t`.
pub fn log_softmax_into_with<T: Float>(x: &[T], out: &mut [T], t: Temperature) -> Result<(), Error> {
    same_length(x, out)?;
    kernel::log_softmax(T::kernel(), Some(x), out, t);
    Ok(())
}

/// [`log_softmax`] that overwrites its input.
pub fn log_softmax_in_place<T: Float>(x: &mut [T]) -> Result<(), Error> {
    log_softmax_in_place_with(x, Temperature::ONE)
}

/// [`log_softmax_in_place`] of `x / t`.
pub fn log_softmax_in_place_with<T: Float>(x: &mut [T], t: Temperature) -> Result<(), Error> {
    not_empty(x)?;
    kernel::log_softmax(T::kernel(), None, x, t);
    Ok(())
}

/// `ln Σⱼ exp(xⱼ)`.
pub fn logsumexp<T: Float>(x: &[T]) -> Result<T, Error> {
    logsumexp_with(x, Temperature::ONE)
}

/// [`logsumexp`] of `x / t`.
pub fn logsumexp_with<T: Float>(x: &[T], t: Temperature) -> Result<T, Error> {
    not_empty(x)?;
    Ok(kernel::logsumexp(T::kernel(), x, t))
}
