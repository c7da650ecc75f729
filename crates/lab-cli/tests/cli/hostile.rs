//! Damaged checkpoints, and other files with a checkpoint's names: the program prints a one-line error or a result. It
//! never crashes, blocks, or prints their raw bytes to the terminal.
#![cfg(unix)]
use std::{
    fs,
    io::Read,
    os::unix::{fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use test_support::{Random, damage_safetensors, damage_text, damage_tokenizer};

use crate::lab::Lab;

/// No run may take longer.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn some_damaged_checkpoints() {
    damaged_checkpoints(0..24);
}

#[test]
#[ignore = "1,000 runs of the program: five minutes"]
fn a_thousand_damaged_checkpoints() {
    damaged_checkpoints(0..1000);
}

#[test]
fn some_damaged_tokenizers() {
    damaged_tokenizers(0..24);
}

#[test]
#[ignore = "2,000 runs of the program: minutes"]
fn two_thousand_damaged_tokenizers() {
    damaged_tokenizers(0..2000);
}

#[test]
fn some_hostile_files() {
    hostile_files(17);
}

#[test]
#[ignore = "200 runs of the program: a minute"]
fn all_hostile_files() {
    hostile_files(1);
}

fn damaged_checkpoints(seeds: std::ops::Range<u64>) {
    let lab = Lab::new();
    let (mut answered, mut refused) = (0, 0);
    for seed in seeds {
        let random = &mut Random(seed);
        let folder = lab.path("model");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let kind = random.below(4);
        checkpoint(&folder, kind == 3);
        let name = match kind {
            0 => "config.json",
            1 => "tokenizer.json",
            2 => "model.safetensors",
            _ => ["model.safetensors.index.json", "b.safetensors"][random.below(2)],
        };
        let path = folder.join(name);
        let mut bytes = if name == "tokenizer.json" { small_tokenizer() } else { fs::read(&path).unwrap() };
        if name.ends_with(".safetensors") {
            damage_safetensors(&mut bytes, random);
        } else {
            (0..=random.below(3)).for_each(|_| damage_text(&mut bytes, random));
        }
        fs::write(&path, bytes).unwrap();
        let args: &[&str] = if seed % 2 == 0 { &["next", "It was", "--model", "model"] } else { &["verify", "model"] };
        match run(&lab, args, &format!("seed {seed}, {name}")) {
            0 => answered += 1,
            _ => refused += 1,
        }
    }
    eprintln!("damaged checkpoints: {answered} answered, {refused} refused");
    assert!(refused > answered && answered > 0, "{answered} answered, {refused} refused");
}

/// As a model's own tokenizer, and as the names of another model's tokens.
fn damaged_tokenizers(seeds: std::ops::Range<u64>) {
    let lab = Lab::new();
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    fs::create_dir(lab.path("model")).unwrap();
    for file in ["config.json", "model.safetensors"] {
        let tiny = workspace.join("crates/gpt2-runner/tests/data/gpt2-tiny/hub-layout");
        fs::copy(tiny.join(file), lab.path("model").join(file)).unwrap();
    }
    let tokenizers = ["gpt2", "llama3", "qwen2"]
        .map(|name| fs::read(workspace.join("fuzz/seeds/tokenizer").join(name).with_extension("json")).unwrap());
    let values = (0..320_u16).flat_map(|n| f32::from(n % 17).to_le_bytes()).collect::<Vec<_>>();
    let tensor = r#"{"logits":{"dtype":"F32","shape":[320],"data_offsets":[0,1280]}}"#;
    let logits = [&(tensor.len() as u64).to_le_bytes()[..], tensor.as_bytes(), &values].concat();
    fs::write(lab.path("logits.safetensors"), logits).unwrap();
    let path = lab.path("model/tokenizer.json");
    let (mut answered, mut refused) = (0, 0);
    for seed in seeds {
        let random = &mut Random(seed);
        let mut bytes = tokenizers[random.below(tokenizers.len())].clone();
        damage_tokenizer(&mut bytes, random);
        fs::write(&path, bytes).unwrap();
        let args: &[&str] = match seed % 2 {
            0 => &["next", "It was\u{301} 10<|eot_id|> \u{b4}", "--model", "model"],
            _ => &["next", "--logits", "logits.safetensors", "--tokenizer", "model/tokenizer.json"],
        };
        match run(&lab, args, &format!("seed {seed}")) {
            0 => answered += 1,
            _ => refused += 1,
        }
    }
    eprintln!("damaged tokenizers: {answered} answered, {refused} refused");
    assert!(refused > 0 && answered > 0, "{answered} answered, {refused} refused");
}

/// Every kind of hostile content under every name that is read: each `step`th of them.
fn hostile_files(step: usize) {
    let lab = Lab::new();
    let folder = lab.path("model");
    let names = [
        "config.json",
        "model.safetensors",
        "model.safetensors.index.json",
        "b.safetensors",
        "tokenizer.json",
        "vocab.json",
        "merges.txt",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "verified.json",
        "recorded",
    ];
    let cases: Vec<(&str, &str)> = names.iter().flat_map(|&name| KINDS.iter().map(move |&kind| (name, kind))).collect();
    assert!(cases.len() >= 200, "{}", cases.len());
    let (mut answered, mut refused) = (0, 0);
    for (n, (name, kind)) in cases.into_iter().enumerate().filter(|(n, (_, kind))| n % step == 0 || *kind == "fifo") {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        checkpoint(&folder, matches!(name, "model.safetensors.index.json" | "b.safetensors"));
        if matches!(name, "tokenizer_config.json" | "special_tokens_map.json" | "added_tokens.json") {
            fs::write(folder.join("tokenizer.json"), small_tokenizer()).unwrap();
        }
        if matches!(name, "vocab.json" | "merges.txt") {
            fs::write(folder.join("vocab.json"), br#"{"a": 0}"#).unwrap();
            fs::write(folder.join("merges.txt"), "#version: 0.2\n").unwrap();
        }
        let path = folder.join(name);
        let _ = fs::remove_file(&path);
        make(kind, &path);
        let logits = path.display().to_string();
        let args: &[&str] = match (name, n % 2) {
            ("recorded", _) => &["part", "3", "--dpi", "40", "--logits", &logits],
            ("config.json" | "model.safetensors" | "b.safetensors", 0) => &["verify", "model"],
            _ => &["next", "It was", "--model", "model"],
        };
        match run(&lab, args, &format!("{kind} as {name}")) {
            0 => answered += 1,
            _ => refused += 1,
        }
    }
    eprintln!("hostile files: {answered} answered, {refused} refused");
    assert!(refused > answered, "{answered} answered, {refused} refused");
}

/// Runs the program and returns its exit code, 0 or 1.
fn run(lab: &Lab, args: &[&str], what: &str) -> i32 {
    let start = Instant::now();
    let mut child =
        lab.command(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let read = |mut pipe: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).map(|_| bytes)
        })
    };
    let stdout = read(Box::new(child.stdout.take().unwrap()));
    let stderr = read(Box::new(child.stderr.take().unwrap()));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{what}: still running after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    let (stdout, stderr) = (text(stdout.join().unwrap().unwrap()), text(stderr.join().unwrap().unwrap()));
    for text in [&stdout, &stderr] {
        let raw = text.chars().find(|&c| c != '\n' && lab::printable(&c.to_string()) != c.to_string());
        assert_eq!(raw, None, "{what}: {text:?}");
    }
    match status.code() {
        Some(0) => 0,
        Some(1) => {
            assert_eq!((stderr.lines().count(), stdout.as_str()), (1, ""), "{what}: {stderr}");
            assert!(stderr.starts_with("error: ") && stderr.len() < 4000, "{what}: {stderr}");
            1
        }
        other => panic!("{what}: ended with {other:?}, {status}\n{stderr}"),
    }
}

