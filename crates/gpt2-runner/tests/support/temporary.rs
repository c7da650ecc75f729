//! A folder for a test's files.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Empty at first; removed when it is dropped, also when a test fails.
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// In the target folder; `name` must be unique among the tests of this crate.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the target folder can be written");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
