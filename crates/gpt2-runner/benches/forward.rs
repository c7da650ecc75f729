//! The engines native and torch against each other, in one process, and native against other programs' engines, on
//! random weights of the published sizes.
//!
//! `cargo bench -p gpt2-runner --bench forward -- [--json] [--python PATH] [gpt2 | gpt2-large]`; without a size it
//! takes both, five minutes on two cores. `PATH` is a Python with onnx and onnxruntime or openvino: each round of
//! theirs comes between two of ours. `SOFTMAX_LAB_SIMD` selects the native engine's instruction set. gpt2-large needs
//! 5 GB on disk (in the target folder, removed at the end) and 10 GB of memory.
use std::{
    error::Error,
    fs,
    hint::black_box,
    io,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use bandwidth::Reader;
use engines::Engines;
use gpt2_runner::{Engine, Gpt2, Gpt2Config};
use memmap2::Mmap;
use softmax_core::SimdPath;
use temporary::TemporaryFolder;
use test_support::bench::Row;

#[path = "../tests/support/bandwidth.rs"]
mod bandwidth;
#[path = "../tests/support/engines.rs"]
mod engines;
#[path = "../tests/support/halved.rs"]
mod halved;
#[path = "../tests/support/random_checkpoint.rs"]
mod random_checkpoint;
#[path = "../tests/support/temporary.rs"]
mod temporary;

/// The pause after another engine's run: its threads spin for a while. 20 ms after an ONNX Runtime run, one of ours
/// still took 1.7 times its time on two cores.
const SPINNING: Duration = Duration::from_millis(200);

/// How long an engine runs before a run that is timed. After a pause, processors and memory take a while to reach their
/// full speed, and in a virtual machine Linux may wake both of our threads on the same core.
const WARM_UP: Duration = Duration::from_millis(100);

/// How many tokens are decoded in a round.
const DECODED: u32 = 24;

fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(name) = std::env::var("SOFTMAX_LAB_SIMD") {
        SimdPath::set_active(name.parse()?)?;
    }
    let (mut json, mut python, mut only) = (false, None, None);
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--python" => python = arguments.next(),
            _ => only = Some(argument),
        }
    }
    let sizes = [("gpt2", Gpt2Config::SMALL), ("gpt2-large", Gpt2Config::LARGE)];
    if let Some(only) = only.as_ref().filter(|only| !sizes.iter().any(|(size, _)| size == only)) {
        return Err(format!("{only:?} is not a size: gpt2 or gpt2-large").into());
    }
    let mut rows = Vec::new();
    for (size, config) in sizes {
        if only.as_ref().is_none_or(|only| only == size) {
            measure(size, &config, python.as_deref(), &mut rows)?;
        }
    }
    Ok(test_support::bench::print(&rows, json)?)
}

