//! `softmax-core` against PyTorch, in one process, on logits over GPT-2's vocabulary.
//!
//! `cargo bench -p gpt2-runner --bench softmax [-- --json]`. Both sides write into buffers that they are given, but
//! where the row says otherwise, on one thread; the matrix on all cores.
use std::{error::Error, hint::black_box, time::Instant};

use rayon::prelude::*;
use serde::Serialize;
use softmax_core::{SimdPath, Temperature, softmax_rows};
use tch::{Kind, Tensor};

/// GPT-2's vocabulary.
const N_VOCAB: usize = 50_257;
const N_ROWS: usize = 256;
const K: usize = 10;
/// Interleaved rounds; ours and the peer's turn within one is `CALLS` calls.
const ROUNDS: usize = 201;
const CALLS: u32 = 20;

#[derive(Serialize)]
struct Row {
    name: String,
    unit: &'static str,
    ours: f64,
    peer: f64,
    ratio: f64,
    target: f64,
    met: bool,
    /// What the machine itself allows.
    limit: String,
    /// Lower and upper quartile of our rounds, and of the peer's.
    spread: [f64; 4],
}

fn main() -> Result<(), Box<dyn Error>> {
    let json = std::env::args().any(|argument| argument == "--json");
    let logits = logits(N_VOCAB);
    let mut rows = Vec::new();
    for path in SimdPath::available() {
        one_thread(path, &logits, &mut rows)?;
    }
    matrix(&logits, &mut rows)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print_table(&rows);
    }
    Ok(())
}

/// Logits as GPT-2 gives them: around −130, the shape of a bell.
fn logits(n: usize) -> Vec<f32> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f32>() * 5.0 - 160.0).collect()
}

/// The targets of a path: softmax, log-softmax, logsumexp, top-10, argmax.
fn targets(path: SimdPath) -> [f64; 5] {
    match path {
        SimdPath::Avx512 => [0.5, 0.2, 0.2, 0.3, 0.3],
        SimdPath::Avx2 => [0.8, 1.0, 1.0, 0.3, 0.3],
        // PyTorch is on its own fastest path all the while: no more than a bound.
        _ => [6.0, 6.0, 3.0, 1.0, 1.0],
    }
}

fn one_thread(path: SimdPath, logits: &[f32], rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    tch::set_num_threads(1);
    let x = Tensor::from_slice(logits);
    let mut out = vec![0.0_f32; logits.len()];
    let y = Tensor::zeros_like(&x);
    let [softmax, log_softmax, logsumexp, top_k, argmax] = targets(path);
    let mut push = |name: &str, target, (ours, peer): (Vec<f64>, Vec<f64>)| {
        rows.push(Row::new(format!("{name}, {path}"), "us", &ours, &peer, target));
    };

    let rounds = interleaved(
        || path.softmax_into(logits, &mut out, Temperature::ONE).expect("the path is available"),
        || drop(x.softmax_int_out(&y, 0, None::<Kind>)),
    );
    push("softmax", softmax, rounds);
    let rounds = interleaved(
        || path.log_softmax_into(logits, &mut out, Temperature::ONE).expect("the path is available"),
        || drop(x.log_softmax_int_out(&y, 0, None::<Kind>)),
    );
    push("log_softmax", log_softmax, rounds);
    let rounds = interleaved(|| drop(black_box(log_softmax_on(path, logits))), || drop(x.log_softmax(0, None::<Kind>)));
    push("log_softmax, new list", log_softmax, rounds);
    let scalar = Tensor::zeros([], (Kind::Float, x.device()));
    let rounds = interleaved(
        || drop(black_box(path.logsumexp(logits, Temperature::ONE))),
        || drop(x.logsumexp_out(&scalar, 0, false)),
    );
    push("logsumexp", logsumexp, rounds);
    let values = Tensor::zeros([K as i64], (Kind::Float, x.device()));
    let indices = Tensor::zeros([K as i64], (Kind::Int64, x.device()));
    let rounds = interleaved(
        || drop(black_box(path.top_k(logits, K))),
        || drop(x.topk_values(&values, &indices, K as i64, 0, true, true)),
    );
    push("top-10", top_k, rounds);
    let index = Tensor::zeros([], (Kind::Int64, x.device()));
    let rounds = interleaved(|| drop(black_box(path.argmax(logits))), || drop(x.argmax_out(&index, Some(0), false)));
    push("argmax", argmax, rounds);
    Ok(())
}

