//! A histogram with both axes logarithmic: how often numbers of each size occur, in bins that are equally wide there.
//! `cargo run --release -p softmax-viz --example histogram [FILE.png]`
use std::{env, path::PathBuf, process::ExitCode};

use viz::{Figure, Panel, Series};

const BINS: usize = 40;

fn main() -> ExitCode {
    let path = env::args_os().nth(1).map_or_else(|| PathBuf::from("histogram.png"), PathBuf::from);
    match draw(&log_normal(100_000)).save(path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn draw(values: &[f64]) -> Figure {
    let log = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(1.0).log10();
    let (low, high) = (log(f64::min), log(f64::max));
    let width = (high - low).max(f64::MIN_POSITIVE) / BINS as f64;
    let mut counts = [0_u32; BINS];
    for value in values {
        counts[(((value.log10() - low) / width) as usize).min(BINS - 1)] += 1;
    }
    // An outline of the bars: along the top of each, and straight to the next.
    let edge = |bin: usize| 10_f64.powf(low + bin as f64 * width);
    let x: Vec<f64> = (0..BINS).flat_map(|bin| [edge(bin), edge(bin + 1)]).collect();
    let y: Vec<f64> = counts.iter().flat_map(|&n| [f64::from(n); 2]).collect();
    let panel = Panel::new()
        .title("How large are they?")
        .x_label("Value")
        .y_label("Count")
        .x_log()
        .y_log()
        .series(Series::line(&x, &y).label(format!("{} values", values.len())))
        .legend();
    Figure::new(6.0, 4.0).dpi(150).panel(panel)
}

/// Numbers whose logarithms are nearly normal: e to the sum of twelve uniform numbers, less six.
fn log_normal(n: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..n).map(|_| (2.0 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)).exp()).collect()
}
