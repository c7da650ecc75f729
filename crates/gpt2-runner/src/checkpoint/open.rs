//! Opening a checkpoint: one file, shards, or bytes in memory.
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap, hash_map::Entry},
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use half::{bf16, f16};
use safetensors::tensor::Dtype;
use serde::Deserialize;

use super::{Header, Limits, Parameter, TensorInfo, layout::parameter_name};
use crate::{
    Error, Gpt2Config,
    error::TensorProblem,
    files::{self, MappedFile},
    json::without_bom,
    printable::brief,
};

/// The tensors of a checkpoint, by their [names](super::layout::parameter_name).
#[derive(Debug)]
pub(crate) struct Checkpoint<'a> {
    path: PathBuf,
    sources: Vec<Arc<Source<'a>>>,
    tensors: HashMap<String, Located>,
    twice: BTreeSet<String>,
    /// The first keys in alphabetical order.
    keys: BTreeSet<String>,
}

/// How many of a file's own keys an error shows.
const KEYS_SHOWN: usize = 3;

/// The names of the files that hold a checkpoint's weights.
#[derive(Debug)]
pub(super) struct WeightFiles {
    /// [`SINGLE`] or [`INDEX`].
    pub(super) first: &'static str,
    /// The files that the index names.
    pub(super) shards: Option<BTreeSet<String>>,
}

const WTE: &str = "wte.weight";
const LM_HEAD: &str = "lm_head.weight";

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

impl WeightFiles {
    /// Lists a folder, and reads the index if it has one.
    pub(super) fn find(folder: &Path) -> Result<Self, Error> {
        if files::is_there(&folder.join(SINGLE)) {
            return Ok(Self { first: SINGLE, shards: None });
        }
        let index = folder.join(INDEX);
        if !files::is_there(&index) {
            return Err(no_checkpoint(folder));
        }
        Ok(Self { first: INDEX, shards: Some(shards(&index)?) })
    }
}

/// A tensor and its source.
#[derive(Debug, Clone)]
struct Located {
    source: usize,
    info: TensorInfo,
}

#[derive(Debug)]
enum Source<'a> {
    File(MappedFile),
    Bytes(Cow<'a, [u8]>),
}

/// The storage of a checkpoint's values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources<'a>(Vec<Arc<Source<'a>>>);

impl Sources<'_> {
    /// An error if a file was written to since it was opened.
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|source| match &**source {
            Source::File(file) => file.unchanged(),
            Source::Bytes(_) => Ok(()),
        })
    }
}

/// A parameter's values in place. Keeps their storage alive.
#[derive(Debug, Clone)]
pub(crate) struct Stored<'a> {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    source: Arc<Source<'a>>,
    range: Range<usize>,
}

impl Stored<'_> {
    /// With the length that dtype and shape require.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }

    /// Prefaults a range of `bytes`: its pages are loaded and mapped.
    pub(crate) fn read_in(&self, range: Range<usize>) {
        if let Source::File(file) = &*self.source {
            file.read_in(self.range.start + range.start..self.range.start + range.end);
        }
    }
}

impl Checkpoint<'static> {
    /// Opens the `model.safetensors` of a folder, or else the shards of its `model.safetensors.index.json`.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let WeightFiles { first, shards } = WeightFiles::find(folder)?;
        let mut checkpoint = Self::empty(folder.join(first));
        match shards {
            None => checkpoint.add_file(&folder.join(first))?,
            Some(shards) => shards.iter().try_for_each(|shard| checkpoint.add_file(&folder.join(shard)))?,
        }
        Ok(checkpoint)
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        self.add(Source::File(MappedFile::open(path)?), path)
    }
}

impl<'a> Checkpoint<'a> {
    /// A safetensors file in memory; `name` stands for its path in errors.
    pub(crate) fn from_bytes(bytes: Cow<'a, [u8]>, name: &Path) -> Result<Self, Error> {
        let mut checkpoint = Self::empty(name.to_owned());
        checkpoint.add(Source::Bytes(bytes), name)?;
        Ok(checkpoint)
    }

