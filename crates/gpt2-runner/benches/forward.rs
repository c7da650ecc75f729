//! Ours against the plain path, in one process, on random weights of the published sizes.
//!
//! `cargo bench -p gpt2-runner --bench forward -- [--json] [gpt2 | gpt2-large]`; without a size it takes both, five
//! minutes on two cores. gpt2-large needs 3.3 GB on disk (in the target folder, removed at the end) and 10 GB of memory.
use std::{error::Error, fs, hint::black_box, thread, time::Instant};

use bench_rows::Row;
use gpt2_runner::{Device, Gpt2, Gpt2Config};
use plain::PlainGpt2;
use temporary::TemporaryFolder;

#[path = "../tests/support/plain.rs"]
mod plain;
#[path = "../tests/support/random_checkpoint.rs"]
mod random_checkpoint;
#[path = "../tests/support/temporary.rs"]
mod temporary;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|a| a == "--json");
    let only = arguments.iter().find(|a| !a.starts_with("--"));
    let sizes = [("gpt2", Gpt2Config::SMALL), ("gpt2-large", Gpt2Config::LARGE)];
    if let Some(only) = only.filter(|only| !sizes.iter().any(|(size, _)| size == only)) {
        return Err(format!("{only:?} is not a size: gpt2 or gpt2-large").into());
    }
    let bandwidth = memory_bandwidth()?;
    let mut rows = Vec::new();
    for (size, config) in sizes {
        if only.is_none_or(|only| only == size) {
            measure(size, &config, bandwidth, &mut rows)?;
        }
    }
    Ok(bench_rows::print(&rows, json)?)
}

fn measure(size: &str, config: &Gpt2Config, bandwidth: f64, rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    eprintln!("{size}: writing random weights");
    let folder = TemporaryFolder::new(size);
    let folder = folder.path();
    random_checkpoint::write(folder, config, 1)?;
    // Into the page cache.
    black_box(fs::read(folder.join("model.safetensors"))?.len());
    let weights = config.num_parameters() as f64 * 4.0;
    let read_once =
        format!("{:.1} ms to read the weights once at {:.1} GB/s", weights / bandwidth * 1e3, bandwidth / 1e9);

    eprintln!("{size}: loading");
    let peak = bench_rows::growth(|| -> Result<(), Box<dyn Error>> {
        let model = Gpt2::load(folder, Device::Cpu)?;
        black_box(model.next_token_logits(&ids(7))?);
        Ok(())
    })?;
    if let Some(peak) = peak {
        let name = format!("{size}: peak memory of load and first logits, by the weights'");
        rows.push(Row::new(name, "MB", &[peak / 1e6], &[weights / 1e6], Some(1.15)).limit("the weights in f32"));
    }
    let (ours, peer) = interleaved(
        3,
        || Ok(Gpt2::load(folder, Device::Cpu)?.next_token_logits(&ids(7))?),
        || Ok(PlainGpt2::load(folder)?.next_token_logits(&ids(7))),
    )?;
    let limit = format!("{:.0} ms to read, write and read again", 3.0 * weights / bandwidth * 1e3);
    rows.push(Row::new(format!("{size}: load and first logits, 7 tokens"), "ms", &ours, &peer, Some(0.7)).limit(limit));

    let model = Gpt2::load(folder, Device::Cpu)?;
    let plain = PlainGpt2::load(folder)?;
    for (tokens, rounds, target) in [(1, 21, 1.05), (7, 21, 0.45), (64, 9, 1.05), (1024, 3, 1.05)] {
        let length = if tokens == 1 { "1 token".to_owned() } else { format!("{tokens} tokens") };
        eprintln!("{size}: {length}");
        let ids = ids(tokens);
        let limit = match tokens {
            1024 => format!("{:.2} TFLOP of arithmetic", 2.0 * tokens as f64 * weights / 4.0 / 1e12),
            _ => read_once.clone(),
        };
        // The first run of each is also its warm-up.
        let (a, b) = (model.logits(&ids)?.into_vec(), plain::to_vec(&plain.logits(&ids)));
        let difference = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        let name = format!("{size}: a logit's largest difference, {length}");
        rows.push(Row::new(name, "logit", &[difference], &[], Some(2e-3)));
        let (ours, peer) =
            interleaved(rounds, || Ok(model.next_token_logits(&ids)?), || Ok(plain.next_token_logits(&ids)))?;
        let name = format!("{size}: next token, {length}");
        rows.push(Row::new(name, "ms", &ours, &peer, Some(target)).limit(&limit));
        let (ours, peer) =
            interleaved(rounds / 2 + 1, || Ok(model.logits(&ids)?), || Ok(plain::to_vec(&plain.logits(&ids))))?;
        let name = format!("{size}: all logits, {length}");
        rows.push(Row::new(name, "ms", &ours, &peer, Some(target)).limit(limit));
    }
    Ok(())
}

/// Milliseconds of each, turn by turn; dropping what they give is part of the time.
fn interleaved<A, B>(
    rounds: usize,
    mut ours: impl FnMut() -> Result<A, Box<dyn Error>>,
    mut peer: impl FnMut() -> Result<B, Box<dyn Error>>,
) -> Result<(Vec<f64>, Vec<f64>), Box<dyn Error>> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = Instant::now();
        drop(black_box(ours()?));
        a.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        drop(black_box(peer()?));
        b.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok((a, b))
}

fn ids(tokens: u32) -> Vec<u32> {
    (0..tokens).map(|n| n * 7919 % 50_257).collect()
}

/// Bytes a second that all threads together read from memory, in ordinary pages as the weights lie: the best of some
/// sweeps over 1 GB, by each thread at four places at a time (at one, some processors fetch too little in advance).
fn memory_bandwidth() -> Result<f64, Box<dyn Error>> {
    let mut memory = memmap2::MmapMut::map_anon(1 << 30)?;
    memory.fill(1);
    let (lines, _) = memory.as_chunks::<64>();
    let threads = gpt2_runner::threads().get();
    let sweep = || {
        let start = Instant::now();
        thread::scope(|scope| {
            for part in lines.chunks(lines.len().div_ceil(threads)) {
                scope.spawn(move || {
                    let mut sums = [[0_u64; 8]; 4];
                    let quarter = part.len() / 4;
                    let [a, b, c, d] = [0, 1, 2, 3].map(|n| &part[n * quarter..][..quarter]);
                    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
                        for (sums, line) in sums.iter_mut().zip([a, b, c, d]) {
                            for (sum, x) in sums.iter_mut().zip(line.as_chunks::<8>().0) {
                                *sum = sum.wrapping_add(u64::from_le_bytes(*x));
                            }
                        }
                    }
                    black_box(sums);
                });
            }
        });
        memory.len() as f64 / start.elapsed().as_secs_f64()
    };
    Ok((0..9).map(|_| sweep()).fold(0.0, f64::max))
}