fn measure(size: &str, config: &Gpt2Config, python: Option<&str>, rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    eprintln!("{size}: writing random weights");
    let folder = TemporaryFolder::new(size);
    let folder = folder.path();
    random_checkpoint::write(folder, config, 1)?;
    let reader = Reader::new(map(&folder.join("model.safetensors"))?);
    let weights = config.num_parameters() as f64 * 4.0;

    eprintln!("{size}: loading");
    let before = test_support::bench::own("self");
    let model = load(folder, Engine::Native)?;
    black_box(model.next_token_logits(&ids(7))?);
    if let Some((before, after)) = before.zip(test_support::bench::own("self")) {
        let name = format!("{size}: memory of its own after load and first logits");
        let limit = format!("{:.0} MB of weights, in their file", weights / 1e6);
        rows.push(Row::new(name, "MB", &[(after - before) / 1e6], &[], Some(250.0)).limit(limit));
    }
    let (ours, peer) = interleaved(
        3,
        || {},
        || Ok(load(folder, Engine::Native)?.next_token_logits(&ids(7))?),
        || Ok(load(folder, Engine::Torch)?.next_token_logits(&ids(7))?),
    )?;
    rows.push(against_torch(format!("{size}: load and first logits, 7 tokens"), &ours, &peer, 1.0));

    let torch = load(folder, Engine::Torch)?;
    for (tokens, rounds, target) in [(1, 21, 1.0), (7, 21, 0.45), (64, 9, 1.0), (256, 5, 1.0), (1024, 3, 1.0)] {
        let length = if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") };
        eprintln!("{size}: {length}");
        let ids = ids(tokens);
        let mut read = Vec::new();
        let short = tokens <= 7;
        // The first run of each is also its warm-up.
        let (a, b) = (model.logits(&ids)?.into_vec(), torch.logits(&ids)?.into_vec());
        let difference = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        let name = format!("{size}: a logit's largest difference, {length}");
        rows.push(Row::new(name, "logit", &[difference], &[], Some(2e-3)));
        let (ours, peer) = interleaved(
            rounds,
            || read.extend(short.then(|| reader.bandwidth())),
            || Ok(model.next_token_logits(&ids)?),
            || Ok(torch.next_token_logits(&ids)?),
        )?;
        let limit = if short {
            share_of(&read, weights, &ours)
        } else {
            // The blocks' for each token, the head's for the last.
            let blocks = 12 * config.n_layer * config.n_embd.pow(2);
            let operations = 2.0 * (blocks as f64 * f64::from(tokens) + (config.vocab_size * config.n_embd) as f64);
            format!("{:.0} GFLOP/s", operations / test_support::bench::quantile(&ours, 0.5) / 1e6)
        };
        let name = format!("{size}: next token, {length}");
        let row = against_torch(name, &ours, &peer, target);
        rows.push(row.limit(format!("{limit}; the peer is the engine torch")));
        if tokens == 64 || tokens == 1024 {
            let (ours, peer) =
                interleaved(rounds / 2 + 1, || {}, || Ok(model.logits(&ids)?), || Ok(torch.logits(&ids)?))?;
            rows.push(against_torch(format!("{size}: all logits, {length}"), &ours, &peer, 1.05));
        }
    }

    eprintln!("{size}: decoding");
    let (mut ours, mut peer, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        read.push(reader.bandwidth());
        ours.push(decode(&model)?);
        peer.push(decode(&torch)?);
    }
    drop(torch);
    let limit = share_of(&read, weights, &ours);
    let row = against_torch(format!("{size}: a token with the cache"), &ours, &peer, 1.0);
    rows.push(row.limit(format!("{limit}; the peer is the engine torch")));

    eprintln!("{size}: beside busy loops");
    let (busy, quiet) = beside_busy_loops(&model)?;
    let name = format!("{size}: next token, 7 tokens, beside as many busy loops as cores");
    rows.push(Row::new(name, "ms", &busy, &quiet, Some(2.2)).limit("the peer is the quiet machine"));

    eprintln!("{size}: half as many bytes");
    let halves = TemporaryFolder::new(&format!("{size}-f16"));
    halved::write(folder, halves.path())?;
    let half = load(halves.path(), Engine::Native)?;
    black_box(half.next_token_logits(&ids(1))?);
    let mut read = Vec::new();
    let (ours, peer) = interleaved(
        21,
        || read.push(reader.bandwidth()),
        || Ok(half.next_token_logits(&ids(1))?),
        || Ok(model.next_token_logits(&ids(1))?),
    )?;
    let limit = format!("{}; the peer is ours in f32", share_of(&read, weights / 2.0, &ours));
    rows.push(
        Row::new(format!("{size}: next token, 1 token, weights in f16"), "ms", &ours, &peer, Some(0.6)).limit(limit),
    );
    drop(half);
    drop(halves);

    if size == "gpt2" {
        eprintln!("{size}: by instruction set");
        by_instruction_set(size, &model, rows)?;
    }
    if let Some(python) = python {
        against_engines(size, &model, &mut Engines::start(python, folder)?, rows)?;
    }
    Ok(())
}

/// A row of the engine native, whose peer is torch.
fn against_torch(name: String, native: &[f64], torch: &[f64], target: f64) -> Row {
    Row::new(name, "ms", native, torch, Some(target)).limit("the peer is the engine torch")
}

/// Each instruction set against plain Rust, which does the same with four lanes. The kernels depend on the compiler to
/// keep a tile in registers. On AMD Zen 5 AVX-512 takes 0.15 of plain Rust's time and AVX2 0.26, but 0.40 with a tile
/// that does not fit into its registers.
fn by_instruction_set(size: &str, model: &Gpt2, rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    let ids = ids(64);
    let next_token = |path: SimdPath| -> Result<_, Box<dyn Error>> {
        SimdPath::set_active(path)?;
        Ok(model.next_token_logits(&ids)?)
    };
    let active = SimdPath::active();
    for (path, target) in [(SimdPath::Avx512, 0.25), (SimdPath::Avx2, 0.33), (SimdPath::Neon, 0.8)] {
        if SimdPath::available().any(|available| available == path) {
            let (ours, peer) = interleaved(7, || {}, || next_token(path), || next_token(SimdPath::Scalar))?;
            let row = Row::new(format!("{size}: next token, 64 tokens, {path}"), "ms", &ours, &peer, Some(target));
            rows.push(row.limit("the peer is plain Rust"));
        }
    }
    Ok(SimdPath::set_active(active)?)
}