fn log_softmax_on(path: SimdPath, logits: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; logits.len()];
    path.log_softmax_into(logits, &mut out, Temperature::ONE).expect("the path is available");
    out
}

/// 256 rows on all cores, and how near that comes to copying them.
fn matrix(logits: &[f32], rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    let threads = rayon::current_num_threads();
    tch::set_num_threads(threads as i32);
    let x = logits.repeat(N_ROWS);
    let mut out = vec![0.0_f32; x.len()];
    let tensor = Tensor::from_slice(&x).reshape([N_ROWS as i64, N_VOCAB as i64]);
    let y = Tensor::zeros_like(&tensor);
    // Memory: one half of the values per thread, read; and copied, which reads and writes.
    let mut target = vec![0.0_f32; x.len()];
    let part = x.len().div_ceil(threads);
    let bytes = size_of_val(&x[..]) as f64;
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..41 {
        let measures: [&mut dyn FnMut(); 4] = [
            &mut || softmax_rows(&x, N_VOCAB, &mut out).expect("whole rows"),
            &mut || drop(tensor.softmax_int_out(&y, 1, None::<Kind>)),
            &mut || _ = black_box(x.par_chunks(part).map(sum).sum::<f32>()),
            &mut || target.par_chunks_mut(part).zip(x.par_chunks(part)).for_each(|(to, from)| to.copy_from_slice(from)),
        ];
        for (measure, times) in measures.into_iter().zip(&mut times) {
            let start = Instant::now();
            measure();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let [ours, peer, read, copy] = times;
    let gigabytes = |bytes: f64, times: &[f64]| bytes / quantile(times, 0.5) / 1e9;
    let limit = format!(
        "{:.1} GB/s of {:.1} copying, {:.1} reading",
        gigabytes(2.0 * bytes, &ours),
        gigabytes(2.0 * bytes, &copy),
        gigabytes(bytes, &read)
    );
    let milliseconds = |times: &[f64]| times.iter().map(|t| 1e3 * t).collect::<Vec<_>>();
    let name = format!("softmax of {N_ROWS} rows, {}, {threads} threads", SimdPath::active());
    let mut row = Row::new(name, "ms", &milliseconds(&ours), &milliseconds(&peer), 1.0);
    row.limit = limit;
    rows.push(row);
    Ok(())
}

fn sum(x: &[f32]) -> f32 {
    // Independent lanes, or the processor waits for each addition.
    let mut lanes = [0.0; 32];
    for block in x.chunks_exact(32) {
        lanes.iter_mut().zip(block).for_each(|(lane, v)| *lane += v);
    }
    lanes.iter().sum()
}

/// Microseconds per call of both, round by round.
fn interleaved(mut ours: impl FnMut(), mut peer: impl FnMut()) -> (Vec<f64>, Vec<f64>) {
    let time = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..CALLS).for_each(|_| call());
        1e6 * start.elapsed().as_secs_f64() / f64::from(CALLS)
    };
    (0..ROUNDS).map(|_| (time(&mut ours), time(&mut peer))).unzip()
}

fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

impl Row {
    fn new(name: String, unit: &'static str, ours: &[f64], peer: &[f64], target: f64) -> Self {
        // The median of the rounds' ratios: what disturbs a round disturbs both.
        let ratios: Vec<f64> = ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect();
        let ratio = quantile(&ratios, 0.5);
        Self {
            name,
            unit,
            ours: quantile(ours, 0.5),
            peer: quantile(peer, 0.5),
            ratio,
            target,
            met: ratio <= target,
            limit: String::new(),
            spread: [quantile(ours, 0.25), quantile(ours, 0.75), quantile(peer, 0.25), quantile(peer, 0.75)],
        }
    }
}

fn print_table(rows: &[Row]) {
    println!("{:<44} {:>9} {:>9}    {:>6} {:>6}", "", "ours", "PyTorch", "ratio", "target");
    for r in rows {
        let met = if r.met { "met" } else { "MISSED" };
        println!(
            "{:<44} {:>9.2} {:>9.2} {} {:>6.3} {:>6.2} {met:<6} {}",
            r.name, r.ours, r.peer, r.unit, r.ratio, r.target, r.limit
        );
    }
}
