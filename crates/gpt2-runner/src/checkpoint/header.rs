//! The header of a safetensors file: 8 bytes of length, JSON, then the tensors' bytes.
use std::{borrow::Cow, collections::HashMap, fmt, ops::Range};

use safetensors::{
    SafeTensorError,
    tensor::{self, Dtype, Metadata},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    Error,
    config::MOST_LAYERS,
    files::{Bytes, other_kind},
    message::brief,
};

/// One tensor's place in its file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TensorInfo {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// A byte range from the start of the file; within it, with the length that dtype and shape require.
    pub(crate) bytes: Range<usize>,
}

/// A header whose tensors are inside the file and do not overlap.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) tensors: Vec<(String, TensorInfo)>,
    pub(crate) metadata: HashMap<String, String>,
}

/// Limits of a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of its JSON. Memory use is a small multiple of this.
    pub(crate) bytes: u64,
    pub(crate) tensors: usize,
    /// Entries of the metadata.
    pub(crate) metadata: usize,
}

impl Limits {
    /// A GPT-2 of the most blocks that a configuration may have: 12 parameters and 2 masks in each, and 5 tensors
    /// around them. Such a header has 2 MB.
    pub(crate) const GPT2: Self = Self { bytes: 4 << 20, tensors: 14 * MOST_LAYERS + 5, metadata: 1000 };
    /// One tensor for each prompt, whose text and ids are in the metadata.
    pub(crate) const RECORDED: Self = Self { bytes: 64 << 20, tensors: 100_000, metadata: 201_000 };
}

impl Header {
    /// The first bytes of a file, which [`parse`](Self::parse) takes: the whole header if it is within the limits.
    pub(crate) fn bytes<F: Bytes + ?Sized>(file: &F, limits: Limits) -> Result<Cow<'_, [u8]>, Error> {
        let first = file.range(0..file.length().min(START))?;
        let json = first.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
        let header = 8 + usize::try_from(json).unwrap_or(usize::MAX).min(limits.bytes as usize);
        if header <= first.len() { Ok(first) } else { file.range(0..header.min(file.length())) }
    }

    /// Checks the header of a file of `file_length` bytes that starts with these [`bytes`](Self::bytes).
    ///
    /// # Errors
    /// A description of the fault.
    pub(crate) fn parse(start: &[u8], file_length: usize, limits: Limits) -> Result<Self, String> {
        let Some((length, rest)) = start.split_first_chunk::<8>() else {
            return Err(format!("{file_length} bytes, shorter than the 8 of a header's length"));
        };
        let length = u64::from_le_bytes(*length);
        let there = file_length as u64 - 8;
        let limit = limits.bytes.min(there);
        if let Some(kind) = other_kind(start).filter(|_| length > limit) {
            return Err(kind.to_owned());
        }
        if length > limit && start.iter().take(START).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
        {
            return Err("it is a text, not tensors: download the file itself".into());
        }
        if length > there {
            return Err(format!("its header claims {length} bytes, of which the file has {there}"));
        }
        if length > limits.bytes {
            return Err(format!("its header has {length} bytes; {} are the most that are read", limits.bytes));
        }
        let json = &rest[..length as usize];
        Counts::of(json).check(limits)?;
        let metadata = metadata(json, there - length).map_err(|e| explain(&e, file_length))?;
        let start = 8 + json.len();
        let tensors = metadata.tensors().into_iter().map(|(name, info)| {
            let (from, to) = info.data_offsets;
            (name, TensorInfo { dtype: info.dtype, shape: info.shape.clone(), bytes: start + from..start + to })
        });
        Ok(Self { tensors: tensors.collect(), metadata: metadata.metadata().clone().unwrap_or_default() })
    }
}

/// The number of bytes that show what a file is, if it is not in this format.
const START: usize = 512;

/// The checked header of a file with `data` bytes after it: what `SafeTensors::read_metadata` returns for a whole file
/// in memory.
fn metadata(json: &[u8], data: u64) -> Result<Metadata, SafeTensorError> {
    #[derive(Deserialize)]
    struct Json {
        #[serde(rename = "__metadata__")]
        metadata: Option<HashMap<String, String>>,
        #[serde(flatten)]
        tensors: HashMap<String, tensor::TensorInfo>,
    }
    let json = str::from_utf8(json).map_err(SafeTensorError::InvalidHeader)?;
    let Json { metadata, tensors } =
        serde_json::from_str(json).map_err(SafeTensorError::InvalidHeaderDeserialization)?;
    let mut tensors: Vec<_> = tensors.into_iter().collect();
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let end = tensors.last().map_or(0, |(_, info)| info.data_offsets.1);
    let metadata = Metadata::new(metadata, tensors)?;
    if end as u64 == data { Ok(metadata) } else { Err(SafeTensorError::MetadataIncompleteBuffer) }
}

/// The size of a header, counted before it is parsed.
#[derive(Default)]
struct Counts {
    tensors: usize,
    metadata: usize,
}

impl Counts {
    /// The JSON is invalid: the library's own error describes it.
    fn of(json: &[u8]) -> Self {
        let mut counts = Self::default();
        let _ = serde_json::Deserializer::from_slice(json).deserialize_map(&mut counts);
        counts
    }

