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
    files::{self, Bytes, MappedFile, OpenFile},
    json::without_bom,
    message::brief,
};

/// The tensors of a checkpoint, by their [names](super::layout::parameter_name). `S` holds the bytes of a file: an
/// [`OpenFile`] of which only the header has been read, or a [`Source`] with all values.
#[derive(Debug)]
pub(crate) struct Checkpoint<S> {
    path: PathBuf,
    sources: Vec<S>,
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
pub(crate) struct Located {
    source: usize,
    info: TensorInfo,
}

/// The storage of a file's values.
#[derive(Debug, Clone)]
pub(crate) enum Source<'a> {
    Mapped(Arc<MappedFile>),
    Memory(Arc<Cow<'a, [u8]>>),
}

/// The mapped files of a checkpoint.
#[derive(Debug, Default)]
pub(crate) struct MappedFiles(Vec<Arc<MappedFile>>);

impl MappedFiles {
    /// An error if a file was written to since it was opened.
    pub(crate) fn unchanged(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|file| file.unchanged())
    }
}

/// A parameter's values in place. Keeps their storage alive.
#[derive(Debug, Clone)]
pub(crate) struct Stored<'a> {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    source: Source<'a>,
    range: Range<usize>,
}

impl Stored<'_> {
    /// With the length that dtype and shape require.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.source.bytes()[self.range.clone()]
    }

    /// Prefaults a range of `bytes`: its pages are loaded and mapped.
    pub(crate) fn prefault(&self, range: Range<usize>) {
        if let Source::Mapped(file) = &self.source {
            file.prefault(self.range.start + range.start..self.range.start + range.end);
        }
    }
}

impl Checkpoint<OpenFile> {
    /// Opens the `model.safetensors` of a folder, or else the shards of its `model.safetensors.index.json`, and reads
    /// their headers.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let WeightFiles { first, shards } = WeightFiles::find(folder)?;
        let mut checkpoint = Self::empty(folder.join(first));
        match shards {
            None => checkpoint.add_file(&folder.join(first))?,
            Some(shards) => shards.iter().try_for_each(|shard| checkpoint.add_file(&folder.join(shard)))?,
        }
        Ok(checkpoint)
    }

    /// Copies all values into memory.
    pub(crate) fn read(self) -> Result<Checkpoint<Source<'static>>, Error> {
        self.with(|file| Ok(Source::Memory(Arc::new(Cow::Owned(file.read()?)))))
    }

    /// Maps the files.
    ///
    /// # Safety
    /// While a map exists, no process may write to its file or truncate it.
    #[allow(unsafe_code)]
    pub(crate) unsafe fn map(self) -> Result<Checkpoint<Source<'static>>, Error> {
        // SAFETY: the caller ensures it.
        self.with(|file| Ok(Source::Mapped(Arc::new(unsafe { file.map() }?))))
    }

    fn with<S>(self, load: impl FnMut(OpenFile) -> Result<S, Error>) -> Result<Checkpoint<S>, Error> {
        let Self { path, sources, tensors, twice, keys } = self;
        let sources = sources.into_iter().map(load).collect::<Result<_, _>>()?;
        Ok(Checkpoint { path, sources, tensors, twice, keys })
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        self.add(OpenFile::open(path)?, path)
    }
}

impl<'a> Checkpoint<Source<'a>> {
    /// A safetensors file in memory; `name` stands for its path in errors.
    pub(crate) fn from_bytes(bytes: Cow<'a, [u8]>, name: &Path) -> Result<Self, Error> {
        let mut checkpoint = Self::empty(name.to_owned());
        checkpoint.add(Source::Memory(Arc::new(bytes)), name)?;
        Ok(checkpoint)
    }

    /// The file, or the index of its shards.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn mapped_files(&self) -> MappedFiles {
        let mapped = |source: &Source<'a>| match source {
            Source::Mapped(file) => Some(Arc::clone(file)),
            Source::Memory(_) => None,
        };
        MappedFiles(self.sources.iter().filter_map(mapped).collect())
    }

    /// Finds the values of each parameter of a configuration.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub(crate) fn find(&self, parameters: &[Parameter], config: &Gpt2Config) -> Result<Vec<Stored<'a>>, Error> {
        let found = self.check(parameters, config)?.into_iter().map(|Located { source, info }| Stored {
            dtype: info.dtype,
            shape: info.shape.clone(),
            source: self.sources[*source].clone(),
            range: info.bytes.clone(),
        });
        Ok(found.collect())
    }
}