    /// The file, or the index of its shards.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn sources(&self) -> Sources<'a> {
        Sources(self.sources.clone())
    }

    /// Finds each parameter of a configuration, or reports every parameter that is missing, duplicated, of another
    /// shape or dtype, or in a block that the configuration does not have.
    pub(crate) fn find(&self, parameters: &[Parameter], config: &Gpt2Config) -> Result<Vec<Stored<'a>>, Error> {
        let mut problems = Vec::new();
        let mut found = Vec::with_capacity(parameters.len());
        for Parameter { name, shape, .. } in parameters {
            let name = name.clone();
            let Some(Located { source, info }) = self.tensors.get(&name) else {
                problems.push(TensorProblem::Missing { name, expected: shape.clone() });
                continue;
            };
            if self.twice.contains(&name) {
                problems.push(TensorProblem::Duplicate { name });
            } else if info.shape != *shape {
                problems.push(TensorProblem::Shape { name, shape: info.shape.clone(), expected: shape.clone() });
            } else if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
                problems.push(TensorProblem::Dtype { name, dtype: info.dtype.to_string() });
            } else {
                let source = Arc::clone(&self.sources[*source]);
                found.push(Stored { dtype: info.dtype, shape: shape.clone(), source, range: info.bytes.clone() });
            }
        }
        let known: BTreeSet<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
        let mut unexpected: Vec<&String> =
            self.tensors.keys().filter(|name| is_block_parameter(name) && !known.contains(name.as_str())).collect();
        unexpected.sort();
        problems.extend(
            unexpected
                .into_iter()
                .map(|name| TensorProblem::Unexpected { name: name.clone(), n_layer: config.n_layer }),
        );
        if problems.is_empty() {
            return Ok(found);
        }
        // If no name is known, the checkpoint is of another architecture.
        let none = known.iter().all(|name| !self.tensors.contains_key(*name));
        let keys = if none { self.keys.iter().cloned().collect() } else { Vec::new() };
        Err(Error::Tensors { path: self.path.clone(), problems, keys })
    }

    /// Decides which matrix is the head, as transformers 5 does on loading, and records it in the configuration: a file
    /// that has both `wte.weight` and `lm_head.weight` has two matrices if their values differ, regardless of
    /// `tie_word_embeddings`; a tied model may have either.
    pub(super) fn settle_head(&mut self, config: &mut Gpt2Config) {
        if !config.tie_word_embeddings {
            return;
        }
        match (self.tensors.get(WTE), self.tensors.get(LM_HEAD)) {
            (Some(wte), Some(lm_head)) => config.tie_word_embeddings = self.are_equal(wte, lm_head),
            (None, Some(lm_head)) => {
                let lm_head = lm_head.clone();
                self.tensors.insert(WTE.to_owned(), lm_head);
            }
            _ => {}
        }
    }

    /// Whether two tensors have the same shape and values.
    fn are_equal(&self, a: &Located, b: &Located) -> bool {
        let stored = |located: &Located| Stored {
            dtype: located.info.dtype,
            shape: located.info.shape.clone(),
            source: Arc::clone(&self.sources[located.source]),
            range: located.info.bytes.clone(),
        };
        let (a, b) = (stored(a), stored(b));
        if a.shape != b.shape {
            return false;
        }
        if a.dtype == b.dtype {
            return a.bytes() == b.bytes();
        }
        let values = |stored: &Stored<'_>| match stored.dtype {
            Dtype::F32 => Some(4),
            Dtype::F16 | Dtype::BF16 => Some(2),
            _ => None,
        };
        // Widened to f32 a row or so at a time: a head has hundreds of megabytes.
        let (Some(a_size), Some(b_size)) = (values(&a), values(&b)) else { return false };
        let pieces = a.bytes().chunks(a_size << 10).zip(b.bytes().chunks(b_size << 10));
        pieces.into_iter().all(|(x, y)| widened(a.dtype, x) == widened(b.dtype, y))
    }

    fn empty(path: PathBuf) -> Self {
        Self { path, sources: Vec::new(), tensors: HashMap::new(), twice: BTreeSet::new(), keys: BTreeSet::new() }
    }

    fn add(&mut self, source: Source<'a>, path: &Path) -> Result<(), Error> {
        let header = Header::parse(source.bytes(), Limits::GPT2)
            .map_err(|problem| Error::Safetensors { path: path.to_owned(), problem })?;
        for (key, info) in header.tensors {
            let name = parameter_name(&key);
            self.keys.insert(key);
            if self.keys.len() > KEYS_SHOWN {
                self.keys.pop_last();
            }
            match self.tensors.entry(name) {
                Entry::Occupied(there) => {
                    self.twice.insert(there.key().clone());
                }
                Entry::Vacant(free) => {
                    free.insert(Located { source: self.sources.len(), info });
                }
            }
        }
        self.sources.push(Arc::new(source));
        Ok(())
    }
}

