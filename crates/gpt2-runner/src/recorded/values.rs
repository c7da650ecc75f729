//! Converts any program's tensor to logits: shapes and number types.
use half::{bf16, f16};
use safetensors::tensor::Dtype;

use super::{Fault, RecordedPrompt};
use crate::{
    checkpoint::TensorInfo,
    files::{Bytes, MOST_TOKENS},
    message::brief,
};

/// Reads a tensor, whose number of bytes matches type and shape, as a prompt's logits.
pub(super) fn prompt<F: Bytes + ?Sized>(
    name: &str,
    TensorInfo { dtype, shape, bytes }: &TensorInfo,
    file: &F,
    last_only: bool,
) -> Result<RecordedPrompt, Fault> {
    let (positions, v) = match **shape {
        [v] => (None, v),
        [t, v] | [1, t, v] => (Some(t), v),
        _ => (None, 0),
    };
    for (count, what) in [(v, "logits in a row"), (positions.unwrap_or(1), "rows")] {
        if count > MOST_TOKENS {
            return Err(format!("{} has {count} {what}; {MOST_TOKENS} are the most that are read", brief(name)).into());
        }
    }
    let size = match dtype {
        Dtype::F32 => 4,
        Dtype::F16 | Dtype::BF16 => 2,
        _ => 0,
    };
    if v == 0 || positions == Some(0) || size == 0 {
        let shape = format!("{shape:?}");
        let (name, shape) = (brief(name), brief(&shape));
        return Err(format!("{name} is {dtype} {shape}, expected F32, F16 or BF16 of [V], [T, V] or [1, T, V]").into());
    }
    let in_file = positions.filter(|_| last_only);
    let (first, positions) = if last_only { (bytes.end - v * size, None) } else { (bytes.start, positions) };
    let bytes = file.range(first..bytes.end)?;
    // The data may lie at any offset: no number is read in place.
    let pairs = || bytes.as_chunks::<2>().0.iter();
    let logits = match dtype {
        Dtype::F16 => pairs().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
        _ => bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
    };
    Ok(RecordedPrompt { n_positions: positions, n_positions_in_file: in_file, logits, ..RecordedPrompt::default() })
}
