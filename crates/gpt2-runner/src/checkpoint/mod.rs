//! Checkpoints on disk or in memory: which tensors are there, and whether they are those of a configuration.
//!
//! Nothing here knows libtorch; the model takes the bytes that this module has checked.
mod header;
mod layout;
mod map;
mod open;

pub(crate) use header::Header;
use header::TensorInfo;
pub(crate) use layout::{Layout, Parameter};
pub(crate) use open::{Checkpoint, Stored};
