use std::cmp::Ordering;

use crate::{
    Element, Error, Float, distribution,
    kernel::{self, Kernel},
    softmax::not_empty,
};

/// A value and where it was found.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    not_empty(x)?;
    Ok(kernel::argmax(T::kernel(), x))
}

/// The `k` largest values, largest first; a tie goes to the lower index. NaN counts as larger than any number.
///
/// Time O(n + k log k), memory O(k).
///
/// # Errors
/// [`Error::Empty`]; [`Error::TopK`] if `k` is greater than the number of values.
pub fn top_k<T: Float>(x: &[T], k: usize) -> Result<Vec<Ranked<T>>, Error> {
    not_empty(x)?;
    if k > x.len() {
        return Err(Error::TopK { k, len: x.len() });
    }
    Ok(top_k_within(T::kernel(), x, k, Vec::new()))
}

/// The nucleus: the smallest set of largest probabilities whose sum reaches `p`, largest first.
///
/// # Errors
/// [`Error::TopP`] if `p` is not in (0, 1]; [`Error::NotAProbability`], [`Error::NotADistribution`] or [`Error::Empty`]
/// if the values are not a distribution.
pub fn top_p<T: Float>(probabilities: &[T], p: f64) -> Result<Vec<Ranked<T>>, Error> {
    if !(p > 0.0 && p <= 1.0) {
        return Err(Error::TopP { value: p });
    }
    distribution::check(probabilities)?;
    // Most of the probability is in few values: sort no more of them than it takes.
    let mut k = 64.min(probabilities.len());
    loop {
        let mut ranked = top_k(probabilities, k)?;
        let mut sum = 0.0;
        let reached = ranked.iter().position(|r| {
            sum += r.value.to_f64();
            sum >= p
        });
        if let Some(last) = reached {
            ranked.truncate(last + 1);
            return Ok(ranked);
        }
        // Rounding may leave the sum of all of them just below p.
        if k == probabilities.len() {
            return Ok(ranked);
        }
        k = (8 * k).min(probabilities.len());
    }
}

/// The number of values checked one by one after one that may belong to the top `k`.
const NEIGHBOURS: usize = 64;

/// The top `k`, at most as many as there are, in the memory of `candidates`.
///
/// The vector is passed by value and returned: behind a reference, its length would be written to memory with each
/// candidate.
pub(crate) fn top_k_within<T: Element>(
    kernel: impl Kernel<T>,
    x: &[T],
    k: usize,
    mut candidates: Vec<Ranked<T>>,
) -> Vec<Ranked<T>> {
    candidates.clear();
    if k == 0 {
        return candidates;
    }
    // Collects candidates; each time there are twice too many, keeps the top k in O(k) and learns their least value.
    // Later values must be above that, since a tie goes to the earlier one. So each value costs O(1).
    let capacity = (2 * k).max(k + NEIGHBOURS).min(x.len());
    candidates.reserve(capacity);
    let mut bound = None;
    let mut start = 0;
    while start < x.len() {
        if let Some(bound) = bound {
            match kernel.first_above(&x[start..], bound) {
                Some(next) => start += next,
                None => break,
            }
        }
        let end = (start + NEIGHBOURS).min(x.len());
        for (index, &value) in x.iter().enumerate().take(end).skip(start) {
            if bound.is_none_or(|bound| above(value, bound)) {
                candidates.push(Ranked { index, value });
                if candidates.len() == capacity && k < capacity {
                    candidates.select_nth_unstable_by(k - 1, largest_first);
                    candidates.truncate(k);
                    bound = Some(candidates[k - 1].value);
                }
            }
        }
        start = end;
    }
    candidates.sort_unstable_by(largest_first);
    candidates.truncate(k);
    candidates
}

/// Whether `a` comes before `b` by value: larger, or NaN where `b` is a number.
fn above<T: Element>(a: T, b: T) -> bool {
    a > b || (a.to_f64().is_nan() && !b.to_f64().is_nan())
}

fn largest_first<T: Element>(a: &Ranked<T>, b: &Ranked<T>) -> Ordering {
    let (x, y) = (a.value.to_f64(), b.value.to_f64());
    let by_value = y.partial_cmp(&x).unwrap_or_else(|| y.is_nan().cmp(&x.is_nan()));
    by_value.then(a.index.cmp(&b.index))
}