impl<S: Bytes> Checkpoint<S> {
    /// Finds each parameter of a configuration, or reports every parameter that is missing, duplicated, of another
    /// shape or dtype, or in a block that the configuration does not have.
    pub(crate) fn check(&self, parameters: &[Parameter], config: &Gpt2Config) -> Result<Vec<&Located>, Error> {
        let mut problems = Vec::new();
        let mut found = Vec::with_capacity(parameters.len());
        for Parameter { name, shape, .. } in parameters {
            let name = name.clone();
            let Some(located) = self.tensors.get(&name) else {
                problems.push(TensorProblem::Missing { name, expected: shape.clone() });
                continue;
            };
            let info = &located.info;
            if self.twice.contains(&name) {
                problems.push(TensorProblem::Duplicate { name });
            } else if info.shape != *shape {
                problems.push(TensorProblem::Shape { name, shape: info.shape.clone(), expected: shape.clone() });
            } else if !matches!(info.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16) {
                problems.push(TensorProblem::Dtype { name, dtype: info.dtype.to_string() });
            } else {
                found.push(located);
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
    pub(super) fn settle_head(&mut self, config: &mut Gpt2Config) -> Result<(), Error> {
        if !config.tie_word_embeddings {
            return Ok(());
        }
        match (self.tensors.get(WTE), self.tensors.get(LM_HEAD)) {
            (Some(wte), Some(lm_head)) => config.tie_word_embeddings = self.are_equal(wte, lm_head)?,
            (None, Some(lm_head)) => {
                let lm_head = lm_head.clone();
                self.tensors.insert(WTE.to_owned(), lm_head);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether two tensors have the same shape and values.
    fn are_equal(&self, a: &Located, b: &Located) -> Result<bool, Error> {
        if a.info.shape != b.info.shape {
            return Ok(false);
        }
        let same_type = a.info.dtype == b.info.dtype;
        let size = |located: &Located| match located.info.dtype {
            Dtype::F32 => Some(4),
            Dtype::F16 | Dtype::BF16 => Some(2),
            // Compared as bytes.
            _ => same_type.then_some(1),
        };
        let (Some(a_size), Some(b_size)) = (size(a), size(b)) else { return Ok(false) };
        // Some values at a time: a head has hundreds of megabytes.
        const VALUES: usize = 1 << 18;
        let pieces = |located: &Located, size: usize| {
            let Range { start, end } = located.info.bytes;
            (start..end).step_by(size * VALUES).map(move |first| first..end.min(first + size * VALUES))
        };
        for (x, y) in pieces(a, a_size).zip(pieces(b, b_size)) {
            let (x, y) = (self.sources[a.source].range(x)?, self.sources[b.source].range(y)?);
            let equal = if same_type { x == y } else { widened(a.info.dtype, &x) == widened(b.info.dtype, &y) };
            if !equal {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn empty(path: PathBuf) -> Self {
        Self { path, sources: Vec::new(), tensors: HashMap::new(), twice: BTreeSet::new(), keys: BTreeSet::new() }
    }

    fn add(&mut self, source: S, path: &Path) -> Result<(), Error> {
        let header = Header::parse(&Header::bytes(&source, Limits::GPT2)?, source.length(), Limits::GPT2)
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
        self.sources.push(source);
        Ok(())
    }
}

impl Source<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Source::Mapped(file) => file.bytes(),
            Source::Memory(bytes) => bytes,
        }
    }
}

impl Bytes for Source<'_> {
    fn length(&self) -> usize {
        self.bytes().len()
    }

    fn range(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, Error> {
        self.bytes().range(range)
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
    let index: Index<'_> = serde_json::from_slice(without_bom(&json)).map_err(|e| refuse(brief(&e.to_string())))?;
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
