use crate::{Error, Float, Temperature, kernel};

/// [`softmax`](crate::softmax) of every row of a row-major matrix `[n_rows, n_cols]`: a matrix of the same shape.
///
/// Rows are distributed over the cores (feature `parallel`, on rayon's threads). Each row has the same bits as from
/// `softmax`. A matrix without values, `[0, n_cols]` or `[n_rows, 0]`, gives one without values.
///
/// ```
/// use softmax_core::softmax_rows;
///
/// // Attention scores: −∞ where a row must not look.
/// let hidden = f32::NEG_INFINITY;
/// let scores = [1.0, hidden, hidden, 1.0, 2.0, hidden, 1.0, 2.0, 3.0];
/// let attention = softmax_rows(&scores, 3)?;
/// assert_eq!(format!("{:.4?}", &attention[3..6]), "[0.2689, 0.7311, 0.0000]");
/// assert_eq!(softmax_rows::<f32>(&[], 3)?, []);
/// # Ok::<(), softmax_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Rows`] if `x` does not split into rows of `n_cols`.
pub fn softmax_rows<T: Float>(x: &[T], n_cols: usize) -> Result<Vec<T>, Error> {
    Temperature::ONE.softmax_rows(x, n_cols)
}

/// [`softmax_rows`] into a given buffer.
///
/// # Errors
/// [`Error::Rows`] if `x` does not split into rows of `n_cols`; [`Error::LengthMismatch`] if `out` is not as long as
/// `x`. `out` is unchanged then.
pub fn softmax_rows_into<T: Float>(x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.softmax_rows_into(x, n_cols, out)
}

/// [`softmax_rows`] that overwrites its input.
///
/// # Errors
/// [`Error::Rows`] if `x` does not split into rows of `n_cols`. `x` is unchanged then.
pub fn softmax_rows_in_place<T: Float>(x: &mut [T], n_cols: usize) -> Result<(), Error> {
    Temperature::ONE.softmax_rows_in_place(x, n_cols)
}

/// [`log_softmax`](crate::log_softmax) of every row of a row-major matrix `[n_rows, n_cols]`, as [`softmax_rows`].
///
/// # Errors
/// As [`softmax_rows`].
pub fn log_softmax_rows<T: Float>(x: &[T], n_cols: usize) -> Result<Vec<T>, Error> {
    Temperature::ONE.log_softmax_rows(x, n_cols)
}

/// [`log_softmax_rows`] into a given buffer.
///
/// # Errors
/// As [`softmax_rows_into`].
pub fn log_softmax_rows_into<T: Float>(x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
    Temperature::ONE.log_softmax_rows_into(x, n_cols, out)
}

/// [`log_softmax_rows`] that overwrites its input.
///
/// # Errors
/// As [`softmax_rows_in_place`].
pub fn log_softmax_rows_in_place<T: Float>(x: &mut [T], n_cols: usize) -> Result<(), Error> {
    Temperature::ONE.log_softmax_rows_in_place(x, n_cols)
}

impl Temperature {
    /// [`softmax_rows`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows`].
    pub fn softmax_rows<T: Float>(self, x: &[T], n_cols: usize) -> Result<Vec<T>, Error> {
        let mut out = vec![T::default(); x.len()];
        self.softmax_rows_into(x, n_cols, &mut out)?;
        Ok(out)
    }

    /// [`softmax_rows_into`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows_into`].
    pub fn softmax_rows_into<T: Float>(self, x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
        let kernel = T::kernel();
        for_each_row(Some(x), n_cols, out, |x, out| kernel::softmax(kernel, x, out, self))
    }

    /// [`softmax_rows_in_place`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows_in_place`].
    pub fn softmax_rows_in_place<T: Float>(self, x: &mut [T], n_cols: usize) -> Result<(), Error> {
        let kernel = T::kernel();
        for_each_row(None, n_cols, x, |_, x| kernel::softmax(kernel, None, x, self))
    }

    /// [`log_softmax_rows`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows`].
    pub fn log_softmax_rows<T: Float>(self, x: &[T], n_cols: usize) -> Result<Vec<T>, Error> {
        let mut out = vec![T::default(); x.len()];
        self.log_softmax_rows_into(x, n_cols, &mut out)?;
        Ok(out)
    }

    /// [`log_softmax_rows_into`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows_into`].
    pub fn log_softmax_rows_into<T: Float>(self, x: &[T], n_cols: usize, out: &mut [T]) -> Result<(), Error> {
        let kernel = T::kernel();
        for_each_row(Some(x), n_cols, out, |x, out| kernel::log_softmax(kernel, x, out, self))
    }

    /// [`log_softmax_rows_in_place`] of `x / t`.
    ///
    /// # Errors
    /// As [`softmax_rows_in_place`].
    pub fn log_softmax_rows_in_place<T: Float>(self, x: &mut [T], n_cols: usize) -> Result<(), Error> {
        let kernel = T::kernel();
        for_each_row(None, n_cols, x, |_, x| kernel::log_softmax(kernel, None, x, self))
    }
}

/// Calls `row` with each row of `x` and of `out`, on all cores. Without `x`, the input is in `out`.
fn for_each_row<T: Float>(
    x: Option<&[T]>,
    n_cols: usize,
    out: &mut [T],
    row: impl Fn(Option<&[T]>, &mut [T]) + Send + Sync,
) -> Result<(), Error> {
    let len = x.map_or(out.len(), <[T]>::len);
    if len != 0 && (n_cols == 0 || !len.is_multiple_of(n_cols)) {
        return Err(Error::Rows { len, n_cols });
    }
    if len != out.len() {
        return Err(Error::LengthMismatch { left: len, right: out.len() });
    }
    if len == 0 {
        return Ok(());
    }
    let at = |(index, out): (usize, &mut [T])| row(x.map(|x| &x[index * n_cols..][..n_cols]), out);
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        out.par_chunks_exact_mut(n_cols).enumerate().for_each(at);
    }
    #[cfg(not(feature = "parallel"))]
    out.chunks_exact_mut(n_cols).enumerate().for_each(at);
    Ok(())
}
