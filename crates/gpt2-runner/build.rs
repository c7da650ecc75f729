//! Lets programs that link libtorch find it when they start, and say which one it is.
//!
//! Passes the libtorch folder on to dependents' build scripts as `DEP_GPT2_RUNNER_LIBTORCH_LIB`.
use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Set by torch-sys; absent without the feature `torch`.
    let Some(libtorch) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else { return };
    println!("cargo::metadata=libtorch_lib={}", libtorch.display());
    // A libtorch that is part of a Python installation does not have this file.
    if let Some(version) = libtorch.parent().and_then(|root| fs::read_to_string(root.join("build-version")).ok()) {
        println!("cargo::rustc-env=GPT2_RUNNER_LIBTORCH_VERSION={}", version.trim());
    }
    #[cfg(unix)]
    {
        // This crate's tests and examples.
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libtorch.display());
        // Doc tests take no link arguments. Cargo puts search paths below the target folder, and only those, into
        // the library path of what it runs: a link there makes the doc tests of this and of dependent crates start.
        let link = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("libtorch");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&libtorch, &link).expect("OUT_DIR can be written");
        println!("cargo::rustc-link-search=native={}", link.display());
    }
}
