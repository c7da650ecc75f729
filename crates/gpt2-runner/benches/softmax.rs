//! `softmax-core` against PyTorch, in one process, on logits over GPT-2's vocabulary.
//!
//! `cargo bench -p gpt2-runner --bench softmax [-- --json]`. Both sides write into given buffers, unless the row says
//! otherwise, on one thread; the matrix on all cores.
use std::{
    error::Error,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use rayon::prelude::*;
use softmax_core::{
    Sampler, SimdPath, Stage, Temperature, argmax, log_softmax, log_softmax_into, logsumexp, softmax_into,
    softmax_rows_into, top_k,
};
use tch::{Kind, Tensor};
use test_support::Random;
use test_support::bench::{Row, quantile};

/// GPT-2's vocabulary.
const N_VOCAB: usize = 50_257;
const N_ROWS: usize = 256;
const K: usize = 10;
/// Interleaved rounds; ours and the peer's turn within one is `CALLS` calls.
const ROUNDS: usize = 201;
const CALLS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let json = std::env::args().any(|argument| argument == "--json");
    let logits = logits(N_VOCAB);
    let mut rows = Vec::new();
    for path in SimdPath::available() {
        path.run(|| one_thread(path, &logits, &mut rows))??;
    }
    sampling(&logits, &mut rows)?;
    matrix(&logits, &mut rows)?;
    Ok(test_support::bench::print(&rows, json)?)
}

/// Logits as GPT-2 gives them: around −130, the shape of a bell.
fn logits(n: usize) -> Vec<f32> {
    let mut random = Random(1);
    (0..n).map(|_| (5.0 * random.normal() - 130.0) as f32).collect()
}

/// The targets of a path: softmax, log-softmax, logsumexp, top-10, argmax.
fn targets(path: SimdPath) -> [f64; 5] {
    match path {
        SimdPath::Avx512 => [0.5, 0.35, 0.15, 0.3, 0.3],
        SimdPath::Avx2 => [0.8, 0.65, 0.3, 0.3, 0.3],
        // PyTorch is on its own fastest path all the while: no more than a bound.
        _ => [6.0, 6.0, 3.0, 1.0, 1.0],
    }
}

fn one_thread(path: SimdPath, logits: &[f32], rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    tch::set_num_threads(1);
    let x = Tensor::from_slice(logits);
    let mut out = vec![0.0_f32; logits.len()];
    let y = Tensor::zeros_like(&x);
    let [to_softmax, to_log_softmax, to_logsumexp, to_top_k, to_argmax] = targets(path);
    let mut push = |name: &str, target, (ours, peer): (Vec<f64>, Vec<f64>)| {
        rows.push(Row::new(format!("{name} of 50,257, {path}, one thread"), "µs", &ours, &peer, Some(target)));
    };

    let rounds = interleaved(
        || softmax_into(logits, &mut out).expect("as many"),
        || drop(x.softmax_int_out(&y, 0, None::<Kind>)),
    );
    push("softmax", to_softmax, rounds);
    let rounds = interleaved(
        || log_softmax_into(logits, &mut out).expect("as many"),
        || drop(x.log_softmax_int_out(&y, 0, None::<Kind>)),
    );
    push("log_softmax", to_log_softmax, rounds);
    let rounds = interleaved(|| drop(black_box(log_softmax(logits))), || drop(x.log_softmax(0, None::<Kind>)));
    push("log_softmax, new list", to_log_softmax, rounds);
    let scalar = Tensor::zeros([], (Kind::Float, x.device()));
    let rounds = interleaved(|| drop(black_box(logsumexp(logits))), || drop(x.logsumexp_out(&scalar, 0, false)));
    push("logsumexp", to_logsumexp, rounds);
    let values = Tensor::zeros([K as i64], (Kind::Float, x.device()));
    let indices = Tensor::zeros([K as i64], (Kind::Int64, x.device()));
    let rounds = interleaved(
        || drop(black_box(top_k(logits, K))),
        || drop(x.topk_values(&values, &indices, K as i64, 0, true, true)),
    );
    push("top-10", to_top_k, rounds);
    let index = Tensor::zeros([], (Kind::Int64, x.device()));
    let rounds = interleaved(|| drop(black_box(argmax(logits))), || drop(x.argmax_out(&index, Some(0), false)));
    push("argmax", to_argmax, rounds);
    Ok(())
}

