/// Lanes of a 256-bit register: PyTorch has no wider version of its sum.
const LANES: usize = 8;
/// The number of registers that PyTorch adds to in turn.
const STREAMS: usize = 4;
/// With more values than this, PyTorch adds each half on its own thread.
const SHARED_ABOVE: usize = 32_768;
/// NumPy adds up to this many values without splitting them.
const NUMPY_BLOCK: usize = 128;

/// `Σ xᵢ`, added in the order of PyTorch's `sum` of a contiguous float32 tensor on two cores of an x86-64 CPU.
///
/// Eight lanes in four streams are each added up in blocks, sums of blocks and sums of those; of more than 32,768
/// values each half so. A loop's error grows with n, that of this order with its logarithm. The result has the same
/// bits as PyTorch 2.13's. (On one thread PyTorch adds any number of values in one piece, and on three or more threads
/// more than 65,536 values in more than two.)
///
/// Any NaN, or both infinities, give NaN. The sum of nothing is 0.
pub fn torch_sum(x: &[f32]) -> f32 {
    if x.len() <= SHARED_ABOVE {
        return torch_sum_of_one_thread(x);
    }
    let (first, second) = x.split_at(x.len().div_ceil(2));
    torch_sum_of_one_thread(first) + torch_sum_of_one_thread(second)
}

fn torch_sum_of_one_thread(x: &[f32]) -> f32 {
    if x.len() < LANES { cascade::<1>(x) } else { cascade::<LANES>(x) }
}

fn cascade<const L: usize>(x: &[f32]) -> f32 {
    const LEVELS: usize = 4;
    let add = |sum: &mut [f32; L], other: &[f32; L]| sum.iter_mut().zip(other).for_each(|(s, v)| *s += v);
    let (vectors, rest) = x.as_chunks::<L>();
    let (rows, last_vectors) = vectors.as_chunks::<STREAMS>();
    // A level takes over the sum below it each time that has added 2^power of what is below that.
    let power = (rows.len().next_power_of_two().ilog2() / LEVELS as u32).max(4);
    let full = |rows: usize, level: usize| rows.trailing_zeros() >= power * (level as u32 + 1);
    let mut levels = [[[0.0_f32; L]; STREAMS]; LEVELS];
    for (i, row) in rows.iter().enumerate() {
        levels[0].iter_mut().zip(row).for_each(|(sum, v)| add(sum, v));
        for level in (0..LEVELS - 1).take_while(|&level| full(i + 1, level)) {
            let below = std::mem::replace(&mut levels[level], [[0.0; L]; STREAMS]);
            levels[level + 1].iter_mut().zip(&below).for_each(|(sum, v)| add(sum, v));
        }
    }
    let [mut streams, above @ ..] = levels;
    for level in &above {
        streams.iter_mut().zip(level).for_each(|(sum, v)| add(sum, v));
    }
    let [mut lanes, others @ ..] = streams;
    last_vectors.iter().chain(&others).for_each(|v| add(&mut lanes, v));
    rest.iter().chain(&lanes).fold(0.0, |sum, v| sum + v)
}

/// `Σ xᵢ`, added in the order of NumPy's `sum` of a contiguous float64 array.
///
/// Halves down to 128 values, and those in eight sums. The result has the same bits as NumPy 2.4's.
///
/// Any NaN, or both infinities, give NaN. The sum of nothing is 0.
pub fn numpy_sum(x: &[f64]) -> f64 {
    if x.len() > NUMPY_BLOCK {
        let half = x.len() / 2;
        let (first, second) = x.split_at(half - half % LANES);
        return numpy_sum(first) + numpy_sum(second);
    }
    let (rows, rest) = x.as_chunks::<LANES>();
    let Some((first, rows)) = rows.split_first() else { return rest.iter().fold(0.0, |sum, v| sum + v) };
    let mut r = *first;
    for row in rows {
        r.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
    }
    rest.iter().fold(((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7])), |sum, v| sum + v)
}
