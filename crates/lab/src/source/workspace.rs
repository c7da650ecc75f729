//! Where the workspace is, if the lab is run from one.

use std::{
    env,
    path::{self, Path, PathBuf},
};

/// The workspace's `data/weights`, where downloaded models are; outside a workspace, that of the current folder.
/// Absolute: messages repeat it.
pub fn default_weights() -> PathBuf {
    let weights = root().unwrap_or_default().join("data/weights");
    path::absolute(&weights).unwrap_or(weights)
}

/// Whether the program is installed: it runs outside a workspace, where `cargo xtask weights` does not exist. Messages
/// then name the files to copy; downloads are part of `xtask` only.
pub fn is_installed() -> bool {
    root().is_none()
}

/// The workspace's root: searched upwards from the program's folder, then from the current folder. `None` for an
/// installed program that runs elsewhere.
///
/// Searched at run time, not fixed at build time: a checkout may be copied or moved.
fn root() -> Option<PathBuf> {
    let program = env::current_exe().ok().and_then(|program| program.canonicalize().ok());
    [program, env::current_dir().ok()].into_iter().flatten().find_map(|path| root_above(&path))
}

fn root_above(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join("crates/lab-cli/Cargo.toml").is_file()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::root_above;

    #[test]
    fn the_nearest_workspace_is_found_from_anywhere_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a copy");
        fs::create_dir_all(root.join("crates/lab-cli")).unwrap();
        fs::create_dir_all(root.join("target/release")).unwrap();
        assert_eq!(root_above(&root.join("target/release/lab")), None);
        fs::write(root.join("crates/lab-cli/Cargo.toml"), "").unwrap();
        assert_eq!(root_above(&root.join("target/release/lab")), Some(root));
    }
}
