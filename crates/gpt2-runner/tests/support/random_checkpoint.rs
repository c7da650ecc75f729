//! Checkpoints of full size with seeded random weights, laid out as the published files are.
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use gpt2_runner::Gpt2Config;
use test_support::Random;

/// Writes `config.json` and `model.safetensors` into a folder. The same seed gives the same bytes.
///
/// As in the published files: F32, keys without `transformer.`, causal masks among the tensors, no `lm_head.weight`,
/// and the data off a 4-byte boundary. As GPT-2 was initialised: weights N(0, 0.02²), those that end a residual
/// branch divided by `√(2·n_layer)`. Gains and biases are moved away from 1 and 0, so that a missed one shows.
pub(crate) fn write(folder: &Path, config: &Gpt2Config, seed: u64) -> io::Result<()> {
    assert!(config.n_inner.is_none() && config.tie_word_embeddings, "the published sizes only");
    fs::create_dir_all(folder)?;
    let Gpt2Config { vocab_size, n_positions, n_embd, n_layer, n_head, .. } = *config;
    let json = format!(
        r#"{{"model_type": "gpt2", "activation_function": "gelu_new", "vocab_size": {vocab_size}, "n_positions": {n_positions}, "n_embd": {n_embd}, "n_layer": {n_layer}, "n_head": {n_head}}}"#
    );
    fs::write(folder.join("config.json"), json)?;

    let tensors = tensors(config);
    let mut end = 0;
    let entries: Vec<String> = tensors
        .iter()
        .map(|Tensor { name, shape, .. }| {
            let start = end;
            end += shape.iter().product::<usize>() * size_of::<f32>();
            format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#)
        })
        .collect();
    let mut header = format!(r#"{{"__metadata__":{{"format":"pt"}},{}}}"#, entries.join(","));
    while header.len() % 4 != 3 {
        header.push(' ');
    }

    let mut file = BufWriter::with_capacity(1 << 20, File::create(folder.join("model.safetensors"))?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut random = Random(seed);
    for tensor in &tensors {
        let length = tensor.shape.iter().product();
        match tensor.values {
            Values::Normal { mean, deviation } => {
                for _ in 0..length {
                    file.write_all(&(mean + deviation * normal(&mut random)).to_le_bytes())?;
                }
            }
            Values::Mask => {
                let row = *tensor.shape.last().unwrap_or(&1);
                for n in 0..length {
                    file.write_all(&f32::from(u8::from(n % row <= n / row)).to_le_bytes())?;
                }
            }
        }
    }
    file.into_inner()?.flush()
}

struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Values,
}

enum Values {
    Normal { mean: f32, deviation: f32 },
    Mask,
}

fn tensors(config: &Gpt2Config) -> Vec<Tensor> {
    let Gpt2Config { vocab_size: v, n_positions: p, n_embd: c, n_layer, .. } = *config;
    let residual = 0.02 / (2.0 * n_layer as f32).sqrt();
    let mut all = Vec::new();
    let mut add = |name: String, shape: &[usize], values| all.push(Tensor { name, shape: shape.to_vec(), values });
    let normal = |deviation| Values::Normal { mean: 0.0, deviation };
    let gain = || Values::Normal { mean: 1.0, deviation: 0.05 };
    for n in 0..n_layer {
        let key = |key: &str| format!("h.{n}.{key}");
        add(key("attn.bias"), &[1, 1, p, p], Values::Mask);
        for (name, inputs, outputs, deviation) in [
            ("attn.c_attn", c, 3 * c, 0.02),
            ("attn.c_proj", c, c, residual),
            ("mlp.c_fc", c, 4 * c, 0.02),
            ("mlp.c_proj", 4 * c, c, residual),
        ] {
            add(key(name) + ".bias", &[outputs], normal(0.02));
            add(key(name) + ".weight", &[inputs, outputs], normal(deviation));
        }
        for name in ["ln_1", "ln_2"] {
            add(key(name) + ".bias", &[c], normal(0.05));
            add(key(name) + ".weight", &[c], gain());
        }
    }
    add("ln_f.bias".into(), &[c], normal(0.05));
    add("ln_f.weight".into(), &[c], gain());
    add("wpe.weight".into(), &[p, c], normal(0.01));
    add("wte.weight".into(), &[v, c], normal(0.02));
    all
}

/// Nearly normal, of mean 0 and deviation 1: the sum of four uniform numbers.
fn normal(random: &mut Random) -> f32 {
    let bits = random.bits();
    let sum: u32 = (0..4).map(|n| (bits >> (16 * n)) as u32 & 0xFFFF).sum();
    // A uniform number on 0..65536 has the deviation 65536/√12; four of them twice that.
    (sum as f32 - 2.0 * 65_535.0) / (2.0 * 65_536.0) * 12.0_f32.sqrt()
}
