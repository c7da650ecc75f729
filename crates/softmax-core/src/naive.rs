use crate::{Element, Error};

/// The plain formula, `exp(xᵢ) / Σⱼ exp(xⱼ)`, which can overflow.
///
/// Each `exp`, the sum and each quotient are rounded to `T`, so it returns what IEEE arithmetic in `T` returns: `∞ / ∞
/// = NaN` once an `exp` overflows, `0 / 0 = NaN` once all underflow. The sum is the one that PyTorch prints, in `f64`
/// the one that NumPy prints: [`torch_sum`](crate::torch_sum), rounded once to a 16-bit `T`, and
/// [`numpy_sum`](crate::numpy_sum). A loop that rounds after each addition loses more: in `f32` up to n·2⁻²⁴ of the
/// sum, and in 16 bits a long sum stops growing.
///
/// # Errors
/// [`Error::Empty`].
pub fn softmax_naive<T: Element>(x: &[T]) -> Result<Vec<T>, Error> {
    if x.is_empty() {
        return Err(Error::Empty);
    }
    let mut out: Vec<T> = x.iter().map(|v| T::from_f64(v.to_f64().exp())).collect();
    let sum = T::sum(&out).to_f64();
    for v in &mut out {
        *v = T::from_f64(v.to_f64() / sum);
    }
    Ok(out)
}

/// `xᵢ − maxⱼ xⱼ`, rounded to `T`: makes [`softmax_naive`] safe, and changes nothing in exact arithmetic.
///
/// The largest value becomes 0, so that no `exp` overflows and the sum is at least 1. Any NaN makes all of it NaN, as
/// `x - x.max()` does in PyTorch.
///
/// # Errors
/// [`Error::Empty`].
pub fn max_normalized<T: Element>(x: &[T]) -> Result<Vec<T>, Error> {
    if x.is_empty() {
        return Err(Error::Empty);
    }
    let max = x.iter().map(|v| v.to_f64()).fold(f64::NEG_INFINITY, |m, v| if v.is_nan() || v > m { v } else { m });
    Ok(x.iter().map(|v| T::from_f64(v.to_f64() - max)).collect())
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use super::*;
    use crate::Diagnosis;

    fn narrow<T: Element>(z: &[f64]) -> Vec<T> {
        z.iter().map(|&v| T::from_f64(v)).collect()
    }

    #[test]
    fn it_overflows_to_nan_where_the_type_does() {
        // The largest finite exp: of 11.09 in f16, 88.7 in bf16 and f32, 709.78 in f64.
        fn check<T: Element>(fits: f64, overflows: f64) {
            assert!(Diagnosis::of(&softmax_naive(&narrow::<T>(&[fits, 0.0])).unwrap()).is_finite());
            let p = softmax_naive(&narrow::<T>(&[overflows, 0.0])).unwrap();
            assert!(p[0].to_f64().is_nan(), "∞ / ∞");
            assert_eq!(p[1].to_f64(), 0.0, "1 / ∞");
        }
        check::<f16>(11.0, 11.2);
        check::<bf16>(88.0, 89.0);
        check::<f32>(88.7, 88.8);
        check::<f64>(709.7, 709.8);
    }

    #[test]
    fn it_underflows_to_nan_and_subtracting_the_maximum_cures_it() {
        fn check<T: Element>(z: &[f64]) {
            let z = narrow::<T>(z);
            assert_eq!(Diagnosis::of(&softmax_naive(&z).unwrap()).nan, z.len(), "0 / 0");
            let p = softmax_naive(&max_normalized(&z).unwrap()).unwrap();
            assert!((p[0].to_f64() - 0.731).abs() < 3e-3, "{p:?}");
        }
        check::<f16>(&[-20.0, -21.0]);
        check::<bf16>(&[-110.0, -111.0]);
        check::<f32>(&[-110.0, -111.0]);
        check::<f64>(&[-750.0, -751.0]);
    }

    #[test]
    fn a_sixteen_bit_sum_is_rounded_once() {
        // In f16, 2048 + 1 is 2048: a loop that adds 4096 ones in f16 stops there.
        let p = softmax_naive(&vec![f16::ZERO; 4096]).unwrap();
        assert_eq!(p[0].to_f64(), 1.0 / 4096.0);
        // 70,000 ones are more than f16 can hold.
        assert_eq!(softmax_naive(&vec![f16::ZERO; 70_000]).unwrap()[0], f16::ZERO);
        let p = softmax_naive(&vec![bf16::ZERO; 4096]).unwrap();
        assert_eq!(p[0].to_f64(), 1.0 / 4096.0);
    }

    #[test]
    fn nan_reaches_everything() {
        assert_eq!(Diagnosis::of(&max_normalized(&[1.0_f32, f32::NAN, 2.0]).unwrap()).nan, 3);
        assert_eq!(max_normalized(&[3.0_f32, 1.0]).unwrap(), [0.0, -2.0]);
        assert_eq!(max_normalized::<f32>(&[]), Err(Error::Empty));
        assert_eq!(softmax_naive::<f16>(&[]), Err(Error::Empty));
    }
}
