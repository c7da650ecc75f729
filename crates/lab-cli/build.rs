//! Lets `lab` find libtorch when it starts, from any folder and after `cargo install`.
use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Set by gpt2-runner's build script; absent without the feature `torch`.
    let Some(libtorch) = env::var_os("DEP_GPT2_RUNNER_LIBTORCH_LIB") else { return };
    let folder = Path::new(&libtorch);
    if cfg!(unix) {
        // A checkout that was copied or moved has its own libtorch, where its own program finds it: from target/release
        // two folders up.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        if let Some(inside) = root.and_then(|root| folder.strip_prefix(root).ok()) {
            let program = if cfg!(target_os = "macos") { "@loader_path" } else { "$ORIGIN" };
            println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{program}/../../{}", inside.display());
        }
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    }
}
