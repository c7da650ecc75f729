//! Where the workspace is, if the lab is run from one.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The workspace's root: searched upwards from the program's folder, then from the current folder. `None` for an
/// installed program that runs elsewhere.
///
/// Looked for when it is needed and not kept from when the program was built: a checkout may be copied or moved.
pub(crate) fn workspace() -> Option<PathBuf> {
    let program = env::current_exe().ok().and_then(|program| program.canonicalize().ok());
    [program, env::current_dir().ok()].into_iter().flatten().find_map(|place| root_above(&place))
}

fn root_above(place: &Path) -> Option<PathBuf> {
    place.ancestors().find(|folder| folder.join("crates/lab-cli/Cargo.toml").is_file()).map(Path::to_owned)
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
