//! Lets this crate's tests find libtorch.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Set by gpt2-runner's build script; absent without the feature `torch`.
    if let Some(libtorch) = std::env::var_os("DEP_GPT2_RUNNER_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", libtorch.to_string_lossy());
    }
}
