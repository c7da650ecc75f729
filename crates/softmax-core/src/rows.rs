use crate::{Error, Float, Temperature, kernel, softmax::not_empty};

/// [`softmax`](crate::softmax) of every row of a row-major matrix `[n_rows, n_cols]`, into one of the same shape.
///
/// Rows are distributed over the cores (feature `parallel`, on rayon's threads). Each row has the same bits as from
/// `softmax`.
///
/// ```
/// use softmax_core::softmax_rows;
///
/// // As attention has it: −∞ stands for what a row must not see.
/// let hidden = f32::NEG_INFINITY;
/// let scores = [1.0, hidden, hidden, 1.0, 2.0, hidden, 1.0, 2.0, 3.0];
/// let mut attention = [0.0; 9];
/// softmax_rows(&scores, 3, &mut attention)?;
/// assert_eq!(format!("{:.4?}", &attention[3..6]), "[0.2689, 0.7311, 0.0000]");
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::Rows`] if `x` does not split into rows of `n_cols`; [`Error::LengthMismatch`] if `out` is
/// not as long as `x`. `out` is as it was then.
pub fn softmax_rows<T: Float>(x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.softmax_rows(x, n_cols, out)
}

/// [`log_softmax`](crate::log_softmax) of every row of a row-major matrix `[n_rows, n_cols]`, as [`softmax_rows`].
///
/// # Errors
/// As [`softmax_rows`].
pub fn log_softmax_rows<T: Float>(x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.log_softmax_rows(x, n_cols, out)
}

impl Temperature {
    /// [`softmax_rows`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows`].
    pub fn softmax_rows<T: Float>(self, x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
        for_each_row(x, n_cols, out, |x, out| kernel::softmax(T::kernel(), Some(x), out, self))
    }

    /// [`log_softmax_rows`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows`].
    pub fn log_softmax_rows<T: Float>(self, x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
        for_each_row(x, n_cols, out, |x, out| kernel::log_softmax(T::kernel(), Some(x), out, self))
    }
}

fn for_each_row<T: Float>(
    x: &[T],
    n_cols: usize,
    out: &mut [T],
    row: impl Fn(&[T], &mut [T]) + Send + Sync,
) -> Result<(), Error> {
    not_empty(x)?;
    if n_cols == 0 || !x.len().is_multiple_of(n_cols) {
        return Err(Error::Rows { len: x.len(), n_cols });
    }
    if x.len() != out.len() {
        return Err(Error::LengthMismatch { left: x.len(), right: out.len() });
    }
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        x.par_chunks_exact(n_cols).zip(out.par_chunks_exact_mut(n_cols)).for_each(|(x, out)| row(x, out));
    }
    #[cfg(not(feature = "parallel"))]
    x.chunks_exact(n_cols).zip(out.chunks_exact_mut(n_cols)).for_each(|(x, out)| row(x, out));
    Ok(())
}
