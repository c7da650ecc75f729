//! A checkpoint in half as many bytes.
use std::{collections::BTreeMap, error::Error, fs, path::Path};

use half::f16;
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorView};

/// Writes a folder's model to another folder, its parameters in f16.
pub(crate) fn write(folder: &Path, halves: &Path) -> Result<(), Box<dyn Error>> {
    let file = fs::read(folder.join("model.safetensors"))?;
    let mut tensors = BTreeMap::new();
    for (name, tensor) in SafeTensors::deserialize(&file)?.tensors() {
        // Causal masks are no parameters.
        if !name.ends_with(".attn.bias") {
            let values = tensor.data().as_chunks().0.iter().map(|&x| f16::from_f32(f32::from_le_bytes(x)));
            let bytes: Vec<u8> = values.flat_map(f16::to_le_bytes).collect();
            tensors.insert(name, (tensor.shape().to_vec(), bytes));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, (shape, bytes))| Ok((name, TensorView::new(Dtype::F16, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    fs::create_dir_all(halves)?;
    safetensors::serialize_to_file(views, None, &halves.join("model.safetensors"))?;
    fs::copy(folder.join("config.json"), halves.join("config.json"))?;
    Ok(())
}
