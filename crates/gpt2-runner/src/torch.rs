//! What the lab shows of libtorch itself, beside the model.
use tch::{Kind, Tensor};

use crate::Error;

/// PyTorch's own `softmax` of some numbers in f32, to compare with.
///
/// ```
/// let p = gpt2_runner::torch_softmax(&[1.0, 2.0, 3.0])?;
/// assert_eq!(format!("{p:.4?}"), "[0.0900, 0.2447, 0.6652]");
/// # Ok::<(), gpt2_runner::Error>(())
/// ```
///
/// # Errors
/// [`Error::Torch`].
pub fn torch_softmax(x: &[f32]) -> Result<Vec<f32>, Error> {
    let softmax = || {
        let p = Tensor::f_from_slice(x)?.f_softmax(-1, Kind::Float)?;
        let mut values = vec![0.0; x.len()];
        p.f_copy_data(&mut values, x.len())?;
        Ok(values)
    };
    softmax().map_err(Error::torch)
}
