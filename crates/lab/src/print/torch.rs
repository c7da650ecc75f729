use super::python::scientific;

/// PyTorch's default print options.
const PRECISION: usize = 4;
const LINE_WIDTH: usize = 80;
const THRESHOLD: usize = 1000;
const EDGE_ITEMS: usize = 3;

/// The repr of a one-dimensional float32 tensor: `tensor([0.0026, 0.0029, 0.0072])`.
///
/// Mirrors `_Formatter` and `_vector_str` of `torch/_tensor_str.py`.
pub fn torch_vector(x: &[f32]) -> String {
    let format = FloatFormat::of(&shown(x));
    let words: Vec<String> = shown(x).into_iter().map(|v| format.word(v)).collect();
    format!("tensor({})", bracketed(&words, x.len(), format.width, "tensor(".len()))
}

/// The repr of a float32 tensor with no dimension, which is what indexing one value gives: `tensor(-123.9898)`.
pub fn torch_scalar(x: f32) -> String {
    format!("tensor({})", FloatFormat::of(&[x]).word(x))
}

/// The repr of token ids as the tokenizer returns them, one row: `tensor([[1026,  373,  257]])`.
pub fn torch_ids(ids: &[u32]) -> String {
    let shown = shown(ids);
    let width = shown.iter().map(|id| id.to_string().len()).max().unwrap_or(1);
    let words: Vec<String> = shown.iter().map(|id| format!("{id:width$}")).collect();
    format!("tensor([{}])", bracketed(&words, ids.len(), width, "tensor([".len()))
}

/// The repr of a shape: `torch.Size([1, 7, 50257])`.
pub fn torch_size(shape: &[usize]) -> String {
    format!("torch.Size({shape:?})")
}

/// All values, or the three at either end of more than 1,000.
fn shown<T: Copy>(x: &[T]) -> Vec<T> {
    if x.len() > THRESHOLD {
        x[..EDGE_ITEMS].iter().chain(&x[x.len() - EDGE_ITEMS..]).copied().collect()
    } else {
        x.to_vec()
    }
}

/// The words in brackets, broken into lines of 80 characters that start below the first word.
fn bracketed(words: &[String], len: usize, width: usize, indent: usize) -> String {
    let mut words = words.to_vec();
    if len > THRESHOLD {
        words.insert(EDGE_ITEMS, " ...".to_owned());
    }
    let per_line = (LINE_WIDTH.saturating_sub(indent) / (width + 2)).max(1);
    let lines: Vec<String> = words.chunks(per_line).map(|line| line.join(", ")).collect();
    format!("[{}]", lines.join(&format!(",\n{}", " ".repeat(indent + 1))))
}

/// How all floats of one tensor are written.
struct FloatFormat {
    scientific: bool,
    integers: bool,
    width: usize,
}

impl FloatFormat {
    fn of(x: &[f32]) -> Self {
        let numbers: Vec<f32> = x.iter().copied().filter(|v| v.is_finite() && *v != 0.0).collect();
        let mut format = Self { scientific: false, integers: true, width: 1 };
        if numbers.is_empty() {
            return format;
        }
        let (smallest, largest) = numbers
            .iter()
            .map(|&v| f64::from(v).abs())
            .fold((f64::INFINITY, 0.0_f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
        format.integers = numbers.iter().all(|v| *v == v.ceil());
        format.scientific = largest / smallest > 1000.0 || largest > 1.0e8 || smallest < 1.0e-4;
        format.width = numbers.iter().map(|&v| format.word(v).len()).max().unwrap_or(1);
        format
    }

    fn word(&self, v: f32) -> String {
        let text = if v.is_nan() {
            "nan".to_owned()
        } else if v.is_infinite() {
            if v > 0.0 { "inf" } else { "-inf" }.to_owned()
        } else if self.scientific {
            scientific(&format!("{v:.PRECISION$e}"))
        } else if self.integers {
            format!("{v:.0}.")
        } else {
            format!("{v:.PRECISION$}")
        };
        format!("{text:>width$}", width = self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_print_as_pytorch_prints_them() {
        for case in crate::print::tests::cases().floats {
            let x: Vec<f32> = case.values().iter().map(|&v| v as f32).collect();
            assert_eq!(torch_vector(&x), case.torch);
        }
    }

    #[test]
    fn ids_print_as_pytorch_prints_them() {
        for case in crate::print::tests::cases().ids {
            assert_eq!(torch_ids(&case.ids), case.torch);
        }
    }

    #[test]
    fn scalars_and_shapes() {
        // Typed into PyTorch 2.13.
        for (x, expected) in [
            (-123.989_8, "tensor(-123.9898)"),
            (f32::NAN, "tensor(nan)"),
            (0.0, "tensor(0.)"),
            (3.0, "tensor(3.)"),
            (1e-5, "tensor(1.0000e-05)"),
            (f32::NEG_INFINITY, "tensor(-inf)"),
        ] {
            assert_eq!(torch_scalar(x), expected);
        }
        assert_eq!(torch_size(&[1, 7, 50257]), "torch.Size([1, 7, 50257])");
        assert_eq!(torch_size(&[50257]), "torch.Size([50257])");
    }
}
