use std::cmp::Ordering;

use crate::{Error, Float};

/// A value and where it was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked<T> {
    /// Position in the input: for logits over a vocabulary, the token id.
    pub index: usize,
    /// The value there.
    pub value: T,
}

/// Index of the largest value; the lowest index wins a tie. NaN counts as larger than any number, as in PyTorch.
///
/// # Errors
/// [`Error::Empty`].
pub fn argmax<T: Float>(x: &[T]) -> Result<usize, Error> {
    if x.is_empty() { Err(Error::Empty) } else { Ok(T::argmax(x)) }
}

/// The `k` largest values, largest first; a tie goes to the lower index. NaN counts as larger than any number.
///
/// Time O(n + k log k), memory O(k).
///
/// # Errors
/// [`Error::Empty`]; [`Error::TopK`] if `k` is greater than the number of values.
pub fn top_k<T: Float>(x: &[T], k: usize) -> Result<Vec<Ranked<T>>, Error> {
    if x.is_empty() {
        return Err(Error::Empty);
    }
    if k > x.len() {
        return Err(Error::TopK { k, len: x.len() });
    }
    let mut all: Vec<_> = x.iter().enumerate().map(|(index, &value)| Ranked { index, value }).collect();
    all.sort_unstable_by(largest_first);
    all.truncate(k);
    Ok(all)
}

/// The nucleus: the fewest largest probabilities that together reach `p`, largest first.
///
/// # Errors
/// [`Error::TopP`] if `p` is not in (0, 1]; [`Error::NotAProbability`], [`Error::NotADistribution`] or
/// [`Error::Empty`] if the values are no distribution.
pub fn top_p<T: Float>(probabilities: &[T], p: f64) -> Result<Vec<Ranked<T>>, Error> {
    if !(p > 0.0 && p <= 1.0) {
        return Err(Error::TopP { value: p });
    }
    crate::distribution::check(probabilities)?;
    let mut ranked = top_k(probabilities, probabilities.len())?;
    let mut sum = 0.0;
    let reached = ranked.iter().position(|r| {
        sum += r.value.to_f64();
        sum >= p
    });
    ranked.truncate(reached.map_or(ranked.len(), |last| last + 1));
    Ok(ranked)
}

fn largest_first<T: Float>(a: &Ranked<T>, b: &Ranked<T>) -> Ordering {
    let (x, y) = (a.value.to_f64(), b.value.to_f64());
    let by_value = y.partial_cmp(&x).unwrap_or_else(|| y.is_nan().cmp(&x.is_nan()));
    by_value.then(a.index.cmp(&b.index))
}
