//! Numbers as Python's tools print them, so that the lab's lines can be compared with the notebook's.

mod numpy;
mod python;
mod share;
mod torch;

pub use numpy::numpy_vector;
pub use python::{choices, float_repr, general, nats, perplexity, positive, thousands};
pub use share::{percent, share};
pub use torch::{torch_ids, torch_scalar, torch_size, torch_vector};

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    /// Written by tests/data/printed.py with numpy and PyTorch.
    #[derive(Deserialize)]
    pub(super) struct Cases {
        pub(super) floats: Vec<FloatCase>,
        pub(super) ids: Vec<IdCase>,
    }

    #[derive(Deserialize)]
    pub(super) struct FloatCase {
        x: Vec<String>,
        pub(super) numpy: String,
        pub(super) torch: String,
    }

    #[derive(Deserialize)]
    pub(super) struct IdCase {
        pub(super) ids: Vec<u32>,
        pub(super) torch: String,
    }

    impl FloatCase {
        pub(super) fn values(&self) -> Vec<f64> {
            self.x.iter().map(|x| x.parse().expect("a float")).collect()
        }
    }

    pub(super) fn cases() -> Cases {
        serde_json::from_str(include_str!("../tests/data/printed.json")).expect("printed.json is whole")
    }
}
