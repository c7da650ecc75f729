use crate::{Element, Error};

/// Checks that every value lies in [0, 1] and that they sum to 1 within 0.001.
pub(crate) fn check<T: Element>(p: &[T]) -> Result<(), Error> {
    if p.is_empty() {
        return Err(Error::Empty);
    }
    let mut sum = 0.0;
    for (index, value) in p.iter().map(|v| v.to_f64()).enumerate() {
        if !(0.0..=1.001).contains(&value) {
            return Err(Error::NotAProbability { index, value });
        }
        sum += value;
    }
    if (sum - 1.0).abs() > 1e-3 { Err(Error::NotADistribution { sum }) } else { Ok(()) }
}

fn check_pair<T: Element>(p: &[T], q: &[T]) -> Result<(), Error> {
    if p.len() != q.len() {
        return Err(Error::LengthMismatch { left: p.len(), right: q.len() });
    }
    check(p)?;
    check(q)
}

/// `p ln p`, 0 at 0.
fn p_ln_p(p: f64) -> f64 {
    if p == 0.0 { 0.0 } else { p * p.ln() }
}

/// Shannon entropy `H(p) = −Σ pᵢ ln pᵢ` in nats, from 0 (certain) to `ln n` (uniform). Summed in `f64`.
///
/// # Errors
/// [`Error::NotAProbability`], [`Error::NotADistribution`] or [`Error::Empty`].
pub fn entropy<T: Element>(p: &[T]) -> Result<f64, Error> {
    check(p)?;
    Ok(-p.iter().map(|v| p_ln_p(v.to_f64())).sum::<f64>())
}

/// Perplexity `exp H(p)`: how many equally likely choices would be as uncertain, from 1 to `n`.
///
/// # Errors
/// As [`entropy`].
pub fn perplexity<T: Element>(p: &[T]) -> Result<f64, Error> {
    entropy(p).map(f64::exp)
}

/// Kullback–Leibler divergence `D(p ‖ q) = Σ pᵢ ln(pᵢ / qᵢ)` in nats; +∞ where `q` rules out what `p` allows.
///
/// # Errors
/// [`Error::LengthMismatch`], and as [`entropy`] for either.
pub fn kl_divergence<T: Element>(p: &[T], q: &[T]) -> Result<f64, Error> {
    check_pair(p, q)?;
    Ok(p.iter().zip(q).map(|(p, q)| kl_term(p.to_f64(), q.to_f64())).sum())
}

/// Jensen–Shannon divergence `½ D(p ‖ m) + ½ D(q ‖ m)`, `m = ½ (p + q)`, in nats: symmetric, from 0 to `ln 2`.
///
/// # Errors
/// As [`kl_divergence`].
pub fn js_divergence<T: Element>(p: &[T], q: &[T]) -> Result<f64, Error> {
    check_pair(p, q)?;
    let term = |p: f64, q: f64| {
        let m = 0.5 * (p + q);
        0.5 * (kl_term(p, m) + kl_term(q, m))
    };
    Ok(p.iter().zip(q).map(|(p, q)| term(p.to_f64(), q.to_f64())).sum())
}

fn kl_term(p: f64, q: f64) -> f64 {
    if p == 0.0 { 0.0 } else { p * (p / q).ln() }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;

    #[test]
    fn entropy_goes_from_certain_to_uniform() {
        assert_eq!(entropy(&[1.0, 0.0, 0.0]), Ok(0.0));
        assert!((entropy(&[0.25_f32; 4]).unwrap() - 2.0 * LN_2).abs() < 1e-15);
        assert!((perplexity(&[0.25_f32; 4]).unwrap() - 4.0).abs() < 1e-14);
        // scipy.stats.entropy([0.5, 0.3, 0.2])
        assert!((entropy(&[0.5, 0.3, 0.2]).unwrap() - 1.029_653_014_064_573_7).abs() < 1e-15);
    }

    #[test]
    fn divergences_are_those_of_scipy() {
        let (p, q) = ([0.5, 0.3, 0.2], [0.1, 0.6, 0.3]);
        // scipy.stats.entropy(p, q) and scipy.spatial.distance.jensenshannon(p, q) ** 2
        assert!((kl_divergence(&p, &q).unwrap() - 0.515_681_780_427_433_6).abs() < 1e-15);
        assert!((js_divergence(&p, &q).unwrap() - 0.103_294_525_415_074_06).abs() < 1e-15);
        assert_eq!(js_divergence(&p, &q), js_divergence(&q, &p));
        assert_eq!(kl_divergence(&p, &p), Ok(0.0));
        assert_eq!(kl_divergence(&[0.5, 0.5], &[1.0, 0.0]), Ok(f64::INFINITY));
        assert!((js_divergence(&[1.0, 0.0], &[0.0, 1.0]).unwrap() - LN_2).abs() < 1e-15);
    }

    #[test]
    fn logits_are_no_distribution() {
        assert_eq!(entropy(&[-1.0, 2.0]), Err(Error::NotAProbability { index: 0, value: -1.0 }));
        assert!(matches!(entropy(&[0.5, f64::NAN]), Err(Error::NotAProbability { index: 1, .. })));
        assert_eq!(entropy(&[0.5, 0.25]), Err(Error::NotADistribution { sum: 0.75 }));
        assert_eq!(perplexity::<f32>(&[]), Err(Error::Empty));
        assert_eq!(kl_divergence(&[1.0], &[0.5, 0.5]), Err(Error::LengthMismatch { left: 1, right: 2 }));
        assert_eq!(js_divergence(&[1.0, 0.0], &[0.5, 0.25]), Err(Error::NotADistribution { sum: 0.75 }));
    }
}
