//! Time and memory of the nine figures at 300 dpi, their data given.
//!
//! There is no peer in the process: matplotlib takes 5.5 to 6.3 s for the same nine on such a machine.

#[path = "../tests/figures/demo.rs"]
mod demo;

use std::{hint::black_box, time::Instant};

use serde_json::{Value, json};

/// Seconds that the nine may take on two cores, and megabytes that the process may hold.
const TARGET_SECONDS: f64 = 1.2;
const TARGET_MEGABYTES: f64 = 300.0;
const ROUNDS: usize = 9;

fn main() {
    let figures = demo::Logits::read().figures("GPT-2 SMALL", "GPT-2 LARGE");
    let folder = std::env::temp_dir().join(format!("figures-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    let named = |extension: &str| -> Vec<_> {
        figures.iter().map(|(name, figure)| (folder.join(format!("{name}.{extension}")), figure.clone())).collect()
    };
    let (png, svg) = (named("png"), named("svg"));

    let all_png = seconds(|| viz::save_all(&png).expect("the figures can be drawn"));
    let all_svg = seconds(|| viz::save_all(&svg).expect("the figures can be drawn"));
    let one_core = seconds(|| {
        for (_, figure) in &png {
            black_box(figure.to_png().expect("the figures can be drawn"));
        }
    });
    let bytes: u64 = png.iter().filter_map(|(path, _)| path.metadata().ok()).map(|m| m.len()).sum();
    std::fs::remove_dir_all(&folder).ok();

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rows = vec![
        row("nine figures as PNG at 300 dpi, all cores", "s", all_png, Some(TARGET_SECONDS), &format!("{cores} cores")),
        row("nine figures as PNG at 300 dpi, one core", "s", one_core, None, "compression takes nearly half"),
        row("nine figures as SVG, all cores", "s", all_svg, None, "compression of the dense layers"),
        row("nine PNG files", "MB", Spread::exactly(bytes as f64 / 1e6), None, "matplotlib's: 3.2 MB"),
    ];
    if let Some(megabytes) = peak_megabytes() {
        let limit = "one figure's pixels per core";
        rows.push(row("peak memory", "MB", Spread::exactly(megabytes), Some(TARGET_MEGABYTES), limit));
    }
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", Value::from(rows));
    } else {
        for row in rows {
            let number = |key: &str| row[key].as_f64();
            let target = number("target").map_or_else(String::new, |t| format!("   target {t}"));
            let (name, unit) = (row["name"].as_str().unwrap_or(""), row["unit"].as_str().unwrap_or(""));
            println!("{name:45} {:8.3} {unit:3}{target}", number("ours").unwrap_or(f64::NAN));
        }
    }
}

/// Median, least and most of several rounds.
#[derive(Clone, Copy)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn exactly(value: f64) -> Self {
        Self { median: value, min: value, max: value }
    }
}

fn seconds(mut work: impl FnMut()) -> Spread {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Spread { median: times[ROUNDS / 2], min: times[0], max: times[ROUNDS - 1] }
}

fn row(name: &str, unit: &str, ours: Spread, target: Option<f64>, limit: &str) -> Value {
    json!({
        "name": name,
        "unit": unit,
        "ours": ours.median,
        "peer": null,
        "ratio": null,
        "target": target,
        "met": target.map(|target| ours.median <= target),
        "limit": limit,
        "spread": [ours.min, ours.max],
    })
}

/// The most memory that this process has held; Linux tells.
fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
