//! No step is silent for long, even if its output goes to a file.
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::{copied, process::run};

#[test]
fn a_long_build_prints_a_line_every_five_seconds() {
    let checkout = tempfile::tempdir().unwrap();
    let (root, libtorch) = copied::checkout(checkout.path());
    // Cargo's own progress, drawn once.
    let cargo = root.join("cargo");
    let building = "case $* in *--no-run*) printf '    Building [=> ] 210/283: torch-sys\\r' >&2; sleep 12;; esac";
    fs::write(&cargo, format!("#!/bin/sh\n{building}\n")).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let mut test = Command::new(env!("CARGO_BIN_EXE_xtask"));
    test.current_dir(&root).env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_TARGET_DIR");
    test.env("LIBTORCH", &libtorch).env("CARGO", &cargo).args(["test", "-p", "viz"]);
    let (status, _, stderr) = run(&mut test);
    assert_eq!(status, Some(0), "{stderr}");
    let lines: Vec<_> = stderr.lines().filter(|line| line.ends_with("Building [=> ] 210/283: torch-sys")).collect();
    assert_eq!(lines.len(), 2, "{stderr}");
}