impl Source<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Source::File(file) => file.bytes(),
            Source::Bytes(bytes) => bytes,
        }
    }
}

fn widened(dtype: Dtype, bytes: &[u8]) -> Vec<f32> {
    let pairs = || bytes.as_chunks::<2>().0.iter();
    match dtype {
        Dtype::F16 => pairs().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
        _ => bytes.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
    }
}

/// `h.N.…`, but not the causal masks `attn.bias` and `attn.masked_bias`, which older files have and which are not
/// parameters.
fn is_block_parameter(name: &str) -> bool {
    name.starts_with("h.") && !name.ends_with(".attn.bias") && !name.ends_with(".attn.masked_bias")
}

/// The file names in an index, each once. A shard lies beside its index: a path out of the folder is refused.
fn shards(index: &Path) -> Result<BTreeSet<String>, Error> {
    #[derive(Deserialize)]
    struct Index<'a> {
        #[serde(borrow)]
        weight_map: HashMap<Cow<'a, str>, String>,
    }
    let refuse = |problem: String| Error::ShardIndex { path: index.to_owned(), problem };
    let json = files::read_file(index, "index of shards", files::SHARD_INDEX)?;
    let index: Index<'_> =
        serde_json::from_slice(without_bom(&json)).map_err(|e| refuse(brief(&e.to_string()).into_owned()))?;
    let shards: BTreeSet<String> = index.weight_map.into_values().collect();
    if shards.is_empty() {
        return Err(refuse("its weight_map is empty".into()));
    }
    for shard in &shards {
        if Path::new(shard).file_name().is_none_or(|name| name != shard.as_str()) {
            return Err(refuse(format!("{:?} is not the name of a file beside it", brief(shard))));
        }
    }
    Ok(shards)
}

/// Describes the contents of a folder without a checkpoint.
fn no_checkpoint(folder: &Path) -> Error {
    let mut names: Vec<String> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect(),
        Err(source) => return Error::Io { path: folder.to_owned(), source },
    };
    names.sort();
    let ending = |endings: &[&str]| names.iter().find(|name| endings.iter().any(|ending| name.ends_with(ending)));
    let hint = if let Some(name) = ending(&["adapter_model.safetensors"]) {
        format!("{name} changes another model: merge the two in Python with merge_and_unload, then save_pretrained")
    } else if let Some(name) = ending(&[".safetensors"]) {
        format!("if {name} holds the weights, name it model.safetensors")
    } else if let Some(name) = ending(&[".bin", ".pt", ".pth"]) {
        format!(
            "{name} is a pickle checkpoint, which can run code when it is read: \
             save it again from Python with save_pretrained, which writes safetensors"
        )
    } else if let Some(name) = ending(&[".h5", ".msgpack", ".ckpt.index", ".onnx", ".gguf", ".npz"]) {
        format!("{name} is another library's: save it again from Python with save_pretrained, which writes safetensors")
    } else if names.is_empty() {
        "the folder is empty".into()
    } else {
        "a checkpoint in the Hugging Face layout has one of them".into()
    };
    Error::NoCheckpoint { folder: folder.to_owned(), hint }
}
