use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;

/// The longest header that `safetensors` itself accepts.
const MAX_HEADER: u64 = 100_000_000;

/// What of `config.json` fixes the shapes. C = n_embd, P = n_positions, V = vocab_size, I = inner width.
#[derive(Debug, Deserialize)]
struct Config {
    n_embd: u64,
    n_layer: u64,
    n_positions: u64,
    vocab_size: u64,
    n_inner: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct TensorInfo {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The tensors of a safetensors file, read without their data.
#[derive(Debug)]
pub(super) struct Header {
    tensors: BTreeMap<String, TensorInfo>,
    /// Where the data begins.
    start: u64,
}

impl Header {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let mut file = File::open(path).map_err(|error| error.to_string())?;
        let len = file.metadata().map_err(|error| error.to_string())?.len();
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| format!("{len} bytes are too few for a safetensors file"))?;
        let size = u64::from_le_bytes(size);
        let start = size.checked_add(8).filter(|start| *start <= len && size <= MAX_HEADER);
        let start = start.ok_or_else(|| format!("its header of {size} bytes does not fit into {len}"))?;
        let mut json = Vec::new();
        file.take(size).read_to_end(&mut json).map_err(|error| error.to_string())?;
        let mut raw: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&json).map_err(|error| format!("its header is not JSON: {error}"))?;
        raw.remove("__metadata__");
        let mut tensors = BTreeMap::new();
        for (name, value) in raw {
            let info: TensorInfo = serde_json::from_value(value).map_err(|error| format!("tensor {name}: {error}"))?;
            let (from, to) = info.data_offsets;
            if from > to || start.checked_add(to).is_none_or(|end| end > len) {
                return Err(format!("tensor {name}: bytes {from}..{to} are not in the file"));
            }
            if info.bytes() != Some(to - from) {
                return Err(format!("tensor {name}: {} {:?} does not fit bytes {from}..{to}", info.dtype, info.shape));
            }
            tensors.insert(name, info);
        }
        Ok(Self { tensors, start })
    }

    /// The values and the shape of an F32 tensor.
    pub(super) fn f32(&self, path: &Path, name: &str) -> Result<(Vec<f32>, Vec<u64>), String> {
        let info = self.tensors.get(name).ok_or_else(|| format!("there is no tensor `{name}`"))?;
        if info.dtype != "F32" {
            return Err(format!("tensor {name}: its type is {}, F32 is expected", info.dtype));
        }
        let (from, to) = info.data_offsets;
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.start + from))?;
            file.take(to - from).read_to_end(&mut bytes)
        });
        read.map_err(|error| error.to_string())?;
        let values = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok((values, info.shape.clone()))
    }
}

impl TensorInfo {
    fn bytes(&self) -> Option<u64> {
        let width = match self.dtype.as_str() {
            "F64" | "I64" | "U64" => 8,
            "F32" | "I32" | "U32" => 4,
            "F16" | "BF16" | "I16" | "U16" => 2,
            "I8" | "U8" | "BOOL" => 1,
            _ => return None,
        };
        self.shape.iter().try_fold(width, |product: u64, dimension| product.checked_mul(*dimension))
    }
}

/// Checks that a checkpoint has every tensor of its configuration's GPT-2, in the right shape, and counts the
/// parameters (masks and a tied head not among them).
pub(super) fn parameters(folder: &Path) -> Result<u64, (&'static str, String)> {
    let config = std::fs::read(folder.join("config.json")).map_err(|error| ("config.json", error.to_string()))?;
    let config: Config = serde_json::from_slice(&config).map_err(|error| ("config.json", error.to_string()))?;
    let in_checkpoint = |cause| ("model.safetensors", cause);
    let Header { tensors, .. } = Header::read(&folder.join("model.safetensors")).map_err(in_checkpoint)?;
    // Published files have bare keys; those that transformers saves have a prefix.
    let prefix = if tensors.contains_key("transformer.wte.weight") { "transformer." } else { "" };
    let mut count = 0;
    for (name, shape) in expected(&config) {
        let key = format!("{prefix}{name}");
        let info = tensors.get(&key).ok_or_else(|| in_checkpoint(format!("there is no tensor `{key}`")))?;
        if info.shape != shape {
            return Err(in_checkpoint(format!("`{key}` has the shape {:?}, {shape:?} is expected", info.shape)));
        }
        if !["F32", "F16", "BF16", "F64"].contains(&info.dtype.as_str()) {
            return Err(in_checkpoint(format!("`{key}` has the type {}", info.dtype)));
        }
        count += shape.iter().product::<u64>();
    }
    Ok(count)
}

