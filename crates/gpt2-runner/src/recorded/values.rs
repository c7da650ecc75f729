//! Converts any program's tensor to logits: shapes and number types.
use half::{bf16, f16};
use safetensors::tensor::Dtype;

use super::RecordedPrompt;
use crate::{files::MOST_TOKENS, printable::brief};

/// Converts a tensor's bytes, whose number matches type and shape, to a prompt's logits.
pub(super) fn prompt(
    name: &str,
    dtype: Dtype,
    shape: &[usize],
    bytes: &[u8],
    last_only: bool,
) -> Result<RecordedPrompt, String> {
    let (positions, v) = match *shape {
        [v] => (None, v),
        [t, v] | [1, t, v] => (Some(t), v),
        _ => (None, 0),
    };
    for (count, what) in [(v, "logits in a row"), (positions.unwrap_or(1), "rows")] {
        if count > MOST_TOKENS {
            return Err(format!("{} has {count} {what}; {MOST_TOKENS} are the most that are read", brief(name)));
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
        return Err(format!("{name} is {dtype} {shape}, expected F32, F16 or BF16 of [V], [T, V] or [1, T, V]"));
    }
    let in_file = positions.filter(|_| last_only);
    let (bytes, positions) = if last_only { (&bytes[bytes.len() - v * size..], None) } else { (bytes, positions) };
    // The data may lie at any offset: no number is read in place.
    let pairs = || bytes.as_chunks::<2>().0.iter();
    let logits = match dtype {
        Dtype::F16 => pairs().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
        _ => bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
    };
    Ok(RecordedPrompt { n_positions: positions, n_positions_in_file: in_file, logits, ..RecordedPrompt::default() })
}
