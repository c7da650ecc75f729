//! `cargo xtask dist`: an archive of the lab that needs nothing else, libtorch included.
use std::{io::Write, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use fs_err::{self as fs, File};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    cargo::{self, root},
    steps::Steps,
};

/// The lab's features: all but libtorch.
const FEATURES: [&str; 3] = ["--no-default-features", "--features", "serve"];

/// Additional files, with their names in the archive.
const FILES: [(&str, &str); 6] = [
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("crates/viz/fonts/LICENSE_DEJAVU", "LICENSE-DEJAVU"),
    ("data/README.md", "data/README.md"),
    ("data/recorded/README.md", "data/recorded/README.md"),
    ("data/recorded/gpt2-small.safetensors", "data/recorded/gpt2-small.safetensors"),
];

/// The archive's README.
const README: &str = "\
softmax-lab: what softmax does to a language model's logits. It needs nothing but this folder.

  ./lab next 'The capital of France is'
  ./lab part 3 --logits data/recorded/gpt2-small.safetensors --out out    the real GPT-2's logits
  ./lab part all --models demo --out out                                  then open out/index.html
  ./lab serve --open                                                      a prompt of your own, in a browser
  ./lab --help

Licence: MIT or Apache-2.0, at your option. Data: data/README.md. Fonts: LICENSE-DEJAVU. Libraries: LICENSES-LIBRARIES.txt.
";

/// Builds the lab and packs it, and prints where the archive is.
///
/// # Errors
/// If the build fails, or a file cannot be read or written.
pub fn run() -> Result<()> {
    let steps = Steps::new(2);
    let host =
        output(Command::new("rustc").args(["--print", "host-tuple"]).current_dir(root()), "what rustc builds for")?;
    steps.begin("the lab without libtorch, linked for any machine of this kind: compiling, about 2 min on two cores");
    let mut build = cargo::command(["build", "--release", "-p", "lab-cli", "--target", &host]);
    build.args(FEATURES).args(["--config", "profile.release.strip=true"]);
    // A statically linked program runs on any Linux. It gets random numbers from the kernel, since `/dev` may be
    // missing.
    if host.contains("linux-gnu") {
        build.env("RUSTFLAGS", "-C target-feature=+crt-static --cfg getrandom_backend=\"linux_getrandom\"");
    }
    cargo::build(&mut build)?;

    steps.begin("the archive");
    let name = format!("softmax-lab-{}-{host}", env!("CARGO_PKG_VERSION"));
    let folder = cargo::target().join("dist");
    fs::create_dir_all(&folder)?;
    let lab = if cfg!(windows) { "lab.exe" } else { "lab" };
    let program = fs::read(cargo::target().join(&host).join("release").join(lab))?;
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    let mut zip = ZipWriter::new(&mut file);
    let mut add = |to: &str, bytes: &[u8], mode: u32| -> Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(format!("{name}/{to}"), options.unix_permissions(mode))?;
        Ok(zip.write_all(bytes)?)
    };
    add(lab, &program, 0o755)?;
    add("README.txt", README.as_bytes(), 0o644)?;
    add("LICENSES-LIBRARIES.txt", licences(&host)?.as_bytes(), 0o644)?;
    for (from, to) in FILES {
        add(to, &fs::read(root().join(from))?, 0o644)?;
    }
    zip.finish()?;
    let archive = folder.join(format!("{name}.zip"));
    file.persist(&archive)?;
    println!("{}: {:.1} MB", archive.display(), File::open(&archive)?.metadata()?.len() as f64 / 1e6);
    Ok(())
}

/// The licences of the linked libraries: their own files, as their terms require.
fn licences(host: &str) -> Result<String> {
    let mut tree = cargo::command(["tree", "-p", "lab-cli", "--edges", "normal", "--target", host]);
    tree.args(["--prefix", "none", "--no-dedupe", "--format", "{p}"]).args(FEATURES);
    let tree = output(&mut tree, "the list of libraries")?;
    let metadata = output(&mut cargo::command(["metadata", "--format-version", "1", "--all-features"]), "metadata")?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let mut text = String::new();
    for package in metadata["packages"].as_array().context("cargo metadata lists packages")? {
        let field = |name: &str| package[name].as_str().unwrap_or_default();
        let (name, version) = (field("name"), field("version"));
        let used = tree.lines().any(|line| line.split(" (").next() == Some(&format!("{name} v{version}")));
        if package["source"].is_null() || !used {
            continue;
        }
        text.push_str(&format!("{name} {version}: {}\n{}\n\n", field("license"), field("repository")));
        let folder = Path::new(field("manifest_path")).parent().context("a manifest is in a folder")?;
        let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        files.sort_by_key(fs::DirEntry::file_name);
        for file in files {
            let name = file.file_name().to_string_lossy().to_uppercase();
            let is_licence = ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|start| name.starts_with(start));
            if is_licence && file.file_type()?.is_file() {
                text.push_str(&String::from_utf8_lossy(&fs::read(file.path())?));
                text.push('\n');
            }
        }
    }
    ensure!(!text.is_empty(), "no licence of any library was found");
    Ok(text)
}

/// A command's output, without the last newline.
fn output(command: &mut Command, what: &str) -> Result<String> {
    let output = command.output().with_context(|| format!("{what} cannot be asked for"))?;
    ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