/// A step of a sampler, against the operations of transformers' processors and `multinomial`.
fn sampling(logits: &[f32], rows: &mut Vec<Row>) -> Result<(), Box<dyn Error>> {
    tch::set_num_threads(1);
    let (t, k, p) = (Temperature::new(0.8)?, 50, 0.95);
    let x = Tensor::from_slice(logits);
    let chains = [
        ("temperature, top-k 50, top-p 0.95", vec![Stage::Temperature(t), Stage::TopK(k), Stage::TopP(p)], Some(0.25)),
        ("temperature, top-p 0.95", vec![Stage::Temperature(t), Stage::TopP(p)], None),
        ("temperature", vec![Stage::Temperature(t)], None),
    ];
    for (name, stages, target) in chains {
        let mut sampler = Sampler::new(stages.clone(), 1)?;
        let (ours, peer) = interleaved(
            || drop(black_box(sampler.step(logits, &[]))),
            || {
                let left = stages.iter().fold(x.shallow_clone(), |x, stage| processed(&x, stage));
                drop(black_box(left.softmax(0, None::<Kind>).multinomial(1, false)));
            },
        );
        rows.push(Row::new(format!("a step of 50,257, {name}, one thread"), "µs", &ours, &peer, target));
    }
    Ok(())
}

/// As transformers' processors do it.
fn processed(x: &Tensor, stage: &Stage) -> Tensor {
    match *stage {
        Stage::Temperature(t) => x / t.value(),
        Stage::TopK(k) => {
            let (top, _) = x.topk(k as i64, 0, true, true);
            x.masked_fill(&x.lt_tensor(&top.get(-1)), f64::NEG_INFINITY)
        }
        Stage::TopP(p) => {
            let (sorted, indices) = x.sort(0, false);
            let remove = sorted.softmax(0, None::<Kind>).cumsum(0, None::<Kind>).le(1.0 - p);
            let _ = remove.slice(0, -1, None, 1).fill_(0);
            x.masked_fill(&remove.scatter(0, &indices, &remove), f64::NEG_INFINITY)
        }
        _ => x.shallow_clone(),
    }
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
    for _ in 0..6 {
        let measures: [&mut dyn FnMut(); 4] = [
            &mut || softmax_rows_into(&x, N_VOCAB, &mut out).expect("whole rows"),
            &mut || drop(tensor.softmax_int_out(&y, 1, None::<Kind>)),
            &mut || _ = black_box(x.par_chunks(part).map(sum).sum::<f32>()),
            &mut || target.par_chunks_mut(part).zip(x.par_chunks(part)).for_each(|(to, from)| to.copy_from_slice(from)),
        ];
        for (measure, times) in measures.into_iter().zip(&mut times) {
            // Each side has its own threads. With few cores they may share one for a while after the sides change, so
            // turns are long, and the fastest tenth of the calls is reported.
            thread::sleep(Duration::from_millis(20));
            for _ in 0..50 {
                let start = Instant::now();
                measure();
                times.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let [ours, peer, read, copy] = times;
    let gigabytes = |bytes: f64, times: &[f64]| bytes / quantile(times, 0.1) / 1e9;
    let limit = format!(
        "{:.1} GB/s of {:.1} copying, {:.1} reading",
        gigabytes(2.0 * bytes, &ours),
        gigabytes(2.0 * bytes, &copy),
        gigabytes(bytes, &read)
    );
    let name = format!("softmax of {N_ROWS} rows, {}, {threads} threads", SimdPath::active());
    let fastest = |times: &[f64]| vec![1e3 * quantile(times, 0.1)];
    let spread = |times: &[f64]| [0.1, 0.9].map(|share| 1e3 * quantile(times, share));
    let row = Row::new(name, "ms", &fastest(&ours), &fastest(&peer), Some(1.0)).limit(limit);
    rows.push(Row { ours_spread: spread(&ours), peer_spread: Some(spread(&peer)), ..row });
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
