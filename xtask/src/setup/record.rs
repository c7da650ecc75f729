//! `.cargo/libtorch.toml`: how cargo learns of the libtorch in place. One writer, this file.
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use crate::disk;

const KEY: &str = "LIBTORCH = { value = ";

fn file(root: &Path) -> PathBuf {
    root.join(".cargo/libtorch.toml")
}

/// The folder that stands for "no libtorch yet": `.cargo/libtorch-absent.toml` names it.
pub(super) fn absent(root: &Path) -> PathBuf {
    root.join(".cargo/libtorch-absent")
}

/// The recorded folder, if there is a record.
pub(super) fn read(root: &Path) -> Result<Option<PathBuf>> {
    let file = file(root);
    if !file.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&file)?;
    // TOML's basic strings are written as JSON's.
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(KEY))
        .and_then(|rest| serde_json::Deserializer::from_str(rest).into_iter::<String>().next().and_then(Result::ok));
    Ok(value.map(|value| root.join(value)))
}

/// Records `libtorch`, relative to `root` if it is inside, so that the clone can be moved.
///
/// An unchanged record is not written again: cargo would rebuild what depends on it.
pub(super) fn write(root: &Path, libtorch: &Path) -> Result<()> {
    let (value, relative) = match libtorch.strip_prefix(root) {
        Ok(inside) => (inside, true),
        Err(_) => (libtorch, false),
    };
    let quoted = serde_json::Value::from(value.to_string_lossy());
    let text = format!(
        "# Written by `cargo xtask setup`, which replaces it.\n[env]\n{KEY}{quoted}, relative = {relative} }}\n"
    );
    let file = file(root);
    if fs::read_to_string(&file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    disk::replace(&file, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".cargo")).unwrap();
        assert_eq!(read(root.path()).unwrap(), None);
        for path in ["/opt/a \"quoted\" \\ path/libtorch".into(), root.path().join(".libtorch/2.13.0-cpu")] {
            write(root.path(), &path).unwrap();
            assert_eq!(read(root.path()).unwrap(), Some(path));
        }
        let text = fs::read_to_string(file(root.path())).unwrap();
        assert!(text.contains(r#"LIBTORCH = { value = ".libtorch/2.13.0-cpu", relative = true }"#), "{text}");
    }
}
