//! NumPy's `.npy`: a magic string, a version, the length of a header, the header (a Python dictionary), the data; see
//! <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
use safetensors::tensor::Dtype;

use super::{Fault, RecordedPrompt, values};
use crate::{checkpoint::TensorInfo, files::Bytes, message::brief};

const MAGIC: &[u8] = b"\x93NUMPY";

/// How many bytes are read for a header. That of an array of numbers has under 200.
const MOST_HEADER: usize = 1 << 16;

pub(super) fn is_npy(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Reads the one array of a file.
pub(super) fn parse<F: Bytes + ?Sized>(file: &F, last_only: bool) -> Result<RecordedPrompt, Fault> {
    let start = file.range(0..file.length().min(MOST_HEADER))?;
    let (header, first) = header(&start).ok_or("its NumPy header is cut short")?;
    let data = first..file.length();
    let header = str::from_utf8(header).map_err(|_| "its NumPy header is not text")?;
    let unclear = |key: &str| format!("its NumPy header has no {key} that is understood: {}", brief(header.trim_end()));
    let descr = value(header, "descr").and_then(quoted).ok_or_else(|| unclear("descr"))?;
    let shape = value(header, "shape").and_then(tuple).ok_or_else(|| unclear("shape"))?;
    let dtype = match descr {
        "<f4" => Dtype::F32,
        "<f2" => Dtype::F16,
        // NumPy has no bfloat16: ml_dtypes, which JAX and others use, saves it as two untyped bytes.
        "<V2" | "|V2" | "bfloat16" => Dtype::BF16,
        other => {
            let other = brief(other);
            let problem = format!("its numbers are {other:?}, expected '<f4' (float32), '<f2' (float16) or bfloat16");
            return Err(problem.into());
        }
    };
    if shape.len() > 1 && value(header, "fortran_order").is_none_or(|order| order.starts_with("True")) {
        return Err("its values lie column after column: save numpy.ascontiguousarray(logits)".into());
    }
    let bytes = shape.iter().try_fold(dtype.bitsize() / 8, |product, &n| product.checked_mul(n));
    if bytes != Some(data.len()) {
        let shape = format!("{shape:?}");
        return Err(format!("it has {} bytes of values, which are not {dtype} {}", data.len(), brief(&shape)).into());
    }
    values::prompt("its array", &TensorInfo { dtype, shape, bytes: data }, file, last_only)
}

/// The bytes of a file with one array of float32, as `numpy.save` writes it.
pub(super) fn bytes(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let shape = match shape {
        [n] => format!("({n},)"),
        _ => format!("({})", shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    // The data start at a multiple of 64; before them are the magic string, two bytes of version, two of length, and
    // the header's own newline.
    let start = (MAGIC.len() + 4 + header.len() + 1).next_multiple_of(64);
    let length = start - MAGIC.len() - 4;
    let mut file = [MAGIC, &[1, 0], &(length as u16).to_le_bytes(), header.as_bytes()].concat();
    file.resize(start - 1, b' ');
    file.push(b'\n');
    file.extend(values.iter().flat_map(|z| z.to_le_bytes()));
    file
}

/// The header, and the offset of the data.
fn header(start: &[u8]) -> Option<(&[u8], usize)> {
    let rest = start.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = if version[0] == 1 {
        let (length, rest) = rest.split_first_chunk()?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk()?;
        (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
    };
    Some((rest.get(..length)?, start.len() - rest.len() + length))
}

/// What follows a key of the dictionary. NumPy writes no other strings into it than the keys and `descr`.
fn value<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}'"))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn quoted(value: &str) -> Option<&str> {
    value.strip_prefix('\'')?.split('\'').next()
}

fn tuple(value: &str) -> Option<Vec<usize>> {
    let (inside, _) = value.strip_prefix('(')?.split_once(')')?;
    inside.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes(), data].concat()
    }

    fn refusal(header: &str, data: &[u8]) -> String {
        problem(&file(header, data))
    }

    fn problem(file: &[u8]) -> String {
        match parse(file, false) {
            Err(Fault::Format(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_numpy_writes_is_read() {
        // As numpy.save writes numpy.array([[1, 2, 3], [4, 5, 6.5]], "f2").
        let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }       \n";
        let data = [0x3c00_u16, 0x4000, 0x4200, 0x4400, 0x4500, 0x4680].map(u16::to_le_bytes).concat();
        let prompt = parse(&file(header, &data)[..], false).unwrap();
        assert_eq!((prompt.n_positions, &prompt.logits[..]), (Some(2), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.5][..]));
        let last = parse(&file(header, &data)[..], true).unwrap();
        assert_eq!((last.n_positions, &last.logits[..]), (None, &[4.0, 5.0, 6.5][..]));
        let data = [1.5_f32, -2.0].map(f32::to_le_bytes).concat();
        for header in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
            "{'descr':'<f4','fortran_order':False,'shape':(1,1,2)}",
        ] {
            assert_eq!(parse(&file(header, &data)[..], false).unwrap().logits, [1.5, -2.0]);
        }
        // Version 2 has four bytes of length.
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        let version_2 = [MAGIC, &[2, 0], &(header.len() as u32).to_le_bytes(), header.as_bytes(), &data].concat();
        assert_eq!(parse(&version_2[..], false).unwrap().n_positions, Some(1));
        // 1.0 in bfloat16.
        let bf16 = parse(&file("{'descr': '<V2', 'fortran_order': False, 'shape': (1,), }", &[0x80, 0x3f])[..], false);
        assert_eq!(bf16.unwrap().logits, [1.0]);
    }

    #[test]
    fn what_is_written_is_what_numpy_writes() {
        // numpy.save of numpy.array([1.5, -2], "f4") and of [[1, 2, 3], [4, 5, -inf]], NumPy 2.4.
        let header = |shape: &str| format!("\x01\0v\0{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        for (shape, values, written, data) in [
            (&[2][..], &[1.5, -2.0][..], "(2,)", &[0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0][..]),
            (
                &[2, 3],
                &[1.0, 2.0, 3.0, 4.0, 5.0, f32::NEG_INFINITY],
                "(2, 3)",
                &[
                    0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xa0, 0x40, 0, 0, 0x80,
                    0xff,
                ],
            ),
        ] {
            let numpy = [MAGIC, format!("{:<121}\n", header(written)).as_bytes(), data].concat();
            assert_eq!(bytes(shape, values), numpy);
            assert_eq!(parse(&numpy[..], false).unwrap().logits, values);
        }
    }

    #[test]
    fn what_is_no_logits_says_so() {
        let f8 = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }";
        assert_eq!(
            refusal(f8, &[0; 8]),
            "its numbers are \"<f8\", expected '<f4' (float32), '<f2' (float16) or bfloat16"
        );
        let columns = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }";
        assert!(refusal(columns, &[0; 8]).contains("numpy.ascontiguousarray"));
        let batch = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1), }";
        assert_eq!(
            refusal(batch, &[0; 8]),
            "its array is F32 [2, 1, 1], expected F32, F16 or BF16 of [V], [T, V] or [1, T, V]"
        );
        let two = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        assert_eq!(refusal(two, &[0; 7]), "it has 7 bytes of values, which are not F32 [2]");
        let many = "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }";
        assert_eq!(refusal(many, &[]), "it has 0 bytes of values, which are not F32 [4611686018427387904]");
        for header in ["", "{}", "{'descr': <f4, 'shape': (1,)}", "{'descr': '<f4', 'shape': (x,)}", "{'shape': 1}"] {
            assert!(refusal(header, &[0; 4]).contains("that is understood"), "{header}");
        }
        assert_eq!(problem(MAGIC), "its NumPy header is cut short");
    }
}
