//! The header of a safetensors file: 8 bytes of length, JSON, then the tensors' bytes.
use std::{collections::HashMap, ops::Range};

use safetensors::{SafeTensors, tensor::Dtype};

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

impl Header {
    /// Reads and checks the header of a whole file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, String> {
        let Some((length, rest)) = file.split_first_chunk::<8>() else {
            return Err(format!("{} bytes, shorter than the 8 of a header's length", file.len()));
        };
        let length = u64::from_le_bytes(*length);
        if length > rest.len() as u64 {
            return Err(format!("its header claims {length} bytes, of which the file has {}", rest.len()));
        }
        let (length, metadata) = SafeTensors::read_metadata(file).map_err(|e| explain(&e, file.len()))?;
        let start = 8 + length;
        let tensors = metadata.tensors().into_iter().map(|(name, info)| {
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
        E::InvalidHeaderDeserialization(e) => format!("its header is not JSON of tensors: {e}"),
        E::HeaderTooLarge => "its header is longer than 100 MB".into(),
        E::InvalidOffset(name) => {
            format!("{name}: data_offsets overlap another tensor, leave a gap before it, or run backwards")
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
        let header = Header::parse(&file).unwrap();
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
        ] {
            let problem = Header::parse(&bytes).unwrap_err();
            assert!(problem.starts_with(message), "{problem}");
        }
    }
}
