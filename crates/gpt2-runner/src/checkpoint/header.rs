//! The header of a safetensors file: 8 bytes of length, JSON, then the tensors' bytes.
use std::{collections::HashMap, ops::Range};

use safetensors::{SafeTensors, tensor::Dtype};

use crate::{config::MOST_LAYERS, printable::brief};

/// Where one tensor lies in its file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TensorInfo {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// In bytes from the start of the file; inside it, and as long as dtype and shape say.
    pub(crate) bytes: Range<usize>,
}

/// A header whose every tensor lies inside the file and overlaps no other.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) tensors: Vec<(String, TensorInfo)>,
    pub(crate) metadata: HashMap<String, String>,
}

/// How much a header may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Its JSON, in bytes: what it costs in memory is a small multiple of it.
    pub(crate) bytes: u64,
    pub(crate) tensors: usize,
}

impl Limits {
    /// A GPT-2 of the most blocks that a configuration may have: 12 parameters and 2 masks in each, and 5 tensors
    /// around them. Such a header has 2 MB.
    pub(crate) const GPT2: Self = Self { bytes: 4 << 20, tensors: 14 * MOST_LAYERS + 5 };
    /// One tensor for each prompt, whose text is in the header.
    pub(crate) const RECORDED: Self = Self { bytes: 64 << 20, tensors: 100_000 };
}

impl Header {
    /// Reads and checks the header of a whole file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn parse(file: &[u8], limits: Limits) -> Result<Self, String> {
        let Some((length, rest)) = file.split_first_chunk::<8>() else {
            return Err(format!("{} bytes, shorter than the 8 of a header's length", file.len()));
        };
        let length = u64::from_le_bytes(*length);
        if length > rest.len() as u64 {
            return Err(format!("its header claims {length} bytes, of which the file has {}", rest.len()));
        }
        if length > limits.bytes {
            return Err(format!("its header has {length} bytes; {} are the most that are read", limits.bytes));
        }
        let (length, metadata) = SafeTensors::read_metadata(file).map_err(|e| explain(&e, file.len()))?;
        let start = 8 + length;
        let tensors = metadata.tensors();
        if tensors.len() > limits.tensors {
            return Err(format!("it has {} tensors; {} are the most that are read", tensors.len(), limits.tensors));
        }
        let tensors = tensors.into_iter().map(|(name, info)| {
            let (from, to) = info.data_offsets;
            (name, TensorInfo { dtype: info.dtype, shape: info.shape.clone(), bytes: start + from..start + to })
        });
        Ok(Self { tensors: tensors.collect(), metadata: metadata.metadata().clone().unwrap_or_default() })
    }
}

/// The library's error in the words of someone who has a file before them.
fn explain(error: &safetensors::SafeTensorError, file_length: usize) -> String {
    use safetensors::SafeTensorError as E;
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
        let header = Header::parse(&file, Limits::GPT2).unwrap();
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
        ] {
            let problem = Header::parse(&bytes, Limits::GPT2).unwrap_err();
            assert!(problem.starts_with(message), "{problem}");
        }
    }
}
