//! A checkout that was copied with what was built in it.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::run;

/// Makes a folder what xtask takes for a checkout, with a libtorch in it: their paths.
pub(crate) fn checkout(folder: &Path) -> (PathBuf, PathBuf) {
    let root = folder.canonicalize().unwrap();
    let libtorch = root.join("libtorch");
    for file in ["xtask/Cargo.toml", ".cargo/config.toml"].iter().map(|file| root.join(file)).chain(
        ["include/torch/csrc/api/include/torch/torch.h", "lib/libtorch_cpu.so", "lib/libtorch_cpu.dylib"]
            .map(|file| libtorch.join(file)),
    ) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    (root, libtorch)
}

#[test]
fn a_copy_of_the_checkout_works_on_its_own_folders() {
    let copy = tempfile::tempdir().unwrap();
    let (root, libtorch) = checkout(copy.path());
    let built = root.join("xtask-built-elsewhere");
    fs::copy(env!("CARGO_BIN_EXE_xtask"), &built).unwrap();
    let mut setup = Command::new(&built);
    setup.env_remove("CARGO_MANIFEST_DIR").current_dir(root.join("xtask"));
    let (status, stdout, stderr) = run(setup.args(["setup", "--libtorch"]).arg(&libtorch));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(stdout, format!("libtorch 2.13.0: {}\n", libtorch.display()));
    let record = fs::read_to_string(root.join(".cargo/libtorch.toml")).unwrap();
    assert!(record.contains(r#"{ value = "libtorch", relative = true }"#), "{record}");

    let outside = tempfile::tempdir().unwrap();
    let mut lost = Command::new(&built);
    let (status, _, stderr) = run(lost.env_remove("CARGO_MANIFEST_DIR").current_dir(&outside).arg("setup"));
    assert_eq!(status, Some(1));
    assert_eq!(stderr, "error: run this in the project's folder: no `xtask/Cargo.toml` is found above\n");
}