/// The demo pair's small model as one file, or as two shards.
fn checkpoint(folder: &Path, sharded: bool) {
    let demo = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/demo/small"));
    fs::copy(demo.join("config.json"), folder.join("config.json")).unwrap();
    if !sharded {
        fs::copy(demo.join("model.safetensors"), folder.join("model.safetensors")).unwrap();
        return;
    }
    let file = fs::read(demo.join("model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let mut names = tensors.names();
    names.sort_unstable();
    let (a, b) = names.split_at(names.len() / 2);
    let mut weight_map = serde_json::Map::new();
    for (shard, names) in [("a.safetensors", a), ("b.safetensors", b)] {
        let views = names.iter().map(|name| (*name, tensors.tensor(name).unwrap()));
        fs::write(folder.join(shard), safetensors::serialize(views, None).unwrap()).unwrap();
        weight_map.extend(names.iter().map(|name| ((*name).to_owned(), shard.into())));
    }
    let index = serde_json::json!({ "weight_map": weight_map });
    fs::write(folder.join("model.safetensors.index.json"), index.to_string()).unwrap();
}

/// A byte-level BPE of the bytes alone, with what such files have around it.
fn small_tokenizer() -> Vec<u8> {
    let bytes = (0x21..=0x7e).chain(0xa1..=0xac).chain(0xae..=0x143).filter_map(char::from_u32);
    let vocab: serde_json::Map<String, serde_json::Value> =
        bytes.enumerate().map(|(id, c)| (c.to_string(), id.into())).collect();
    let byte_level =
        serde_json::json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    serde_json::json!({
        "version": "1.0",
        "added_tokens": [{"id": 256, "content": "<|endoftext|>", "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true}],
        "normalizer": null, "pre_tokenizer": byte_level, "post_processor": byte_level, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "vocab": vocab, "merges": []},
    })
    .to_string()
    .into_bytes()
}

const KINDS: [&str; 25] = [
    "fifo",
    "zero",
    "null",
    "full",
    "folder",
    "socket",
    "dangling",
    "loop",
    "process",
    "empty",
    "sparse",
    "html",
    "pickle",
    "gzip",
    "png",
    "utf-16",
    "bom",
    "nul",
    "deep",
    "long-number",
    "escapes",
    "bidi",
    "long-header",
    "many-tensors",
    "own-shard",
];

fn make(kind: &str, path: &Path) {
    let header = |json: &str| [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
    let content = match kind {
        "fifo" => {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
            return;
        }
        "zero" | "null" | "full" => return symlink(Path::new("/dev").join(kind), path).unwrap(),
        "folder" => return fs::create_dir(path).unwrap(),
        "socket" => {
            // The path of a socket has at most 108 bytes.
            let elsewhere = std::env::temp_dir().join(format!("lab-{}.sock", std::process::id()));
            drop(UnixListener::bind(&elsewhere).unwrap());
            return fs::rename(elsewhere, path).unwrap();
        }
        "dangling" => return symlink("gone", path).unwrap(),
        "loop" => return symlink(path.file_name().unwrap(), path).unwrap(),
        "process" => return symlink("/proc/self/mem", path).unwrap(),
        "sparse" => return fs::File::create(path).unwrap().set_len(1 << 40).unwrap(),
        "empty" => Vec::new(),
        "html" => b"<!doctype html><title>404</title>\n".to_vec(),
        "pickle" => b"\x80\x02}q\x00X\x05\x00\x00\x00modelq\x01X\x04\x00\x00\x00gpt2q\x02s.".to_vec(),
        "gzip" => b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".repeat(100),
        "png" => b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec(),
        "utf-16" => "{\"model_type\": \"gpt2\"}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "bom" => b"\xef\xbb\xbf{}".to_vec(),
        "nul" => vec![0; 10_000],
        "deep" => b"[".repeat(900_000),
        "long-number" => format!("{{\"n_embd\": 1{}}}", "0".repeat(100_000)).into_bytes(),
        "escapes" => br#"{"model_type": "\u001b]0;owned\u0007\u001b[31m\u0000\u009b2J", "weight_map": {"wte.weight": "\u001b[2J"},
            "model": {"type": "\u001b[2J"}, "\u001b[2J": 0, "repo": "\u001b[2J", "files": [{"path": "\u001b[2J"}]}"#
            .to_vec(),
        "bidi" => "{\"model_type\": \"\u{202e}2tpg\u{2066}\", \"weight_map\": {\"a\": \"\u{202e}/\"}, \"\u{2028}\": 1}".into(),
        "long-header" => u64::MAX.to_le_bytes().repeat(4),
        "many-tensors" => {
            let tensor = |n| format!(r#""{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
            header(&format!("{{{}}}", (0..60_000).map(tensor).collect::<Vec<_>>().join(",")))
        }
        "own-shard" => {
            header(r#"{"\u001b[31mh.0.\u0007ln_1.weight":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}"#)
        }
        _ => unreachable!("{kind}"),
    };
    fs::write(path, content).unwrap();
}

/// The cut happens while the program copies weights out of the mapped file, or computes with them.
#[cfg(target_os = "linux")]
#[test]
fn a_checkpoint_that_is_cut_while_it_is_mapped_is_named() {
    let lab = Lab::new();
    let folder = lab.path("model");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("config.json"), "{}").unwrap();
    let path = folder.join("model.safetensors");
    let header = gpt2_small_header();
    let text = "word ".repeat(1000);
    for attempt in 0..20 {
        // All weights are 0, and lie nowhere on the disk.
        fs::write(&path, &header).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(header.len() as u64 + 4 * 124_439_808).unwrap();
        let mut child = lab
            .command(&["next", &text, "--model", "model"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Each time a little later: it is mapped first to be checked, then to be used.
        thread::sleep(Duration::from_millis(100));
        let maps = format!("/proc/{}/maps", child.id());
        while child.try_wait().unwrap().is_none() {
            if fs::read_to_string(&maps).is_ok_and(|maps| maps.contains("model.safetensors")) {
                thread::sleep(Duration::from_millis(5 * attempt));
                break;
            }
        }
        file.set_len(4096).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        if stderr.contains("could not be read any more") {
            let path = path.canonicalize().unwrap();
            assert_eq!(
                stderr,
                format!(
                    "error: {}: could not be read any more while it was in use: it was cut, or its disk failed\n",
                    path.display()
                )
            );
            assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
            return;
        }
        // Too early: the check found it; or too late.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{:?}: {stderr}", output.status);
    }
    panic!("twenty cuts, and none while the file was in use");
}

#[cfg(target_os = "linux")]
fn gpt2_small_header() -> Vec<u8> {
    let mut shapes = vec![("wte.weight".to_owned(), vec![50_257, 768]), ("wpe.weight".to_owned(), vec![1024, 768])];
    for n in 0..12 {
        for (key, shape) in [
            ("ln_1.weight", vec![768]),
            ("ln_1.bias", vec![768]),
            ("ln_2.weight", vec![768]),
            ("ln_2.bias", vec![768]),
            ("attn.c_attn.weight", vec![768, 2304]),
            ("attn.c_attn.bias", vec![2304]),
            ("attn.c_proj.weight", vec![768, 768]),
            ("attn.c_proj.bias", vec![768]),
            ("mlp.c_fc.weight", vec![768, 3072]),
            ("mlp.c_fc.bias", vec![3072]),
            ("mlp.c_proj.weight", vec![3072, 768]),
            ("mlp.c_proj.bias", vec![768]),
        ] {
            shapes.push((format!("h.{n}.{key}"), shape));
        }
    }
    shapes.push(("ln_f.weight".to_owned(), vec![768]));
    shapes.push(("ln_f.bias".to_owned(), vec![768]));
    let mut end = 0;
    let entries: Vec<String> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let start = end;
            end += 4 * shape.iter().product::<usize>();
            format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#)
        })
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
}
