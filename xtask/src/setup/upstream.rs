//! The upstream route: the CPU build that the PyTorch project publishes.
use std::path::Path;

use super::SetupError;

pub(super) fn fetch(_downloads: &Path, _folder: &Path) -> Result<(), SetupError> {
    Err(SetupError::Upstream { cause: "todo".to_owned() })
}
