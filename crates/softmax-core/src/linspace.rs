use crate::Float;

/// `n` evenly spaced values from `start` to `end`, both included, with PyTorch's rounding: the first half counts up
/// from `start`, the second half down from `end`, so that both ends are exact and a symmetric range stays symmetric.
///
/// One value is `start`; none is an empty list.
pub fn linspace<T: Float>(start: T, end: T, n: usize) -> Vec<T> {
    let round = T::from_f64;
    if n == 1 {
        return vec![start];
    }
    let step = round(round(end.to_f64() - start.to_f64()).to_f64() / (n as f64 - 1.0)).to_f64();
    let up = |i: usize| round(start.to_f64() + round(step * i as f64).to_f64());
    let down = |i: usize| round(end.to_f64() - round(step * (n - 1 - i) as f64).to_f64());
    (0..n).map(|i| if i < n / 2 { up(i) } else { down(i) }).collect()
}
