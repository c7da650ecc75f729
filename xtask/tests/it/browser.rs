//! Without a browser, `cargo xtask test` leaves out the tests that need one and prints a note; `ci` fails.
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::{copied, process::run};

const NONE: &str = "no Chromium; install one (`apt-get install chromium`) or name one in CHROME";

#[test]
fn ci_needs_a_browser_at_once() {
    let mut ci = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let (status, _, stderr) = run(ci.args(["ci", "--skip", "fmt"]).env("CHROME", "").env("PATH", ""));
    assert_eq!(status, Some(1));
    assert_eq!(stderr, format!("error: the tests of the page need a browser: {NONE}, or give `--skip test`\n"));
}

#[test]
fn tests_in_a_browser_are_left_out_where_there_is_none_and_only_there() {
    let checkout = tempfile::tempdir().unwrap();
    let (root, libtorch) = copied::checkout(checkout.path());
    // What xtask asks of cargo is written down.
    let cargo = root.join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"$@\" >> asked\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let test = |browser: &str| {
        let mut test = Command::new(env!("CARGO_BIN_EXE_xtask"));
        test.current_dir(&root).env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_TARGET_DIR");
        test.env("LIBTORCH", &libtorch).env("CARGO", &cargo).env("CHROME", browser).env("PATH", "").arg("test");
        let (status, _, stderr) = run(&mut test);
        assert_eq!(status, Some(0), "{stderr}");
        let asked = fs::read_to_string(root.join("asked")).unwrap();
        (asked.lines().last().unwrap().to_owned(), stderr)
    };
    let (asked, stderr) = test("/a/browser");
    assert_eq!(asked, "test --release --config xtask/tests.toml --workspace");
    assert!(!stderr.contains("skipped"), "{stderr}");
    let (asked, stderr) = test("");
    assert_eq!(asked, "test --release --config xtask/tests.toml --workspace -- --skip in_a_browser::");
    assert!(stderr.ends_with(&format!("\nskipped: the tests of the page: {NONE}\n")), "{stderr}");
}
