use std::fmt;

/// Which instructions the `f32` kernels run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SimdPath {
    /// Plain Rust.
    Scalar,
}

impl fmt::Display for SimdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("scalar code")
    }
}
