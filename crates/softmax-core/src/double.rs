//! The kernels in `f64`, in portable code.

use crate::{Element, Temperature, float::sealed::Kernel};

impl Kernel for f64 {
    fn softmax_into(x: &[Self], t: Temperature, out: &mut [Self]) {
        out.copy_from_slice(x);
        softmax_in_place(out, t);
    }

    fn softmax_in_place(x: &mut [Self], t: Temperature) {
        softmax_in_place(x, t);
    }

    fn softmax_streaming(x: &[Self], t: Temperature, out: &mut [Self]) {
        Self::softmax_into(x, t, out);
    }

    fn softmax_online(x: &[Self], t: Temperature, out: &mut [Self]) {
        Self::softmax_into(x, t, out);
    }

    fn log_softmax_into(x: &[Self], t: Temperature, out: &mut [Self]) {
        out.copy_from_slice(x);
        log_softmax_in_place(out, t);
    }

    fn log_softmax_in_place(x: &mut [Self], t: Temperature) {
        log_softmax_in_place(x, t);
    }

    fn logsumexp(x: &[Self], t: Temperature) -> Self {
        logsumexp(x, t)
    }

    fn argmax(x: &[Self]) -> usize {
        argmax(x)
    }

    fn first_above(x: &[Self], bound: Self) -> Option<usize> {
        first_above(x, bound)
    }
}

// A first form in f64; replaced by SIMD.
impl Kernel for f32 {
    fn softmax_into(x: &[Self], t: Temperature, out: &mut [Self]) {
        out.copy_from_slice(x);
        softmax_in_place(out, t);
    }

    fn softmax_in_place(x: &mut [Self], t: Temperature) {
        softmax_in_place(x, t);
    }

    fn softmax_streaming(x: &[Self], t: Temperature, out: &mut [Self]) {
        Self::softmax_into(x, t, out);
    }

    fn softmax_online(x: &[Self], t: Temperature, out: &mut [Self]) {
        Self::softmax_into(x, t, out);
    }

    fn log_softmax_into(x: &[Self], t: Temperature, out: &mut [Self]) {
        out.copy_from_slice(x);
        log_softmax_in_place(out, t);
    }

    fn log_softmax_in_place(x: &mut [Self], t: Temperature) {
        log_softmax_in_place(x, t);
    }

    fn logsumexp(x: &[Self], t: Temperature) -> Self {
        logsumexp(x, t)
    }

    fn argmax(x: &[Self]) -> usize {
        argmax(x)
    }

    fn first_above(x: &[Self], bound: Self) -> Option<usize> {
        first_above(x, bound)
    }
}

fn maximum<T: Element>(x: &[T]) -> f64 {
    x.iter().fold(f64::NEG_INFINITY, |m, &v| if v.to_f64() > m { v.to_f64() } else { m })
}

fn exp_sum<T: Element>(x: &[T], max: f64, t: Temperature) -> f64 {
    x.iter().map(|&v| ((v.to_f64() - max) / t.value()).exp()).sum()
}

fn softmax_in_place<T: Element>(x: &mut [T], t: Temperature) {
    let max = maximum(x);
    let sum = exp_sum(x, max, t);
    for v in x {
        *v = T::from_f64(((v.to_f64() - max) / t.value()).exp() / sum);
    }
}

fn log_softmax_in_place<T: Element>(x: &mut [T], t: Temperature) {
    let max = maximum(x);
    let ln_sum = exp_sum(x, max, t).ln();
    for v in x {
        *v = T::from_f64((v.to_f64() - max) / t.value() - ln_sum);
    }
}

fn logsumexp<T: Element>(x: &[T], t: Temperature) -> T {
    let max = maximum(x);
    if max.is_infinite() {
        return if x.iter().any(|v| v.to_f64().is_nan()) { T::from_f64(f64::NAN) } else { T::from_f64(max) };
    }
    T::from_f64(max / t.value() + exp_sum(x, max, t).ln())
}

fn argmax<T: Element>(x: &[T]) -> usize {
    if let Some(index) = x.iter().position(|v| v.to_f64().is_nan()) {
        return index;
    }
    let max = maximum(x);
    x.iter().position(|v| v.to_f64() == max).unwrap_or(0)
}

fn first_above<T: Element>(x: &[T], bound: T) -> Option<usize> {
    x.iter().position(|v| !matches!(v.partial_cmp(&bound), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)))
}
