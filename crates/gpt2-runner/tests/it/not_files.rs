//! A path with a checkpoint file's name that is not a regular file, or is too long, is refused without blocking.
#![cfg(unix)]
use std::{
    fs,
    io::Write,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use gpt2_runner::{Engine, Gpt2, Gpt2Tokenizer, RecordedLogits, check_checkpoint};

use crate::{files::test_data, temporary::TemporaryFolder};

/// A copy of a fixture, with another `file`.
fn with(name: &str, fixture: &str, file: &str, make: impl FnOnce(&Path)) -> TemporaryFolder {
    let folder = TemporaryFolder::new(name);
    for entry in fs::read_dir(test_data("gpt2-tiny").join(fixture)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(file);
    let _ = fs::remove_file(&path);
    make(&path);
    folder
}

#[test]
fn a_fifo_a_device_a_folder_or_a_socket_is_refused_at_once() {
    let kinds = ["a FIFO", "a device", "a folder", "a socket"];
    let make = |kind, path: &Path| match kind {
        "a FIFO" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "a device" => symlink("/dev/zero", path).unwrap(),
        "a folder" => fs::create_dir(path).unwrap(),
        _ => drop(UnixListener::bind(path).unwrap()),
    };
    let files = [
        ("hub-layout", "model.safetensors"),
        ("hub-layout", "config.json"),
        ("sharded", "model.safetensors.index.json"),
        ("sharded", "model-00002-of-00003.safetensors"),
        ("hub-layout", "tokenizer.json"),
        ("hub-layout", "vocab.json"),
    ];
    let start = Instant::now();
    for kind in kinds {
        for (fixture, file) in files {
            // The path of a socket has at most 108 bytes.
            let folder = with("odd", fixture, file, |path| {
                let here = std::env::current_dir().unwrap();
                make(kind, path.strip_prefix(&here).unwrap_or(path));
            });
            let message = if file.starts_with("tokenizer") || file.starts_with("vocab") {
                Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string()
            } else {
                check_checkpoint(folder.path()).unwrap_err().to_string()
            };
            assert_eq!(message, format!("{}: is {kind}, expected a file", folder.path().join(file).display()));
            if file == "model.safetensors" {
                let message = RecordedLogits::from_file(folder.path().join(file)).unwrap_err().to_string();
                assert!(message.ends_with(&format!("is {kind}, expected a file")), "{message}");
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn small_files_are_read_up_to_a_stated_size() {
    // Sparse: longer than the machine's memory, perhaps, and within an address space of 39 bits.
    let sparse = |path: &Path| fs::File::create(path).unwrap().set_len(64 << 30).unwrap();
    for (fixture, file, message) in [
        ("hub-layout", "config.json", "is longer than 1 MiB, which is more than any config.json has"),
        ("sharded", "model.safetensors.index.json", "is longer than 4 MiB, which is more than any index of shards has"),
        (
            "hub-layout",
            "model.safetensors",
            "not a safetensors file: its header is not JSON of tensors: EOF while parsing a value at line 1 column 0",
        ),
    ] {
        let folder = with("long", fixture, file, sparse);
        let path = folder.path().join(file);
        assert_eq!(check_checkpoint(folder.path()).unwrap_err().to_string(), format!("{}: {message}", path.display()));
        let loaded = Gpt2::load(folder.path(), Engine::Native).unwrap_err().to_string();
        assert_eq!(loaded, format!("{}: {message}", path.display()));
    }
    let folder = TemporaryFolder::new("long");
    for (name, start, message) in [
        ("logits.safetensors", &[][..], "its header is not JSON of tensors: EOF while parsing a value"),
        ("logits.npy", b"\x93NUMPY\x01\0\x3c\0{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", "values"),
    ] {
        let path = folder.path().join(name);
        sparse(&path);
        fs::File::options().write(true).open(&path).unwrap().write_all(start).unwrap();
        for read in [RecordedLogits::from_file, RecordedLogits::last_from_file] {
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
    let folder = with("long", "hub-layout", "tokenizer.json", sparse);
    let message = Gpt2Tokenizer::from_folder(folder.path()).unwrap_err().to_string();
    assert!(message.ends_with("is longer than 64 MiB, which is more than any tokenizer.json has"), "{message}");
}

#[test]
fn a_link_that_leads_nowhere_is_not_the_absence_of_a_checkpoint() {
    let folder = with("dangling", "hub-layout", "model.safetensors", |path| symlink("gone", path).unwrap());
    let message = check_checkpoint(folder.path()).unwrap_err().to_string();
    assert!(message.ends_with("model.safetensors: No such file or directory (os error 2)"), "{message}");
}

#[test]
fn a_header_of_more_tensors_than_any_gpt2_is_refused() {
    let tensor = |n| format!(r#""{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
    let file = |tensors: usize| {
        let header = format!("{{{}}}", (0..tensors).map(tensor).collect::<Vec<_>>().join(","));
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
    };
    for (tensors, message) in [
        (50_000, "not a safetensors file: it has 50000 tensors; 14005 are the most that are read"),
        (100_000, "not a safetensors file: its header has 5688891 bytes; 4194304 are the most that are read"),
    ] {
        let file = file(tensors);
        let folder = with("many", "hub-layout", "model.safetensors", |path| fs::write(path, &file).unwrap());
        let refusal = check_checkpoint(folder.path()).unwrap_err().to_string();
        assert!(refusal.ends_with(message), "{refusal}");
    }
}
