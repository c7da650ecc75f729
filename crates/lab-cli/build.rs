//! Lets `lab` find libtorch when it starts, from any folder and after `cargo install`, and say which one it has.
use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Set by gpt2-runner's build script; absent without the feature `torch`.
    let Some(libtorch) = env::var_os("DEP_GPT2_RUNNER_LIBTORCH_LIB") else { return };
    let folder = Path::new(&libtorch);
    if cfg!(unix) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
    // A libtorch that is part of a Python installation does not have this file.
    if let Some(version) = folder.parent().and_then(|root| fs::read_to_string(root.join("build-version")).ok()) {
        println!("cargo::rustc-env=LAB_LIBTORCH_VERSION={}", version.trim());
    }
}