/// Name and shape of every parameter, layer by layer: a configuration that asks for too many is noticed at the first
/// that is missing.
fn expected(config: &Config) -> impl Iterator<Item = (String, Vec<u64>)> {
    let (c, v, p) = (config.n_embd, config.vocab_size, config.n_positions);
    let (c3, i) = (c.saturating_mul(3), config.n_inner.unwrap_or(c.saturating_mul(4)));
    let own =
        [("wte.weight", vec![v, c]), ("wpe.weight", vec![p, c]), ("ln_f.weight", vec![c]), ("ln_f.bias", vec![c])];
    let layer = move |n: u64| {
        [
            ("ln_1.weight", vec![c]),
            ("ln_1.bias", vec![c]),
            ("attn.c_attn.weight", vec![c, c3]),
            ("attn.c_attn.bias", vec![c3]),
            ("attn.c_proj.weight", vec![c, c]),
            ("attn.c_proj.bias", vec![c]),
            ("ln_2.weight", vec![c]),
            ("ln_2.bias", vec![c]),
            ("mlp.c_fc.weight", vec![c, i]),
            ("mlp.c_fc.bias", vec![i]),
            ("mlp.c_proj.weight", vec![i, c]),
            ("mlp.c_proj.bias", vec![c]),
        ]
        .map(|(name, shape)| (format!("h.{n}.{name}"), shape))
    };
    own.map(|(name, shape)| (name.to_owned(), shape)).into_iter().chain((0..config.n_layer).flat_map(layer))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Config, Header, expected, parameters};

    fn demo(size: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo").join(size)
    }

    #[test]
    fn the_demo_pair_has_the_parameters_of_its_card() {
        assert_eq!(parameters(&demo("small")).unwrap(), 3_332_928);
        assert_eq!(parameters(&demo("large")).unwrap(), 7_259_008);
    }

    #[test]
    fn the_published_models_have_their_known_sizes() {
        for (n_layer, n_embd, want) in
            [(12, 768, 124_439_808), (24, 1024, 354_823_168), (36, 1280, 774_030_080), (48, 1600, 1_557_611_200_u64)]
        {
            let config = Config { n_embd, n_layer, n_positions: 1024, vocab_size: 50257, n_inner: None };
            let count: u64 = expected(&config).map(|(_, shape)| shape.iter().product::<u64>()).sum();
            assert_eq!(count, want);
        }
    }

    #[test]
    fn a_checkpoint_of_another_shape_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(demo("small").join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
        let config = fs::read_to_string(demo("small").join("config.json")).unwrap();
        for (from, to, want) in [
            ("\"n_embd\": 64", "\"n_embd\": 128", "`transformer.wte.weight` has the shape [50257, 64]"),
            ("\"n_layer\": 2", "\"n_layer\": 1000000000000000000", "there is no tensor `transformer.h.2.ln_1.weight`"),
            ("\"n_layer\": 2", "\"n_layer\": 3", "there is no tensor `transformer.h.2.ln_1.weight`"),
            ("\"n_layer\": 2", "\"layers\": 2", "missing field `n_layer`"),
        ] {
            assert!(config.contains(from));
            fs::write(folder.path().join("config.json"), config.replace(from, to)).unwrap();
            let (_, cause) = parameters(folder.path()).unwrap_err();
            assert!(cause.contains(want), "{cause}");
        }
    }

    #[test]
    fn a_broken_file_is_an_error_and_no_panic() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let with = |json: &str| [&(json.len() as u64).to_le_bytes(), json.as_bytes(), &[0; 8]].concat();
        for (bytes, want) in [
            (vec![1, 2, 3], "too few"),
            (u64::MAX.to_le_bytes().to_vec(), "does not fit"),
            (with("nonsense"), "not JSON"),
            (with(r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#), "not in the file"),
            (with(r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#), "does not fit bytes 0..8"),
            (with(r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[8,0]}}"#), "not in the file"),
        ] {
            fs::write(file.path(), bytes).unwrap();
            let cause = Header::read(file.path()).unwrap_err();
            assert!(cause.contains(want), "{cause}");
        }
    }
}