/// The same questions to other engines, turn by turn.
fn against_engines(size: &str, model: &Gpt2, engines: &mut Engines, rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    for engine in engines.names() {
        eprintln!("{size}: {engine}");
        let theirs = engines.logits(&engine, 7)?;
        let ours = model.next_token_logits(&ids(7))?;
        let difference = ours.iter().zip(&theirs).map(|(a, b)| f64::from((a - b).abs()));
        let name = format!("{size}: a logit's largest difference from {engine}");
        rows.push(Row::new(name, "logit", &[difference.fold(0.0, f64::max)], &[], Some(2e-3)));
        for (tokens, rounds) in [(1, 15), (7, 15), (64, 11), (256, 7)] {
            let (mut ours, mut peer) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                ours.push(warm(|| milliseconds(|| model.next_token_logits(&ids(tokens))))?);
                thread::sleep(SPINNING);
                peer.push(warm(|| engines.milliseconds(&engine, "next", tokens))?);
                thread::sleep(SPINNING);
            }
            let name = format!("{size}: next token, {tokens} against {engine}");
            rows.push(Row::new(name, "ms", &ours, &peer, Some(1.0)));
        }
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for _ in 0..8 {
            ours.push(decode(model)?);
            thread::sleep(SPINNING);
            peer.push(engines.milliseconds(&engine, "decode", DECODED)? / f64::from(DECODED));
            thread::sleep(SPINNING);
        }
        let name = format!("{size}: a token with the cache against {engine}");
        rows.push(Row::new(name, "ms", &ours[1..], &peer[1..], Some(1.0 / 1.05)));
    }
    Ok(())
}

/// The time of the first run after [`WARM_UP`], at least the second.
fn warm(mut run: impl FnMut() -> Result<f64, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    loop {
        run()?;
        if start.elapsed() >= WARM_UP {
            return run();
        }
    }
}

/// Milliseconds a token, after a prompt of seven.
fn decode(model: &Gpt2) -> Result<f64, Box<dyn Error>> {
    let (_, mut cache) = model.start(&ids(7))?;
    let start = Instant::now();
    for id in 0..DECODED {
        black_box(model.next(&mut cache, &[id])?);
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(DECODED))
}

/// Milliseconds of a pass while each core has a loop of another thread to do, and on the quiet machine.
fn beside_busy_loops(model: &Gpt2) -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
    let run = || milliseconds(|| model.next_token_logits(&ids(7)));
    let (mut busy, mut quiet) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        quiet.push((0..5).map(|_| run()).sum::<Result<f64, _>>()? / 5.0);
        let stop = AtomicBool::new(false);
        let mean = thread::scope(|scope| {
            for _ in 0..gpt2_runner::threads().get() {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        black_box(0);
                    }
                });
            }
            thread::sleep(Duration::from_millis(20));
            let mean = (0..5).map(|_| run()).sum::<Result<f64, _>>();
            stop.store(true, Ordering::Relaxed);
            mean
        });
        busy.push(mean? / 5.0);
    }
    Ok((busy, quiet))
}

fn milliseconds<T, E: Into<Box<dyn Error>>>(f: impl FnOnce() -> Result<T, E>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    drop(black_box(f().map_err(Into::into)?));
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds of each, turn by turn, with something else before each turn; dropping what they give is part of the
/// time.
fn interleaved<A, B>(
    rounds: usize,
    mut before: impl FnMut(),
    mut ours: impl FnMut() -> Result<A, Box<dyn Error>>,
    mut peer: impl FnMut() -> Result<B, Box<dyn Error>>,
) -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        before();
        a.push(milliseconds(&mut ours)?);
        b.push(milliseconds(&mut peer)?);
    }
    Ok((a, b))
}

fn ids(tokens: u32) -> Vec<u32> {
    (0..tokens).map(|n| n * 7919 % 50_257).collect()
}

/// What share of the bandwidth that was read around it a run of so many milliseconds had.
fn share_of(read: &[f64], bytes: f64, ours: &[f64]) -> String {
    let (read, ours) = (test_support::bench::quantile(read, 0.5), test_support::bench::quantile(ours, 0.5));
    format!("{:.0} % of {:.1} GB/s", bytes / ours * 1e3 / read * 100.0, read / 1e9)
}

/// As the lab loads a model.
fn load(folder: &Path, engine: Engine) -> Result<Gpt2, gpt2_runner::Error> {
    // SAFETY: this process has written the files, and no process changes them.
    #[allow(unsafe_code)]
    unsafe {
        Gpt2::load_mapped(folder, engine)
    }
}

fn map(path: &Path) -> io::Result<Mmap> {
    // SAFETY: this process has just written the file, and no process changes it.
    #[allow(unsafe_code)]
    unsafe {
        Mmap::map(&fs::File::open(path)?)
    }
}