    fn check(&self, limits: Limits) -> Result<(), String> {
        for (count, most, what) in
            [(self.tensors, limits.tensors, "tensors"), (self.metadata, limits.metadata, "entries in its metadata")]
        {
            if count > most {
                return Err(format!("it has {count} {what}; {most} are the most that are read"));
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for &mut Counts {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == "__metadata__" {
                self.metadata += map.next_value::<Entries>()?.0;
            } else {
                self.tensors += 1;
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// How many entries an object has.
struct Entries(usize);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Count;
        impl<'de> Visitor<'de> for Count {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    entries += 1;
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Count)
    }
}

/// The library's error, reworded for the user of a file.
fn explain(error: &SafeTensorError, file_length: usize) -> String {
    use SafeTensorError as E;
    match error {
        E::InvalidHeader(e) => format!("its header is not UTF-8: {e}"),
        E::InvalidHeaderDeserialization(e) => format!("its header is not JSON of tensors: {}", brief(&e.to_string())),
        E::InvalidOffset(name) => {
            format!("{}: data_offsets overlap another tensor, leave a gap before it, or run backwards", brief(name))
        }
        E::TensorInvalidInfo => "a tensor's data_offsets are not as long as its dtype and shape say".into(),
        E::ValidationOverflow => "a tensor's shape has more elements than can be counted".into(),
        E::MetadataIncompleteBuffer => {
            format!("its tensors do not end where the file ends, at byte {file_length}: truncated, or not one file")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    }

    #[test]
    fn a_tensor_is_found_where_it_lies() {
        let file = file(r#"{"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}}"#, 12);
        let header = Header::parse(&file, file.len(), Limits::GPT2).unwrap();
        let n = file.len();
        let a = TensorInfo { dtype: Dtype::F16, shape: vec![2, 3], bytes: n - 12..n };
        assert_eq!(header.tensors, [("a".to_owned(), a)]);
        assert_eq!(header.metadata["k"], "v");
    }

    #[test]
    fn each_defect_has_its_message() {
        let two = |a: &str, b: &str| {
            format!(
                r#"{{"a":{{"dtype":"F32","shape":[2],"data_offsets":{a}}},
                    "b":{{"dtype":"F32","shape":[2],"data_offsets":{b}}}}}"#
            )
        };
        let tensors = |n: usize| {
            let tensor = |n| format!(r#""{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
            format!("{{{}}}", (0..n).map(tensor).collect::<Vec<_>>().join(","))
        };
        let entries = |n: usize| {
            let entries: Vec<_> = (0..n).map(|n| format!(r#""{n}":"""#)).collect();
            format!(r#"{{"__metadata__":{{{}}}}}"#, entries.join(","))
        };
        for (bytes, message) in [
            (b"short".to_vec(), "5 bytes, shorter than the 8 of a header's length"),
            (file("{}", 0)[..9].to_vec(), "its header claims 2 bytes, of which the file has 1"),
            (u64::MAX.to_le_bytes().to_vec(), "its header claims 18446744073709551615 bytes, of which the file has 0"),
            (file("not json", 0), "its header is not JSON of tensors: expected ident at line 1 column 2"),
            (file(&two("[0,8]", "[4,12]"), 12), "b: data_offsets overlap another tensor"),
            (file(&two("[0,8]", "[12,20]"), 20), "b: data_offsets overlap another tensor, leave a gap before it"),
            (
                file(&two("[0,8]", "[16,8]"), 16),
                "b: data_offsets overlap another tensor, leave a gap before it, or run",
            ),
            (file(&two("[0,8]", "[8,16]"), 15), "its tensors do not end where the file ends, at byte"),
            (file(&two("[0,8]", "[8,20]"), 20), "a tensor's data_offsets are not as long as its dtype and shape say"),
            (
                file(r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}}"#, 8),
                "a tensor's shape has more elements than can be counted",
            ),
            (
                [&(Limits::GPT2.bytes + 1).to_le_bytes()[..], &vec![b' '; Limits::GPT2.bytes as usize + 1]].concat(),
                "its header has 4194305 bytes; 4194304 are the most that are read",
            ),
            (file(&tensors(14_006), 0), "it has 14006 tensors; 14005 are the most that are read"),
            (file(&entries(1001), 0), "it has 1001 entries in its metadata; 1000 are the most that are read"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".to_vec(),
                "it is a git-lfs pointer, which stands for the file: run `git lfs pull` in its folder, or download the",
            ),
            (b"PK\x03\x04\x14\0\0\0\x08\0 of a zip".to_vec(), "it is a zip archive, as PyTorch (.pt, .bin) and NumPy"),
            (b"\x80\x02}q\0X\x01\0\0\0aq\x01".to_vec(), "it is a pickle, which can run code when it is read"),
            (b"\x93NUMPY\x01\0v\0{'descr'".to_vec(), "it is a NumPy array"),
            (b"GGUF\x03\0\0\0\0\0".to_vec(), "it is a GGUF file of llama.cpp"),
            (b"\x89HDF\r\n\x1a\n\0\0".to_vec(), "it is an HDF5 file"),
            (b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), "it is compressed with gzip"),
            (b"<!DOCTYPE html><title>404".to_vec(), "it is a web page, not the file"),
            (b"Entry not found".to_vec(), "it is a text, not tensors"),
        ] {
            let problem = Header::parse(&bytes, bytes.len(), Limits::GPT2).unwrap_err();
            assert!(problem.starts_with(message), "{problem}");
        }
    }
}
